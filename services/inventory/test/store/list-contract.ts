import type { Filter, ListPage, ListRequest, Scalar } from '@anaquel/jsonapi';
import {
  expectEveryFilter,
  expectLikeModel,
  expectSteadyWalk,
  randomLists,
  type ListModel,
} from '@anaquel/jsonapi/list-model';
import { times } from '@anaquel/runtime/soak-counts';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type {
  LatestMovements,
  LedgerReader,
  LevelFilter,
  LevelSort,
  MovementFilter,
  MovementSort,
  PurchaseFilter,
  PurchaseSort,
  ReservationFilter,
  ReservationSort,
} from '../../src/application/ledger.ts';
import type { Command } from '../../src/domain/command.ts';
import { available, type Level } from '../../src/domain/level.ts';
import { majorUnits } from '@anaquel/money';
import { MOVEMENT_KINDS, type Movement } from '../../src/domain/movement.ts';
import type { Purchase } from '../../src/domain/purchase.ts';
import type { Reservation } from '../../src/domain/reservation.ts';
import {
  adjust,
  after,
  AT,
  command,
  confirm,
  count,
  extend,
  giveBack,
  receive,
  release,
  reserve,
  sale,
  setThreshold,
  track,
} from '../support/commands.ts';
import { listOf, where } from '../support/lists.ts';
import { sharedStore, type TestStore } from '../support/test-store.ts';

const PRODUCTS = Array.from({ length: 14 }, (_, index) => index + 1);
const texts = [
  'lamp',
  'Lamp',
  'LAMP 100%',
  'a_b',
  "it's",
  '"quoted"',
  'c\\d',
  '?',
  'É',
  'ﬁ',
  '😀',
  ' ',
];
const currencies = { USD: 2, JPY: 0, KWD: 3, CLF: 4 };

// ---------------------------------------------------------------- the models

const levels: ListModel<Level, LevelFilter, LevelSort> = {
  fields: {
    id: { kind: 'id', of: ({ productId }) => productId, near: [99] },
    onHand: { kind: 'number', of: ({ onHand }) => onHand, near: [0, 4.5, -1] },
    reserved: { kind: 'number', of: ({ reserved }) => reserved },
    available: { kind: 'number', of: available, near: [0.5] },
    lowStockThreshold: {
      kind: 'number',
      of: ({ lowStockThreshold }) => lowStockThreshold,
      nullable: true,
    },
    lowStock: {
      kind: 'boolean',
      of: (level) =>
        level.lowStockThreshold !== null && available(level) <= level.lowStockThreshold,
      near: [true, false],
    },
    updatedAt: { kind: 'time', of: ({ updatedAt }) => updatedAt },
  },
  sorts: {
    id: ({ productId }) => productId,
    onHand: ({ onHand }) => onHand,
    reserved: ({ reserved }) => reserved,
    available,
    updatedAt: ({ updatedAt }) => updatedAt,
  },
  idOf: ({ productId }) => productId,
  isExact: (filters) => filters.length === 0,
};

/** A range of time, without its end. */
const ranges = {
  from: { kind: 'one', of: atOf, matches: ({ at }: Timed, from: Scalar) => at >= String(from) },
  to: { kind: 'one', of: atOf, matches: ({ at }: Timed, to: Scalar) => at < String(to) },
} as const;

type Timed = Pick<Movement, 'at'>;

function atOf({ at }: Timed): string {
  return at;
}

const movements: ListModel<Movement, MovementFilter, MovementSort> = {
  fields: {
    product: { kind: 'id', of: ({ productId }) => productId, near: [99] },
    kind: { kind: 'enum', of: ({ kind }) => kind, near: MOVEMENT_KINDS },
    quantity: { kind: 'number', of: ({ onHandDelta }) => onHandDelta, near: [-1.5] },
    createdAt: { kind: 'time', of: ({ at }) => at },
    ...ranges,
    actor: { kind: 'text', of: ({ actor }) => actor, near: ['nobody'] },
    reason: { kind: 'text', of: ({ reason }) => reason, nullable: true },
    purchase: {
      kind: 'reference',
      of: ({ purchaseId }) => purchaseId,
      nullable: true,
      near: ['none'],
    },
  },
  sorts: { position: ({ position }) => position },
  idOf: ({ position }) => position,
  isExact: ([first, ...others]) =>
    others.length === 0 &&
    (first === undefined ||
      (first.field === 'product' &&
        (first.operator === 'eq' ||
          (first.operator === 'in' && Array.isArray(first.value) && first.value.length === 1)))),
};

const purchases: ListModel<Purchase, PurchaseFilter, PurchaseSort> = {
  fields: {
    number: { kind: 'id', of: ({ number }) => number, near: [99_999] },
    search: {
      kind: 'one',
      of: ({ number, reference }) => reference?.slice(0, 2) ?? `#${number}`,
      near: ['7', 'nobody', '0', '#'],
      matches: ({ number, reference }, value) =>
        [`${number}`, `#${number}`].includes(String(value)) ||
        reference?.startsWith(String(value)) === true,
    },
    product: {
      kind: 'oneOf',
      of: ({ lines }) => lines[0]?.productId ?? null,
      near: [99],
      matches: ({ lines }, value) => lines.some(({ productId }) => productId === value),
    },
    reference: { kind: 'text', of: ({ reference }) => reference, nullable: true, near: ['none'] },
    total: {
      kind: 'number',
      of: ({ total, currencyDecimals }) => majorUnits(total, currencyDecimals),
      near: [9.99, 9.990000001, 9.9899999999, 0.0001, 1e-7, 1e21, -0.5, 2 ** 53],
    },
    currency: { kind: 'enum', of: ({ currency }) => currency, near: ['CHF'] },
    createdAt: { kind: 'time', of: ({ at }) => at },
    ...ranges,
  },
  sorts: { createdAt: ({ id }) => id },
  idOf: ({ id }) => id,
  isExact: (filters) => filters.length === 0,
};

const reservations: ListModel<Reservation, ReservationFilter, ReservationSort> = {
  fields: {
    status: {
      kind: 'enum',
      of: ({ status }) => status,
      near: ['active', 'confirmed', 'released', 'expired'],
    },
    reference: { kind: 'text', of: ({ reference }) => reference, nullable: true, near: ['none'] },
    createdAt: { kind: 'time', of: ({ at }) => at },
    expiresAt: { kind: 'time', of: ({ expiresAt }) => expiresAt },
  },
  sorts: { createdAt: ({ id }) => id, expiresAt: ({ expiresAt }) => expiresAt },
  idOf: ({ id }) => id,
  isExact: (filters) => filters.length === 0,
};

// ---------------------------------------------------------------- what happened

const chosen = {
  product: fc.constantFrom(...PRODUCTS),
  text: fc.constantFrom(...texts),
  name: fc.option(fc.constantFrom(...texts)),
  units: fc.integer({ min: 1, max: 3 }),
  at: fc.integer({ min: 0, max: 9 }).map((seconds) => after(seconds)),
  currency: fc.constantFrom(...(Object.keys(currencies) as (keyof typeof currencies)[])),
  // A JSON number keeps no more digits than these.
  total: fc.constantFrom(0, 1, 999, 9_990, 9_989, 9_991, 99_900, 10, 999_999_999_999_999),
  owner: fc.constantFrom('ana', 'bob'),
  seconds: fc.constantFrom(10, 20, 20, 30, 40),
  kind: fc.integer({ min: 0, max: 19 }),
};

/** Commands of all kinds; those on purchases and reservations name earlier ones. */
function randomCommands(length: number, seed: number): Command[] {
  const sold: ReturnType<typeof sale>[] = [];
  const activeReservations: ReturnType<typeof reserve>[] = [];
  return fc.sample(fc.record(chosen), { numRuns: length, seed }).map((one, index): Command => {
    const { product, text, name, at, currency, total, owner, kind } = one;
    const more = { at, owner, actor: text };
    const money = { reference: name, currency, currencyDecimals: currencies[currency], total };
    const line = { productId: product, quantity: one.units };
    const earlier = sold[index % Math.max(sold.length, 1)];
    const hold = activeReservations[index % Math.max(activeReservations.length, 1)];
    if (kind === 0) return command([adjust(product, one.units, text)], more);
    if (kind === 1) return command([receive(product, one.units, name)], more);
    if (kind === 2 && earlier)
      return command(
        earlier.purchase.lines.map(({ productId }) => giveBack(earlier.id, productId, 1)),
        more,
      );
    if (kind === 3 && hold) return command([confirm(hold.id)], more);
    if (kind === 4 && hold) return command([release(hold.id)], more);
    if (kind === 5 && hold) return command([extend(hold.id, after(one.seconds + 20, at))], more);
    if (kind < 9) {
      const draft = reserve([line, { productId: 14, quantity: 1 }], one.seconds, more);
      const holding = { ...draft, reservation: { ...draft.reservation, ...money } };
      activeReservations.push(holding);
      return holding;
    }
    const lines = kind < 15 ? [line] : [line, { ...line, productId: (product % 14) + 1 }];
    const draft = sale(lines, more);
    const bought = { ...draft, purchase: { ...draft.purchase, ...money } };
    sold.push(bought);
    return bought;
  });
}

/** Everything in the store, read by its ids and positions. */
async function readAll(reader: LedgerReader, commands: readonly Command[]) {
  const head = await reader.head();
  const positions = Array.from({ length: head }, (_, index) => index + 1);
  const ids = commands.map(({ id }) => id);
  return {
    levels: await inSlices(PRODUCTS, (products) => reader.levelsOf(products)),
    movements: await inSlices(positions, (slice) => reader.movementsAt(slice)),
    purchases: await inSlices(ids, (slice) => reader.purchasesById(slice)),
    reservations: await inSlices(ids, (slice) => reader.reservationsById(slice)),
  };
}

/** What 100 keys at a time lead to. */
async function inSlices<Key, Item>(
  keys: readonly Key[],
  read: (slice: readonly Key[]) => Promise<readonly Item[]>,
): Promise<Item[]> {
  const slices = Array.from({ length: Math.ceil(keys.length / 100) }, (_, index) =>
    read(keys.slice(100 * index, 100 * (index + 1))),
  );
  return (await Promise.all(slices)).flat();
}

type Shop = Awaited<ReturnType<typeof readAll>>;

function openings(): Command[] {
  return PRODUCTS.map((product) =>
    command([track(product, 1_000 * product, product % 3 === 0 ? null : 900 * product)], {
      at: after(product % 3),
    }),
  );
}

// ---------------------------------------------------------------- the suite

/** Every list equals its model, and reading by cursor is stable under changes. */
export function listContract(openStore: () => Promise<TestStore>): void {
  describe('of what happened', () => modelContract(openStore));
  describe('while more happens', () => steadyContract(openStore));
  describe('for what belongs together', () => batchContract(openStore));
}

function modelContract(openStore: () => Promise<TestStore>): void {
  const shared = sharedStore(openStore);
  let shop: Shop;

  beforeAll(async () => {
    // Enough for several slices, and for more than the limit of counting.
    const holds = Array.from({ length: 900 }, (_, index) =>
      reserve([{ productId: 13, quantity: 1 }], 1 + (index % 50), { owner: 'ana' }),
    );
    const commands = [...openings(), ...randomCommands(2_100, 11), ...holds];
    for (let at = 0; at < commands.length; at += 500)
      await shared.ledger.commitBatch(commands.slice(at, at + 500));
    const last = PRODUCTS.map((product) =>
      command([
        count(product, 500 + (product % 3), {}),
        setThreshold(product, product % 4 ? 490 + product : null),
      ]),
    );
    await shared.ledger.commitBatch(last);
    shared.now = after(25);
    shop = await readAll(shared.reader, commands);
    expect(shop.movements.length).toBeGreaterThan(2_300);
    expect(shop.purchases.length).toBeGreaterThan(1_050);
    expect(shop.reservations.length).toBeGreaterThan(1_050);
    expect(new Set(shop.reservations.map(({ status }) => status)).size).toBe(4);
    expect(new Set(shop.movements.map(({ kind }) => kind)).size).toBe(7);
  });

  async function likeModel<Row, F extends Filter, S extends string>(
    model: ListModel<Row, F, S>,
    rows: readonly Row[],
    read: (request: ListRequest<F, S>) => Promise<ListPage<Row>>,
    { size, numRuns }: { size: number; numRuns: number },
  ): Promise<void> {
    const jumps = fc.array(fc.nat(), { minLength: 3, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(randomLists(model, rows), jumps, (query, at) =>
        expectLikeModel({ model, rows, read }, query, { size, jumps: at }),
      ),
      { numRuns },
    );
  }

  test('levels', () =>
    likeModel(levels, shop.levels, (request) => shared.reader.levels(request), {
      size: 4,
      numRuns: times({ test: 4, soak: 200 }),
    }));

  test('movements', () =>
    likeModel(movements, shop.movements, (request) => shared.reader.movements(request), {
      size: 100,
      numRuns: times({ test: 1, soak: 30 }),
    }));

  test('movements of one product', async () => {
    const read = (request: ListRequest<MovementFilter, MovementSort>) =>
      shared.reader.movements({
        ...request,
        filters: [where('product', 'eq', 14), ...request.filters],
      });
    const rows = shop.movements.filter(({ productId }) => productId === 14);
    const model = {
      ...movements,
      isExact: (filters: readonly unknown[]) => filters.length === 0,
    };
    expect(rows.length).toBeGreaterThan(200);
    await likeModel(model, rows, read, { size: 40, numRuns: times({ test: 2, soak: 100 }) });
  });

  test.each([undefined, 'ana', 'nobody'])('purchases of %s', async (owner) => {
    const rows = shop.purchases.filter(
      (purchase) => owner === undefined || purchase.owner === owner,
    );
    await likeModel(purchases, rows, (request) => shared.reader.purchases(request, owner), {
      size: 100,
      numRuns: owner === 'nobody' ? 1 : times({ test: 1, soak: 50 }),
    });
  });

  test.each([undefined, 'bob'])('reservations of %s', async (owner) => {
    const rows = shop.reservations.filter((one) => owner === undefined || one.owner === owner);
    await likeModel(reservations, rows, (request) => shared.reader.reservations(request, owner), {
      size: 50,
      numRuns: times({ test: 3, soak: 125 }),
    });
  });

  test('every operator of every field', async () => {
    const { reader } = shared;
    const tried = times({ test: 1, soak: 12 });
    await expectEveryFilter(
      { model: levels, rows: shop.levels, read: (request) => reader.levels(request) },
      tried,
    );
    await expectEveryFilter(
      { model: movements, rows: shop.movements, read: (request) => reader.movements(request) },
      tried,
    );
    await expectEveryFilter(
      { model: purchases, rows: shop.purchases, read: (request) => reader.purchases(request) },
      tried,
    );
    await expectEveryFilter(
      {
        model: reservations,
        rows: shop.reservations,
        read: (request) => reader.reservations(request),
      },
      tried,
    );
  });

  test("a cursor of another product's movement works in the list of one product", async () => {
    const own = shop.movements.filter(({ productId }) => productId === 3);
    for (const descending of [false, true]) {
      for (const position of [1, 2, 700, shop.movements.length]) {
        const page = {
          style: 'cursor',
          size: 3,
          after: [position, position],
          before: null,
        } as const;
        const sort = [{ field: 'position', descending } as const];
        const { items } = await shared.reader.movements({
          filters: [where('product', 'eq', 3)],
          sort,
          page,
        });
        const expected = descending
          ? own.filter((one) => one.position < position).reverse()
          : own.filter((one) => one.position > position);
        expect(items).toEqual(expected.slice(0, 3));
      }
    }
  });

  test('text that looks like SQL is compared as text', async () => {
    const evil = `'; DROP TABLE movements; --`;
    const filters = [where('actor', 'contains', evil), where('reason', 'in', [evil, '?'])];
    expect(await shared.reader.movements(listOf({ filters }))).toMatchObject({ items: [] });
    expect((await shared.reader.movements(listOf())).total).toBe(shop.movements.length);
  });
}

function steadyContract(openStore: () => Promise<TestStore>): void {
  const shared = sharedStore(openStore);
  const sides = fc.record({ backwards: fc.boolean(), descending: fc.boolean() });
  let commands: Command[];
  let shop: Shop;

  beforeAll(async () => {
    commands = [...openings(), ...randomCommands(60, 12)];
    await shared.ledger.commitBatch(commands);
  });

  /** Changes between two pages: some of every kind, and time advances. */
  function happenings(seed: number): () => Promise<void> {
    const more = randomCommands(30, seed);
    return async () => {
      const next = more.splice(0, 2);
      commands.push(...next);
      await shared.ledger.commitBatch(next);
      shared.now = after(1, shared.now);
      shop = await readAll(shared.reader, commands);
    };
  }

  test.each([1, 2, 3, 4])('reading by cursor skips and repeats nothing, %i', async (seed) => {
    const [side] = fc.sample(sides, { numRuns: 1, seed });
    const { backwards = false, descending = false } = side ?? {};
    const { reader } = shared;
    shared.now = AT;
    const walk = { size: 7, backwards, change: happenings(seed) };
    await walk.change();
    await expectSteadyWalk(
      {
        model: movements,
        rows: () => shop.movements,
        read: (request) => reader.movements(request),
      },
      { filters: [where('quantity', 'lt', 0)], sort: [{ field: 'position', descending }] },
      walk,
    );
    await expectSteadyWalk(
      {
        model: purchases,
        rows: () => shop.purchases,
        read: (request) => reader.purchases(request),
      },
      { filters: [], sort: [{ field: 'createdAt', descending }] },
      { ...walk, change: happenings(seed + 10) },
    );
    await expectSteadyWalk(
      {
        model: reservations,
        rows: () => shop.reservations,
        read: (request) => reader.reservations(request),
      },
      { filters: [where('status', 'ne', 'released')], sort: [{ field: 'expiresAt', descending }] },
      { ...walk, size: 3, change: happenings(seed + 20) },
    );
    await expectSteadyWalk(
      { model: levels, rows: () => shop.levels, read: (request) => reader.levels(request) },
      {
        filters: [],
        sort: [
          { field: 'available', descending },
          { field: 'onHand', descending: false },
        ],
      },
      { ...walk, size: 2, change: happenings(seed + 30) },
    );
  });
}

function batchContract(openStore: () => Promise<TestStore>): void {
  const shared = sharedStore(openStore);
  const [one, two] = [
    sale([
      { productId: 1, quantity: 2 },
      { productId: 2, quantity: 1 },
    ]),
    sale([{ productId: 2, quantity: 1 }]),
  ];
  const reservation = reserve([{ productId: 3, quantity: 2 }], 30);
  const short = ([id, { items, total }]: [unknown, LatestMovements]) => {
    return [id, items.map(({ position }) => position), total];
  };

  beforeAll(async () => {
    await shared.ledger.commitBatch([
      ...[1, 2, 3].map((product) => command([track(product, 10)])),
      one,
      command([receive(1, 1)]),
      two,
      reservation,
      command([giveBack(one.id, 1, 1)]),
    ]);
  });

  test('existing resources are read by many ids at once, in their current state', async () => {
    const { reader } = shared;
    expect(await reader.levelsOf([3, 99, 1])).toEqual([
      await reader.level(3, 'main'),
      await reader.level(1, 'main'),
    ]);
    expect((await reader.movementsAt([5, 99, 4])).map(({ position }) => position)).toEqual([5, 4]);
    expect((await reader.purchasesById([two.id, 'none', one.id])).map(({ id }) => id)).toEqual([
      two.id,
      one.id,
    ]);
    expect(await reader.reservationsById([reservation.id, 'none'])).toMatchObject([
      { status: 'active' },
    ]);
    shared.now = after(30);
    expect(await reader.reservationsById([reservation.id])).toMatchObject([{ status: 'expired' }]);
    expect(await reader.levelsOf([3])).toMatchObject([{ reserved: 0 }]);
    shared.now = AT;
  });

  test.each([
    [1, [9]],
    [2, [9, 5]],
    [20, [9, 5, 4]],
  ])(
    'the latest %i movements of purchases, with what was given back, and how many there are',
    async (limit, latest) => {
      const movementsById = await shared.reader.purchaseMovements([one.id, two.id, 'none'], limit);
      expect([...movementsById].map(short)).toEqual([
        [one.id, latest, 3],
        [two.id, [7], 1],
        ['none', [], 0],
      ]);
    },
  );

  test('the latest movements of products, and their number', async () => {
    const movementsById = await shared.reader.latestMovements([1, 3, 99], 2);
    expect([...movementsById].map(short)).toEqual([
      [1, [9, 6], 4],
      [3, [8, 3], 2],
      [99, [], 0],
    ]);
  });
}
