import type { PageRequest } from '@anaquel/jsonapi';
import {
  createSqliteConnection,
  createWorkQueue,
  openSqlite,
  type Sql,
  type SqliteConnection,
} from '@anaquel/runtime/sql';
import type { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sqliteLists } from '../../src/adapters/sqlite/list-database.ts';
import { readLevelList } from '../../src/adapters/sql/lists/level-list.ts';
import { readMovementList } from '../../src/adapters/sql/lists/movement-list.ts';
import { readPurchaseList } from '../../src/adapters/sql/lists/purchase-list.ts';
import { readSalesSummaryList } from '../../src/adapters/sql/lists/sales-summary-list.ts';
import type { LevelFilter } from '../../src/application/ledger.ts';
import type { Level } from '../../src/domain/level.ts';
import { createLedgerFile, type LedgerFile } from '../support/ledger-file.ts';
import { by, where } from '../support/lists.ts';

// The cost of a list is counted in statements, since times depend on the machine.

const MOVEMENTS = 20_000;
const LEVELS = 5_500;
const PURCHASES = 5_500;
const AT = '2026-01-01T00:00:00.000Z';
const LINES = JSON.stringify([
  { productId: 1, quantity: 2, unitPrice: 50, name: 'Lamp', sku: null },
]);
const START_MS = Date.parse(AT);

/** When the n-th purchase was made. */
const instantOf = (n: number) => new Date(START_MS + 1_000 * n).toISOString();

function idOf(n: number): string {
  const time = (START_MS + 1_000 * n).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${String(n).padStart(12, '0')}`;
}

let file: LedgerFile;
let database: DatabaseSync;
let statements: Sql[];
let reads: SqliteConnection;

beforeAll(async () => {
  file = await createLedgerFile();
  database = openSqlite(file.path);
  database.exec(`
    INSERT INTO movements (position, product_id, location, sequence, kind, on_hand_delta, reserved_delta,
        on_hand_after, reserved_after, purchase_id, reason, actor, at)
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MOVEMENTS})
      SELECT i, i, 'main', 1, 'receipt', 1, 0, 1, 0, NULL, NULL, 'ana', '${AT}' FROM n`);
  // Of every four levels two have holds, and one of these is due.
  database.exec(`
    INSERT INTO levels (product_id, location, on_hand, reserved, low_stock_threshold, sequence, version, updated_at)
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${LEVELS})
      SELECT i, 'main', 10 + (i * 7919) % 100, iif(i % 4 < 2, (i * 31) % 7, 0), NULL, 1, 1, '2025-01-01T00:00:00.000Z' FROM n;
    INSERT INTO holds (product_id, location, expires_at, reservation_id, quantity)
      SELECT product_id, 'main', iif(product_id % 4, '${AT}', '2027-01-01T00:00:00.000Z'), product_id, reserved
      FROM levels WHERE reserved > 0`);
  database.exec(`
    INSERT INTO purchases (id, number, reference, currency, currency_decimals, total, lines, owner, actor, at, first_position, last_position)
      WITH RECURSIVE n (i, ms) AS (
        SELECT 1, ${START_MS} + 1000 UNION ALL SELECT i + 1, ms + 1000 FROM n WHERE i < ${PURCHASES})
      SELECT printf('%08x-%04x-7000-8000-%012d', ms >> 16, ms & 65535, i), i, 'order-' || i, 'USD', 2, 100, '${LINES}',
        iif(i % 10, 'ana', 'bo'), 'ana', strftime('%Y-%m-%dT%H:%M:%fZ', ms / 1000.0, 'unixepoch'), i, i FROM n`);
  reads = recording(createSqliteConnection(database));
});
afterAll(async () => {
  database.close();
  await file.remove();
});
beforeEach(() => {
  statements = [];
});

/** The connection, with its statements in `statements`. */
function recording(connection: SqliteConnection): SqliteConnection {
  function record<Query extends Sql, Result>(run: (query: Query) => Result) {
    return (query: Query): Result => {
      statements.push(query);
      return run(query);
    };
  }
  return {
    ...connection,
    all: (query) => record(() => connection.all(query))(query),
    rows: record(connection.rows),
    number: record(connection.number),
  };
}

describe('a filtered list of movements from a cursor on', () => {
  test.each([
    { descending: false, cursor: 100.5 },
    { descending: true, cursor: MOVEMENTS - 100.5 },
  ])('is walked through once: %j', async ({ descending, cursor }) => {
    const page = { style: 'cursor', size: 10, after: [cursor, cursor], before: null } as const;
    const { items } = await readMovementList(sqliteLists(reads), {
      filters: [where('actor', 'eq', 'nobody')],
      sort: [by('position', descending)],
      page,
    });
    expect(items).toEqual([]);
    // SQLite seeks by the first bound in the statement: with the cursor's bound first, each slice
    // would begin there.
    const fromCursor = statements.filter(({ values }) => values.includes(cursor));
    // Two statements for the end and the rows of the first slice, forwards, and two backwards, to
    // see if there is a page before.
    expect(fromCursor).toHaveLength(4);
    // Two for each slice: of the walk forwards, of the count of the whole list, and of one slice
    // backwards.
    expect(statements.length).toBeLessThanOrEqual(2 * (2 * (MOVEMENTS / 1_000 + 1) + 1));
    for (const { text } of statements) expect(text).not.toMatch(/position = \? and position/);
  });
});

/** The numbers of some purchases, the latest first. */
const hundreds = Array.from({ length: PURCHASES / 100 }, (_, index) => PURCHASES - 100 * index);

test.each([
  { what: 'none', filter: where('currency', 'eq', 'EUR'), numbers: [] },
  { what: 'two', filter: where('total', 'eq', 777), numbers: [4_001, 9] },
  { what: 'two pages and more', filter: where('total', 'eq', 888), numbers: hundreds },
])('purchases of which a filter leaves $what are walked through once', async (one) => {
  database.exec(`UPDATE purchases SET total = 77700 WHERE number IN (9, 4001);
    UPDATE purchases SET total = 88800 WHERE number % 100 = 0`);
  const { items, total } = await readPurchaseList(
    sqliteLists(reads),
    {
      filters: [one.filter],
      sort: [by('createdAt', true)],
      page: { style: 'number', number: 1, size: 20 },
    },
    undefined,
  );
  expect(items.map(({ number }) => number)).toEqual(one.numbers.slice(0, 20));
  expect(total).toBe(one.numbers.length);
  // Two for each slice, of which one is in the page and in the count; and what has come back.
  expect(statements.length).toBeLessThanOrEqual(2 * (Math.ceil(PURCHASES / 1_000) + 1) + 1);
});

test('the second page of what a filter leaves has the whole count', async () => {
  database.exec('UPDATE purchases SET total = 88800 WHERE number % 100 = 0');
  const { items, total } = await readPurchaseList(
    sqliteLists(reads),
    {
      filters: [where('total', 'eq', 888)],
      sort: [by('createdAt')],
      page: { style: 'number', number: 2, size: 20 },
    },
    undefined,
  );
  expect(items.map(({ number }) => number)).toEqual(hundreds.toReversed().slice(20, 40));
  expect(total).toBe(hundreds.length);
});

describe('a page of purchases deep in their list', () => {
  test.each([
    { whose: 'all', owner: undefined, every: 1, number: 50 },
    { whose: 'one buyer', owner: 'bo', every: 10, number: 5 },
  ])('is found a thousand rows a turn, of $whose', async ({ owner, every, number }) => {
    for (const descending of [false, true]) {
      const order = { filters: [], sort: [by('createdAt', descending)] } as const;
      const page = { style: 'number', number, size: 100 } as const;
      const { items, ...rest } = await readPurchaseList(
        sqliteLists(reads),
        { ...order, page },
        owner,
      );
      const all = Array.from({ length: PURCHASES / every }, (_, index) =>
        idOf((index + 1) * every),
      );
      if (descending) all.reverse();
      expect(items.map(({ id }) => id)).toEqual(all.slice(100 * (number - 1), 100 * number));
      expect(rest).toMatchObject({ total: all.length, hasPrevious: true, hasNext: true });
    }
    const offsets = statements.filter(({ text }) => text.endsWith('offset ?'));
    expect(offsets.length).toBeGreaterThan(0);
    for (const { values } of offsets) expect(values.at(-1)).toBeLessThanOrEqual(1_000);
  });
});

describe('purchases that an index has', () => {
  const newest = { sort: [by('createdAt', true)], page: firstPage() } as const;

  function firstPage(): PageRequest {
    return { style: 'number', number: 1, size: 20 };
  }

  test.each([
    ['a number', where('number', 'in', [70]), [70]],
    ['a number that was typed', where('search', 'eq', '#70'), [70]],
    ['a reference', where('reference', 'eq', 'order-70'), [70]],
    ['the beginning of a reference', where('search', 'eq', 'order-550'), [5_500, 550]],
    ['a number that nobody has', where('search', 'eq', '9999'), []],
  ] as const)('are found by %s without a walk', async (_, filter, numbers) => {
    const { items, total } = await readPurchaseList(
      sqliteLists(reads),
      { ...newest, filters: [filter] },
      undefined,
    );
    expect(items.map(({ number }) => number)).toEqual(numbers);
    expect(total).toBe(numbers.length);
    // The ids, their rows, how many they are, and what has come back of those that there are.
    expect(statements).toHaveLength(3 + Math.min(numbers.length, 1));
    for (const query of statements) {
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${query.text}`).all(...query.values);
      for (const { detail } of plan) expect(detail).not.toMatch(/^SCAN (purchases|movements)/);
    }
  });

  test('a day long ago is read alone, whatever came later', async () => {
    const filters = [
      where('from', 'eq', instantOf(2_000)),
      where('to', 'eq', instantOf(2_010)),
    ] as const;
    const { items, total } = await readPurchaseList(
      sqliteLists(reads),
      { ...newest, filters },
      undefined,
    );
    expect(items.map(({ number }) => number)).toEqual([
      2_009, 2_008, 2_007, 2_006, 2_005, 2_004, 2_003, 2_002, 2_001, 2_000,
    ]);
    expect(total).toBe(10);
    // The end of the one slice, what is in it, and what has come back.
    expect(statements).toHaveLength(3);
  });
});

test('sums of a day long ago read its purchases and returns by their indexes, and no others', async () => {
  const summaries = await readSalesSummaryList(reads, {
    from: instantOf(2_000),
    to: instantOf(2_100),
    group: 'currency',
    products: null,
    timeZone: 'UTC',
    page: { style: 'number', number: 1, size: 20 },
  });
  expect(summaries).toMatchObject({
    total: 1,
    items: [{ id: 'USD', sales: 100, units: 200, sold: 10_000 }],
  });
  // How many they are, all of them, and the returns.
  expect(statements).toHaveLength(3);
  for (const query of statements) {
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${query.text}`).all(...query.values);
    for (const { detail } of plan) expect(detail).not.toMatch(/^SCAN (purchases|m)\b/);
  }
  const [returns] = statements.slice(-1);
  const plan = database
    .prepare(`EXPLAIN QUERY PLAN ${returns?.text}`)
    .all(...(returns?.values ?? []));
  expect(plan[0]?.['detail']).toMatch(/^SEARCH m USING INDEX movements_returns_by_time/);
});

describe('levels in an order that has no index', () => {
  const searches = createWorkQueue();
  const orders = {
    available: { sort: [by('available')], sql: 'available, product_id' },
    'the reverse': { sort: [by('available', true)], sql: 'available DESC, product_id DESC' },
    'two fields': {
      sort: [by('onHand', true), by('reserved')],
      sql: 'on_hand DESC, held, product_id',
    },
    'a field and the id': {
      sort: [by('reserved', true), by('id')],
      sql: 'held DESC, product_id',
    },
    'the latest change': { sort: [by('updatedAt', true)], sql: 'changed DESC, product_id DESC' },
  } as const;
  type Order = (typeof orders)[keyof typeof orders];

  function read(
    { sort }: Pick<Order, 'sort'>,
    page: PageRequest,
    filters: readonly LevelFilter[] = [],
  ) {
    return readLevelList(
      sqliteLists(reads),
      { filters, sort, page },
      { at: AT, searches, notForSale: [] },
    );
  }

  function expected({ sql }: Pick<Order, 'sql'>, condition = '1 = 1'): number[] {
    const rows = database
      .prepare(
        `SELECT product_id, on_hand - held AS available FROM (
          SELECT *, iif(product_id % 4 = 1, 0, reserved) AS held,
            iif(product_id % 4 = 1 AND reserved > 0, '${AT}', updated_at) AS changed FROM levels)
        WHERE ${condition} ORDER BY ${sql}`,
      )
      .all();
    return rows.map(({ product_id }) => Number(product_id));
  }

  const idsOf = (levels: readonly Level[]) => levels.map(({ productId }) => productId);

  test.each(Object.entries(orders))(
    'by %s: pages and cursors have the right rows',
    async (_, order) => {
      const all = expected(order);
      for (const number of [1, 2, 28, 54, 55]) {
        const { items, ...page } = await read(order, { style: 'number', number, size: 100 });
        expect(idsOf(items)).toEqual(all.slice(100 * (number - 1), 100 * number));
        expect(page).toEqual({
          total: LEVELS,
          totalIsCapped: false,
          hasPrevious: number > 1,
          hasNext: number < 55,
        });
      }
      const first = { style: 'cursor', size: 700, after: null, before: null } as const;
      const { positions = [] } = await read(order, first);
      const after = positions.at(-1) ?? null;
      const next = await read(order, { ...first, after });
      expect(idsOf(next.items)).toEqual(all.slice(700, 1_400));
      const back = await read(order, { ...first, size: 50, before: next.positions?.[0] ?? null });
      expect(idsOf(back.items)).toEqual(all.slice(650, 700));
      expect(back).toMatchObject({ hasPrevious: true, hasNext: true });
    },
  );

  test('with filters too, whether few rows match or many', async () => {
    const order = orders.available;
    for (const [least, areFew] of [
      [50, false],
      [107, true],
    ] as const) {
      const all = expected(order, `available >= ${least}`);
      expect(all.length <= 1_000).toBe(areFew);
      const filters = [where('available', 'gte', least)];
      const page = await read(order, { style: 'number', number: 2, size: 100 }, filters);
      expect(idsOf(page.items)).toEqual(all.slice(100, 200));
      expect(page.total).toBe(Math.min(all.length, 1_000));
    }
  });

  test('a page far past the end needs only the count', async () => {
    const page = { style: 'number', number: 1_000_000_000, size: 100 } as const;
    expect(await read(orders['two fields'], page)).toMatchObject({ items: [], total: LEVELS });
    expect(statements.map(({ text }) => text)).toEqual(['select count(*) from levels']);
  });

  test('other requests run after every thousand rows, of which only the sort fields are read', async () => {
    let turns = 0;
    let isDone = false;
    const count = () => {
      turns += 1;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    const page = { style: 'number', number: 55, size: 100 } as const;
    await read(orders['two fields'], page);
    isDone = true;
    expect(turns).toBeGreaterThanOrEqual(LEVELS / 1_000 - 1);
    // One for the count, two for each slice, and one for all rows of the page.
    expect(statements.length).toBeLessThanOrEqual(1 + 2 * (LEVELS / 1_000 + 1) + 1);
    const whole = statements.filter(({ text }) => text.includes('version, updated_at from'));
    expect(whole.map(({ text }) => text)).toEqual([expect.stringMatching(/product_id in \(/)]);
  });

  test('a level that changes meanwhile is shown with its new values, where it was found', async () => {
    const order = orders.available;
    const [first = 0] = expected(order);
    const pending = read(order, { style: 'cursor', size: 3, after: null, before: null });
    // It was read before the first turn ended.
    const other = openSqlite(file.path);
    const update = (change: number) =>
      other.exec(`UPDATE levels SET on_hand = on_hand + ${change} WHERE product_id = ${first}`);
    await new Promise((resolve) => setImmediate(resolve));
    update(1_000);
    const { items, positions } = await pending;
    update(-1_000);
    other.close();
    expect(items[0]).toMatchObject({ productId: first, onHand: 1_010 });
    expect(positions?.[0]).toEqual([4, first]);
  });
});
