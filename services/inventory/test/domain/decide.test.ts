import { describe, expect, test } from 'vitest';
import type { Command } from '../../src/domain/command.ts';
import type { AcceptedCommand, CommandOutcome } from '../../src/domain/command-outcome.ts';
import { decide } from '../../src/domain/decide.ts';
import {
  RECORD_FORMAT,
  recordKey,
  type IdempotencyRecord,
} from '../../src/domain/idempotency-record.ts';
import { levelKey, type Level } from '../../src/domain/level.ts';
import type { Reservation } from '../../src/domain/reservation.ts';
import {
  adjust,
  after,
  AT,
  command,
  count,
  expire,
  list,
  receive,
  refusalTypes,
  reserve,
  sale,
  setThreshold,
  track,
  undecidable,
  withKey,
} from '../support/commands.ts';

const BILLION = 1_000_000_000;

function level(productId: number, onHand: number, more: Partial<Level> = {}): Level {
  const fixed = {
    location: 'main',
    reserved: 0,
    lowStockThreshold: null,
    sequence: 3,
    version: 5,
    updatedAt: AT,
  };
  return { productId, onHand, ...fixed, ...more };
}

function decideWith(
  levels: readonly Level[],
  commands: readonly Command[],
  records: readonly IdempotencyRecord[] = [],
) {
  return decide(
    {
      head: 10,
      lastNumber: 4,
      levels: new Map(levels.map((one) => [levelKey(one.productId, one.location), one])),
      records: new Map(records.map((one) => [recordKey(one.scope, one.key), one])),
      reservations: new Map(),
      returns: new Map(),
      pasts: new Map(),
    },
    commands,
  );
}

function only(levels: readonly Level[], request: Command): CommandOutcome {
  const { outcomes, ...changes } = decideWith(levels, [request]);
  const [outcome] = outcomes;
  if (!outcome) throw new Error('A command had no outcome');
  if (!outcome.ok)
    expect(changes).toEqual({
      levels: [],
      movements: [],
      purchases: [],
      reservations: [],
      records: [],
    });
  return outcome;
}

function refusals(levels: readonly Level[], request: Command) {
  const outcome = only(levels, request);
  return outcome.ok ? [] : outcome.refusals;
}

describe('refusals name the step and the reason', () => {
  test('a sale of more than is available', () => {
    expect(refusals([level(1, 2)], sale([{ productId: 1, quantity: 3 }]))).toEqual([
      {
        type: 'insufficient-stock',
        step: 0,
        productId: 1,
        name: 'Product 1',
        requested: 3,
        available: 2,
      },
    ]);
  });

  test('reserved units cannot be sold', () => {
    expect(refusals([level(1, 5, { reserved: 4 })], sale([{ productId: 1, quantity: 2 }]))).toEqual(
      [
        {
          type: 'insufficient-stock',
          step: 0,
          productId: 1,
          name: 'Product 1',
          requested: 2,
          available: 1,
        },
      ],
    );
  });

  test('an untracked product has nothing available', () => {
    expect(refusals([], sale([{ productId: 1, quantity: 1 }]))).toEqual([
      {
        type: 'insufficient-stock',
        step: 0,
        productId: 1,
        name: 'Product 1',
        requested: 1,
        available: 0,
      },
    ]);
  });

  test('two lines of one product that together exceed the stock are both named', () => {
    const lines = [
      { productId: 1, quantity: 2 },
      { productId: 2, quantity: 1 },
      { productId: 1, quantity: 2 },
    ];
    expect(refusals([level(1, 3), level(2, 1)], sale(lines))).toEqual([
      {
        type: 'insufficient-stock',
        step: 0,
        productId: 1,
        name: 'Product 1',
        requested: 4,
        available: 3,
      },
      {
        type: 'insufficient-stock',
        step: 2,
        productId: 1,
        name: 'Product 1',
        requested: 4,
        available: 3,
      },
    ]);
  });

  test('every failing line is named, and the other lines are not sold', () => {
    const lines = [
      { productId: 1, quantity: 1 },
      { productId: 2, quantity: 9 },
      { productId: 3, quantity: 9 },
    ];
    const result = refusals([level(1, 5), level(2, 5), level(3, 5)], sale(lines));
    expect(result.map((refusal) => 'step' in refusal && refusal.step)).toEqual([1, 2]);
  });

  test('an adjustment below zero, or below what is reserved', () => {
    expect(refusals([level(1, 2)], command([adjust(1, -3)]))).toEqual([
      { type: 'insufficient-stock', step: 0, productId: 1, requested: 3, available: 2 },
    ]);
    expect(refusals([level(1, 4, { reserved: 3 })], command([adjust(1, -2)]))).toEqual([
      { type: 'insufficient-stock', step: 0, productId: 1, requested: 2, available: 1 },
    ]);
  });

  test.each([
    ['receipt', receive(1, 1)],
    ['adjustment', adjust(1, 1)],
    ['count', count(1, 1)],
    ['threshold', setThreshold(1, 1)],
  ])('a %s for a product that is not tracked', (_, step) => {
    expect(refusals([], command([step]))).toEqual([{ type: 'not-tracked', step: 0, productId: 1 }]);
  });

  test('tracking a tracked product', () => {
    expect(refusals([level(1, 2)], command([track(1, 9)]))).toEqual([
      { type: 'already-tracked', step: 0, productId: 1 },
    ]);
  });

  test('a count below what is reserved', () => {
    expect(refusals([level(1, 5, { reserved: 3 })], command([count(1, 2)]))).toEqual([
      { type: 'count-below-reserved', step: 0, productId: 1, reserved: 3 },
    ]);
    expect(only([level(1, 5, { reserved: 3 })], command([count(1, 3)])).ok).toBe(true);
  });

  test.each([
    ['receipt', receive(1, 1)],
    ['adjustment', adjust(1, 1)],
    ['count', count(1, BILLION + 1)],
  ])('a %s past a billion units', (_, step) => {
    expect(refusals([level(1, BILLION)], command([step]))).toEqual([
      { type: 'stock-limit-exceeded', step: 0, productId: 1, onHand: BILLION },
    ]);
  });

  test('a first count past a billion units', () => {
    const expected = [{ type: 'stock-limit-exceeded', step: 0, productId: 1, onHand: 0 }];
    expect(refusals([], command([track(1, BILLION + 1)]))).toEqual(expected);
    expect(refusals([], command([count(1, BILLION + 1, { startTracking: true })]))).toEqual(
      expected,
    );
  });

  test('a version other than the expected one', () => {
    const expected = [{ type: 'version-mismatch', step: 0, productId: 1 }];
    expect(refusals([level(1, 2)], command([count(1, 1, { expectedVersions: [4, 6] })]))).toEqual(
      expected,
    );
    expect(refusals([level(1, 2)], command([count(1, 1, { expectedVersions: [] })]))).toEqual(
      expected,
    );
    expect(refusals([level(1, 2)], command([setThreshold(1, 1, [4])]))).toEqual(expected);
    expect(
      refusals([], command([count(1, 1, { startTracking: true, expectedVersions: [1] })])),
    ).toEqual(expected);
    expect(only([level(1, 2)], command([count(1, 1, { expectedVersions: [4, 5] })])).ok).toBe(true);
  });

  test('a key of another command', () => {
    const first = withKey(sale([{ productId: 1, quantity: 1 }]), 'k');
    const other = withKey(sale([{ productId: 1, quantity: 2 }]), 'k');
    const { outcomes, movements } = decideWith([level(1, 9)], [first, other]);
    expect(outcomes.map(refusalTypes)).toEqual([[], ['idempotency-key-reused']]);
    expect(movements).toHaveLength(1);
  });

  test('a command that throws is a defect, and other commands are unharmed', () => {
    const one = () => sale([{ productId: 1, quantity: 1 }]);
    const { outcomes, movements } = decideWith([level(1, 9)], [one(), undecidable(), one()]);
    expect(outcomes.map(refusalTypes)).toEqual([[], ['defect'], []]);
    expect(movements.map(({ onHandAfter }) => onHandAfter)).toEqual([8, 7]);
  });
});

describe('edges', () => {
  test('a billion units fit, and all of them can be sold', () => {
    expect(only([], command([track(1, BILLION)]))).toMatchObject({ ok: true });
    expect(only([level(1, BILLION - 1)], command([receive(1, 1)]))).toMatchObject({ ok: true });
    const lines = [{ productId: 1, quantity: BILLION }];
    expect(only([level(1, BILLION)], sale(lines))).toMatchObject({
      result: { purchase: { lines: [{ availableAfter: 0 }] } },
    });
  });

  test('an equal count is a movement of 0', () => {
    const { movements, levels } = decideWith([level(1, 7)], [command([count(1, 7)])]);
    expect(movements).toMatchObject([
      { position: 11, sequence: 4, kind: 'count', onHandDelta: 0, onHandAfter: 7 },
    ]);
    expect(levels).toMatchObject([{ onHand: 7, sequence: 4, version: 6 }]);
  });

  test('tracking starts with a movement, also at zero', () => {
    const { movements, levels } = decideWith([], [command([track(1, 0, 2)])]);
    expect(movements).toMatchObject([
      { sequence: 1, kind: 'count', onHandDelta: 0, onHandAfter: 0 },
    ]);
    expect(levels).toMatchObject([{ onHand: 0, lowStockThreshold: 2, sequence: 1, version: 1 }]);
  });

  test('a new threshold is a new version and no movement; an equal one is no change', () => {
    const changed = decideWith([level(1, 7)], [command([setThreshold(1, 3)])]);
    expect(changed.movements).toEqual([]);
    expect(changed.levels).toMatchObject([{ lowStockThreshold: 3, sequence: 3, version: 6 }]);
    expect(changed.outcomes).toMatchObject([
      { ok: true, position: null, result: { movement: null } },
    ]);
    const same = decideWith([level(1, 7)], [command([setThreshold(1, null)])]);
    expect(same.outcomes).toMatchObject([{ result: { level: { version: 5 } } }]);
  });

  test('a count and a threshold in one command are compared with the version before both', () => {
    const both = count(1, 4, { lowStockThreshold: 9, expectedVersions: [5] });
    expect(only([level(1, 7)], command([both]))).toMatchObject({
      result: {
        level: { onHand: 4, lowStockThreshold: 9, version: 7 },
        movement: { kind: 'count' },
      },
    });
  });

  test('lines of one product make one movement, and each line has the available units after all of them', () => {
    const lines = [
      { productId: 1, quantity: 2 },
      { productId: 2, quantity: 1 },
      { productId: 1, quantity: 1 },
    ];
    const { movements, outcomes, purchases } = decideWith(
      [level(1, 3), level(2, 5)],
      [sale(lines)],
    );
    expect(movements).toMatchObject([
      { position: 11, productId: 1, onHandDelta: -3, onHandAfter: 0 },
      { position: 12, productId: 2, onHandDelta: -1, onHandAfter: 4 },
    ]);
    const purchaseLines = [{ availableAfter: 0 }, { availableAfter: 4 }, { availableAfter: 0 }];
    expect(outcomes).toMatchObject([
      { position: 12, result: { purchase: { lines: purchaseLines } } },
    ]);
    expect(purchases).toMatchObject([{ firstPosition: 11, lastPosition: 12 }]);
  });

  test('the result of a movement is the movement with its position, and the level after it', () => {
    expect(only([level(1, 3)], command([receive(1, 2)]))).toMatchObject({
      position: 11,
      result: { type: 'movement', level: { onHand: 5 }, movement: { position: 11 } },
    });
  });

  test('the result of a list has the result of each step, with the positions of its movements', () => {
    const steps = [
      track(2, 4),
      receive(1, 3, 'delivery'),
      setThreshold(2, 9),
      adjust(1, -2),
      count(1, 8),
      adjust(2, -4),
    ];
    const outcome = only([level(1, 5)], command(steps));
    if (!outcome.ok || outcome.result.type !== 'changes') throw new Error('It told of no changes');
    expect(outcome.position).toBe(15);
    const summaries = outcome.result.changes.map((change) => {
      if ('level' in change) {
        const { productId, onHand, lowStockThreshold, version } = change.level;
        return { productId, onHand, lowStockThreshold, version };
      }
      const { productId, position, kind, onHandDelta, onHandAfter, sequence } = change.movement;
      return { productId, position, kind, onHandDelta, onHandAfter, sequence };
    });
    expect(summaries).toEqual([
      { productId: 2, onHand: 4, lowStockThreshold: null, version: 1 },
      { productId: 1, position: 12, kind: 'receipt', onHandDelta: 3, onHandAfter: 8, sequence: 4 },
      { productId: 2, onHand: 4, lowStockThreshold: 9, version: 2 },
      {
        productId: 1,
        position: 13,
        kind: 'adjustment',
        onHandDelta: -2,
        onHandAfter: 6,
        sequence: 5,
      },
      { productId: 1, onHand: 8, lowStockThreshold: null, version: 8 },
      {
        productId: 2,
        position: 15,
        kind: 'adjustment',
        onHandDelta: -4,
        onHandAfter: 0,
        sequence: 2,
      },
    ]);
  });

  test('expiries have earlier positions than the command that found them', () => {
    const reserved = level(1, 5, { reserved: 2 });
    const due = reserve([{ productId: 1, quantity: 2 }], 60);
    const reservation: Reservation = {
      ...due.reservation,
      id: due.id,
      status: 'active',
      purchaseId: null,
      owner: 'till',
      actor: 'ana',
      at: AT,
    };
    const { outcomes, movements } = decide(
      {
        head: 10,
        lastNumber: 4,
        levels: new Map([[levelKey(1, 'main'), reserved]]),
        records: new Map(),
        reservations: new Map([[due.id, reservation]]),
        returns: new Map(),
        pasts: new Map(),
      },
      [list([adjust(1, -5)], { at: after(60) })],
    );
    expect(movements.map(({ position, kind }) => [position, kind])).toEqual([
      [11, 'release'],
      [12, 'adjustment'],
    ]);
    expect(outcomes[0]).toMatchObject({
      result: { changes: [{ movement: { position: 12, onHandAfter: 0 } }] },
    });
  });

  test('reservations that wait for an answer are looked at once, and not by each command', () => {
    const DUE = 300;
    let looks = 0;
    const reservations = Array.from({ length: DUE }, (): Reservation => {
      const { id, reservation } = reserve([{ productId: 1, quantity: 1 }], 60);
      const { lines } = reservation;
      const counted = {
        id,
        status: 'active',
        purchaseId: null,
        owner: 'till',
        actor: 'ana',
        at: AT,
      };
      return Object.defineProperty({ ...reservation, ...counted }, 'lines', {
        enumerable: true,
        get() {
          looks += 1;
          return lines;
        },
      }) as Reservation;
    });
    const soldOut = level(1, DUE, { reserved: DUE });
    const nothing = { forSale: [], notForSale: [] };
    const expiries = reservations.map(({ id }) =>
      command([expire(id)], { at: after(60), sale: nothing }),
    );
    const others = Array.from({ length: DUE }, () =>
      command([receive(2, 1)], { at: after(60), sale: { forSale: [2], notForSale: [] } }),
    );
    const { outcomes, movements } = decide(
      {
        head: 10,
        lastNumber: 4,
        levels: new Map(
          [soldOut, level(2, 5)].map((one) => [levelKey(one.productId, 'main'), one]),
        ),
        records: new Map(),
        reservations: new Map(reservations.map((one) => [one.id, one])),
        returns: new Map(),
        pasts: new Map(),
      },
      [...expiries, ...others],
    );
    expect(outcomes.slice(0, DUE).map(refusalTypes)).toEqual(
      expiries.map(() => ['status-unknown']),
    );
    expect(movements).toHaveLength(DUE);
    expect(looks).toBeLessThan(10 * DUE);
  });

  test('of two thousand steps in one command, a refused last one undoes all', () => {
    const steps = Array.from({ length: 2_000 }, (_, index) => receive(1, index + 1));
    const outcome = only([level(1, 0)], command(steps));
    expect(outcome).toMatchObject({ ok: true, position: 2_010 });
    const bad = [...steps.slice(1), adjust(1, -BILLION)];
    expect(refusals([level(1, 0)], command(bad))).toMatchObject([
      { type: 'insufficient-stock', step: 1_999 },
    ]);
  });

  test('several steps are all or nothing', () => {
    const request = command([receive(1, 5), adjust(1, -9), receive(2, 1)]);
    expect(refusalTypes(only([level(1, 3), level(2, 5)], request))).toEqual(['insufficient-stock']);
  });

  test('a step sees the changes of earlier steps', () => {
    expect(only([level(1, 3)], command([receive(1, 5), adjust(1, -8)]))).toMatchObject({
      result: { changes: [{ movement: { onHandAfter: 8 } }, { movement: { onHandAfter: 0 } }] },
    });
  });

  test('one product at two locations has two levels', () => {
    const elsewhere = { ...receive(1, 5), location: 'annex' };
    expect(refusalTypes(only([level(1, 3)], command([elsewhere])))).toEqual(['not-tracked']);
  });
});

describe('idempotency', () => {
  const request = withKey(sale([{ productId: 1, quantity: 2 }]), 'k');

  test('within a batch the first command is carried out, and the others are replays', () => {
    const again = { ...request, id: 'another' };
    const { outcomes, records, movements } = decideWith([level(1, 9)], [request, again, again]);
    expect(movements).toHaveLength(1);
    expect(records).toHaveLength(1);
    const [first, ...others] = outcomes;
    expect(first).toMatchObject({ ok: true, replayed: false });
    for (const other of others) expect(other).toEqual({ ...first, replayed: true });
  });

  test('a record replays its outcome, whatever the stock is now', () => {
    const [outcome] = decideWith([level(1, 2)], [request]).outcomes;
    const { scope, key, fingerprint } = request.idempotency ?? {
      scope: '',
      key: '',
      fingerprint: '',
    };
    const written = { scope, key, fingerprint, at: AT };
    const record = { ...written, outcome: outcome as AcceptedCommand, format: RECORD_FORMAT };
    const { outcomes, movements } = decideWith([level(1, 0)], [request], [record]);
    expect(outcomes).toEqual([{ ...outcome, replayed: true }]);
    expect(movements).toEqual([]);

    // A record of a later release proves that the command was carried out, but its outcome can't be
    // read.
    const later = { ...written, fingerprint: 'other', outcome: null, format: RECORD_FORMAT + 1 };
    const unread = decideWith([level(1, 2)], [request], [later]);
    expect(unread).toMatchObject({ movements: [], records: [] });
    expect(unread.outcomes).toEqual([{ ok: false, refusals: [{ type: 'ledger-unavailable' }] }]);
  });

  test('a refusal leaves no record, so the key can be tried again', () => {
    const { outcomes, records } = decideWith(
      [level(1, 1)],
      [request, command([receive(1, 1)]), request],
    );
    expect(outcomes.map(({ ok }) => ok)).toEqual([false, true, true]);
    expect(records).toHaveLength(1);
  });

  test('equal keys of different owners or operations are different keys', () => {
    const others = [
      request,
      { ...withKey(sale([{ productId: 1, quantity: 2 }]), 'k', 'web purchase') },
    ];
    const { outcomes, movements } = decideWith([level(1, 9)], others);
    expect(outcomes).toMatchObject([{ replayed: false }, { replayed: false }]);
    expect(movements).toHaveLength(2);
  });
});
