import { describe, expect, test } from 'vitest';
import { MAX_DISAGREEMENTS, startAudit, type AuditReport } from '../../src/domain/audit.ts';
import type { AuditedMovement, AuditedPurchase, AuditRule } from '../../src/domain/audit-check.ts';
import type { AuditedReservation, Hold } from '../../src/domain/audit-reservations.ts';
import type { Command } from '../../src/domain/command.ts';
import { decide } from '../../src/domain/decide.ts';
import type { Level } from '../../src/domain/level.ts';
import { holdingsOf, type Reservation } from '../../src/domain/reservation.ts';
import type { LedgerState } from '../../src/domain/working-state.ts';
import {
  command,
  confirm,
  giveBack,
  receive,
  release,
  reserve,
  sale,
  track,
} from '../support/commands.ts';

const EMPTY: LedgerState = {
  head: 0,
  lastNumber: 0,
  levels: new Map(),
  records: new Map(),
  reservations: new Map(),
  returns: new Map(),
  pasts: new Map(),
};

type Loose<Value> = { -readonly [Member in keyof Value]: Value[Member] };

interface Ledger {
  movements: Loose<AuditedMovement>[];
  levels: Loose<Level>[];
  purchases: Loose<AuditedPurchase>[];
  holds: Loose<Hold>[];
  reservations: Loose<AuditedReservation>[];
}

/** Two products, seven movements and two purchases, the second of two products. */
function cleanLedger(): Ledger {
  const two = sale([
    { productId: 1, quantity: 1 },
    { productId: 2, quantity: 3 },
    { productId: 1, quantity: 1 },
  ]);
  const commands = [
    command([track(1, 5)]),
    command([track(2, 4)]),
    command([receive(1, 5)]),
    sale([{ productId: 1, quantity: 2 }]),
    two,
    command([receive(2, 1)]),
  ];
  return ledgerOf(commands);
}

/**
 * Two products; a reservation that is active, one that was confirmed and one that was released; a
 * purchase, half of it returned.
 */
function promisingLedger(): Ledger {
  const active = reserve([
    { productId: 1, quantity: 2 },
    { productId: 2, quantity: 1 },
    { productId: 1, quantity: 1 },
  ]);
  const confirmed = reserve([{ productId: 1, quantity: 2 }]);
  const released = reserve([{ productId: 2, quantity: 4 }]);
  const sold = sale([{ productId: 1, quantity: 2 }]);
  return ledgerOf([
    command([track(1, 10)]),
    command([track(2, 10)]),
    active,
    confirmed,
    command([confirm(confirmed.id)]),
    released,
    command([release(released.id)]),
    sold,
    command([giveBack(sold.id, 1, 1)]),
  ]);
}

function ledgerOf(commands: readonly Command[]): Ledger {
  const decisions = decide(EMPTY, commands);
  expect(decisions.outcomes.every(({ ok }) => ok)).toBe(true);
  const numbers = new Map(
    decisions.purchases.map(({ firstPosition, purchase }) => [firstPosition, purchase.number]),
  );
  const movements = decisions.movements.map((movement) => ({
    ...movement,
    purchaseExists: movement.purchaseId !== null,
    beginsNumber: numbers.get(movement.position) ?? null,
  }));
  const purchases = decisions.purchases.map((positioned) => {
    return {
      ...positioned,
      movements: movements.slice(positioned.firstPosition - 1, positioned.lastPosition),
      recordsFound: null,
    };
  });
  const active = decisions.reservations.filter(({ status }) => status === 'active');
  return {
    movements,
    levels: decisions.levels.map((level) => ({ ...level })),
    purchases,
    holds: active.flatMap(({ id: reservationId, lines, expiresAt }) =>
      [...holdingsOf(lines).values()].map((holding) => ({ ...holding, reservationId, expiresAt })),
    ),
    reservations: decisions.reservations.map((reservation) => {
      return { reservation, purchaseExists: reservation.purchaseId !== null };
    }),
  };
}

function audit({ movements, levels, purchases, holds, reservations }: Ledger): AuditReport {
  const running = startAudit();
  for (const movement of movements) running.movement(movement);
  for (const level of levels) running.level(level);
  for (const purchase of purchases) running.purchase(purchase);
  for (const hold of holds) running.hold(hold);
  for (const reservation of reservations) running.reservation(reservation);
  return running.report();
}

function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new Error(`There is no item ${index}`);
  return item;
}

test('a clean ledger is clean', () => {
  expect(audit(cleanLedger())).toEqual({
    position: 7,
    clean: true,
    movements: 7,
    levels: 2,
    purchases: 2,
    disagreementCount: 0,
    disagreements: [],
  });
});

test('a ledger with reservations and returns is clean', () => {
  expect(audit(promisingLedger())).toMatchObject({
    position: 10,
    clean: true,
    purchases: 2,
    disagreements: [],
  });
});

test('an empty ledger is clean', () => {
  const empty = { movements: [], levels: [], purchases: [], holds: [], reservations: [] };
  expect(audit(empty)).toMatchObject({
    clean: true,
    position: 0,
  });
});

type Defect = (ledger: Ledger) => void;

const purchaseAt = (ledger: Ledger, index: number, more: object): void => {
  const positioned = at(ledger.purchases, index);
  ledger.purchases[index] = { ...positioned, purchase: { ...positioned.purchase, ...more } };
};

const defects: [string, AuditRule[], Defect][] = [
  [
    'a level with a unit too many',
    ['level-on-hand'],
    ({ levels }) => void (at(levels, 0).onHand += 1),
  ],
  [
    'a level with a unit too few',
    ['level-on-hand'],
    ({ levels }) => void (at(levels, 0).onHand -= 1),
  ],
  [
    'a level that promises units',
    ['level-reserved'],
    ({ levels }) => void (at(levels, 1).reserved = 1),
  ],
  [
    'a level with another sequence',
    ['level-sequence'],
    ({ levels }) => void (at(levels, 0).sequence += 1),
  ],
  ['a level that is gone', ['level-sequence'], ({ levels }) => void levels.pop()],
  [
    'a level from nowhere',
    ['level-on-hand', 'level-sequence'],
    ({ levels }) => void levels.push({ ...at(levels, 0), productId: 9 }),
  ],
  [
    'a purchase with another number',
    ['number-gapless'],
    ({ movements }) => void (at(movements, 4).beginsNumber = 3),
  ],
  [
    'a movement with another delta',
    ['on-hand-balance'],
    ({ movements }) => void (at(movements, 2).onHandDelta += 1),
  ],
  [
    'a movement that promises units',
    ['reserved-balance', 'movement-kind'],
    ({ movements }) => void (at(movements, 2).reservedDelta = 1),
  ],
  [
    'a movement with another balance, and the next one',
    ['on-hand-balance', 'on-hand-balance'],
    ({ movements }) => void (at(movements, 0).onHandAfter += 1),
  ],
  [
    'a balance below zero',
    ['on-hand-balance', 'balance-bounds', 'on-hand-balance'],
    ({ movements }) => void (at(movements, 1).onHandAfter = -1),
  ],
  [
    'more promised than there is',
    ['reserved-balance', 'balance-bounds', 'level-reserved'],
    ({ movements }) => void (at(movements, 6).reservedAfter = 99),
  ],
  [
    'a movement that is gone',
    ['position-gapless', 'sequence-gapless', 'on-hand-balance'],
    ({ movements }) => void movements.splice(2, 1),
  ],
  [
    'the last movement gone',
    ['level-on-hand', 'level-sequence'],
    ({ movements }) => void movements.pop(),
  ],
  [
    'a position that is skipped',
    ['position-gapless'],
    ({ movements }) => void (at(movements, 6).position += 1),
  ],
  [
    'a sequence that is skipped',
    ['sequence-gapless', 'level-sequence'],
    ({ movements }) => void (at(movements, 6).sequence += 1),
  ],
  [
    'a sale that is called a receipt',
    ['movement-kind'],
    ({ movements }) => void (at(movements, 3).kind = 'receipt'),
  ],
  [
    'a receipt that names a purchase',
    ['movement-kind'],
    ({ movements }) => void (at(movements, 1).purchaseId = 'p'),
  ],
  [
    'a sale without its purchase',
    ['sale-without-purchase'],
    ({ movements }) => void (at(movements, 3).purchaseExists = false),
  ],
  [
    'a purchase of more units than moved',
    ['purchase-units', 'purchase-total'],
    (ledger) => {
      const [line] = at(ledger.purchases, 0).purchase.lines;
      purchaseAt(ledger, 0, { lines: [{ ...line, quantity: 7 }] });
    },
  ],
  [
    'a purchase of another product',
    ['purchase-units', 'purchase-units'],
    (ledger) => {
      const [line] = at(ledger.purchases, 0).purchase.lines;
      purchaseAt(ledger, 0, { lines: [{ ...line, productId: 2 }] });
    },
  ],
  [
    'a purchase with another total',
    ['purchase-total'],
    (ledger) => purchaseAt(ledger, 0, { total: 1 }),
  ],
  [
    'a purchase that begins elsewhere',
    ['purchase-positions'],
    ({ purchases }) => void (at(purchases, 1).firstPosition -= 1),
  ],
  [
    'a purchase that ends elsewhere',
    ['purchase-positions'],
    ({ purchases }) => void (at(purchases, 1).lastPosition += 1),
  ],
  [
    'a purchase without movements',
    ['purchase-units', 'purchase-positions', 'purchase-positions'],
    ({ purchases }) => void (at(purchases, 0).movements = []),
  ],
  [
    'a purchase whose key finds no record',
    ['purchase-record'],
    ({ purchases }) => void (at(purchases, 0).recordsFound = 0),
  ],
];

const reservationAt = (ledger: Ledger, index: number, more: Partial<Reservation>): void => {
  const audited = at(ledger.reservations, index);
  ledger.reservations[index] = { ...audited, reservation: { ...audited.reservation, ...more } };
};

/**
 * Of the ledger with reservations: the first is active, the second confirmed, the third released.
 */
const promiseDefects: [string, AuditRule[], Defect][] = [
  [
    'a hold of another number',
    ['reservation-holds'],
    ({ holds }) => void (at(holds, 0).quantity += 1),
  ],
  [
    'a hold that ends at another time',
    ['reservation-holds'],
    ({ holds }) => void (at(holds, 0).expiresAt = '2026-03-01T12:00:59.999Z'),
  ],
  ['a hold that is gone', ['reservation-holds'], ({ holds }) => void holds.pop()],
  [
    'a hold of nobody',
    ['reservation-holds'],
    ({ holds }) => void holds.push({ ...at(holds, 0), reservationId: 'nobody' }),
  ],
  [
    'a hold on another product',
    ['reservation-holds', 'reservation-holds'],
    ({ holds }) => void (at(holds, 0).productId = 9),
  ],
  [
    'an active reservation that is called released',
    Array(4).fill('reservation-holds') as AuditRule[],
    (ledger) => reservationAt(ledger, 0, { status: 'released' }),
  ],
  [
    'a released reservation that is called active',
    ['reservation-holds', 'reservation-holds'],
    (ledger) => reservationAt(ledger, 2, { status: 'active' }),
  ],
  [
    'an active reservation of fewer lines',
    Array(2).fill('reservation-holds') as AuditRule[],
    (ledger) =>
      reservationAt(ledger, 0, {
        lines: at(ledger.reservations, 0).reservation.lines.filter(({ productId: id }) => id === 1),
      }),
  ],
  [
    'an active reservation that is gone',
    Array(4).fill('reservation-holds') as AuditRule[],
    ({ reservations }) => void reservations.shift(),
  ],
  [
    'a confirmed reservation whose purchase is gone',
    ['reservation-purchase'],
    ({ reservations }) => void (at(reservations, 1).purchaseExists = false),
  ],
  [
    'a confirmed reservation that names no purchase',
    ['reservation-purchase'],
    (ledger) => reservationAt(ledger, 1, { purchaseId: null }),
  ],
  [
    'a confirmed reservation that is called expired',
    ['reservation-purchase'],
    (ledger) => reservationAt(ledger, 1, { status: 'expired' }),
  ],
  [
    'a movement that names another reservation',
    ['reservation-holds', 'reservation-holds'],
    ({ movements }) => void (at(movements, 2).reservationId = 'nobody'),
  ],
  [
    'a movement that promises units to nobody',
    ['movement-kind', 'reservation-holds'],
    ({ movements }) => void (at(movements, 2).reservationId = null),
  ],
  [
    'a plain sale that names a reservation',
    ['movement-kind'],
    ({ movements }) => void (at(movements, 8).reservationId = 'r'),
  ],
  [
    'a release that is called a sale',
    ['movement-kind', 'sale-without-purchase'],
    ({ movements }) => void (at(movements, 7).kind = 'sale'),
  ],
  [
    'more returned than was sold',
    ['on-hand-balance', 'level-on-hand', 'return-within-sale'],
    ({ movements }) => {
      at(movements, 9).onHandDelta += 2;
      at(movements, 9).onHandAfter += 1;
    },
  ],
  [
    'a return of a purchase that is not there',
    ['return-within-sale'],
    ({ movements }) => void (at(movements, 9).purchaseId = 'none'),
  ],
];

describe('each rule finds its own defect only', () => {
  test.each(promiseDefects)('%s', (_, expected, defect) => {
    const ledger = promisingLedger();
    defect(ledger);
    const report = audit(ledger);
    expect(report.disagreements.map(({ rule }) => rule)).toEqual(expected);
    expect(report).toMatchObject({ clean: false, disagreementCount: expected.length });
  });

  test.each(defects)('%s', (_, expected, defect) => {
    const ledger = cleanLedger();
    defect(ledger);
    const report = audit(ledger);
    expect(report.disagreements.map(({ rule }) => rule)).toEqual(expected);
    expect(report).toMatchObject({ clean: false, disagreementCount: expected.length });
  });

  test('this file has a defect for every rule', () => {
    const rules: Record<AuditRule, true> = {
      'position-gapless': true,
      'number-gapless': true,
      'sequence-gapless': true,
      'on-hand-balance': true,
      'reserved-balance': true,
      'balance-bounds': true,
      'level-on-hand': true,
      'level-reserved': true,
      'level-sequence': true,
      'movement-kind': true,
      'sale-without-purchase': true,
      'purchase-units': true,
      'purchase-positions': true,
      'purchase-total': true,
      'purchase-record': true,
      'return-within-sale': true,
      'reservation-holds': true,
      'reservation-purchase': true,
    };
    expect(new Set([...defects, ...promiseDefects].flatMap(([, expected]) => expected))).toEqual(
      new Set(Object.keys(rules)),
    );
  });
});

test('a disagreement names the product, the place and both values', () => {
  const ledger = cleanLedger();
  at(ledger.movements, 2).onHandDelta = 6;
  expect(audit(ledger).disagreements).toEqual([
    {
      rule: 'on-hand-balance',
      productId: 1,
      expected: '11 (position 3)',
      actual: '10 (position 3)',
    },
  ]);
});

test('all disagreements are counted and the first hundred listed', () => {
  const ledger = cleanLedger();
  const level = at(ledger.levels, 0);
  for (let productId = 10; productId < 10 + MAX_DISAGREEMENTS; productId += 1) {
    ledger.levels.push({ ...level, productId, onHand: 1, sequence: 1 });
  }
  const report = audit(ledger);
  expect(report.disagreements).toHaveLength(MAX_DISAGREEMENTS);
  expect(report.disagreementCount).toBe(2 * MAX_DISAGREEMENTS);
});
