import { setImmediate as nextTurn } from 'node:timers/promises';
import { MAX_COUNTED, type RowQuery, type SortKey } from './list-page.ts';
import { select, type RowReader } from './row-codec.ts';
import { allOf, sql, type Sql, type SqlValue } from './sql.ts';
import type { SqlReads } from './sql-connection.ts';

/** The database that lists read, and what each kind of database does in its own way. */
export interface TableDatabase {
  readonly reads: SqlReads;
  /**
   * How many rows one statement looks at, or skips: as many as others can wait for. On SQLite that
   * is all that this thread does.
   */
  readonly rowsATurn: number;
  /**
   * Whether one statement may bring all rows into an order that no index has; otherwise that is
   * done here, a slice at a time.
   */
  readonly sortsAll: boolean;
}

/** A thousand rows take some milliseconds of the thread that reads. */
export function sqliteTables(reads: SqlReads): TableDatabase {
  return { reads, rowsATurn: 1_000, sortsAll: false };
}

/** 50,000 rows take some tenths of a second of the server, far from its timeout. */
export function postgresTables(reads: SqlReads): TableDatabase {
  return { reads, rowsATurn: 50_000, sortsAll: true };
}

/** The rows of a table among which a list is. */
export interface TableRows<Item> {
  readonly database: TableDatabase;
  readonly table: Sql;
  readonly reader: RowReader<Item>;
  readonly keys: readonly SortKey[];
  /** Conditions that an index leads to. */
  readonly within: readonly Sql[];
  /** Conditions that each row has to be tested for. */
  readonly tests: readonly Sql[];
}

/**
 * The end of a query: the rows within, and for which these conditions hold. The bounds of a slice
 * come first: SQLite seeks by the first bound on a key that it meets.
 */
function fromTable({ table, within }: TableRows<unknown>, conditions: readonly Sql[]): Sql {
  return sql`from ${table} where ${allOf([...conditions, ...within])}`;
}

export async function readRows<Item>(
  rows: TableRows<Item>,
  conditions: readonly Sql[],
  { order, limit, offset }: Pick<RowQuery, 'order' | 'limit' | 'offset'>,
): Promise<readonly Item[]> {
  const from = fromTable(rows, conditions);
  const query = select(rows.reader)`${from} order by ${order} limit ${limit} offset ${offset}`;
  return rows.database.reads.all(query);
}

/** How many rows there are, up to a limit. */
export async function countRows(
  rows: TableRows<unknown>,
  conditions: readonly Sql[],
  limit: number,
): Promise<number> {
  const from = fromTable(rows, conditions);
  return rows.database.reads.number(
    sql`select count(*) from (select 1 ${from} limit ${limit}) as counted`,
  );
}

interface Slice {
  /** The rows of this slice and those behind it; null for all. */
  readonly start: Sql | null;
  /** The rows of this slice. */
  readonly conditions: readonly Sql[];
}

/**
 * One slice of the rows after the other, by a key of the table: of all rows, or of those behind
 * `from`. Others have their turn between two slices.
 */
async function* slices(
  rows: TableRows<unknown>,
  key: Sql,
  from: Sql | null = null,
  descending = false,
): AsyncGenerator<Slice> {
  let start = from;
  const order = descending ? sql`${key} desc` : key;
  for (;;) {
    const behind = start === null ? [] : [start];
    const [end] = await rows.database.reads.rows(
      sql`select ${key} ${fromTable(rows, behind)} order by ${order} limit 1 offset ${rows.database.rowsATurn - 1}`,
    );
    const last = end?.[0];
    if (last === undefined) {
      yield { start, conditions: [...behind, ...rows.tests] };
      return;
    }
    const until = descending ? sql`${key} >= ${last}` : sql`${key} <= ${last}`;
    yield { start, conditions: [...behind, until, ...rows.tests] };
    // Alone: SQLite seeks by the first bound on a key that it meets, and tests the others row by
    // row.
    start = descending ? sql`${key} < ${last}` : sql`${key} > ${last}`;
    await nextTurn();
  }
}

/** A page, and how far the walk to it has come: the count of the list goes on from there. */
export interface WalkedPage<Item> {
  readonly items: readonly Item[];
  /** How many rows of the list are before `rest`. */
  readonly met: number;
  /** Where the rows are that may not have been met; null when all were. */
  readonly rest: readonly Sql[] | null;
}

/** Goes through the slices in the order of the list until its page is full. */
export async function walkToPage<Item>(
  rows: TableRows<Item>,
  key: Sql,
  { where, order, backwards, limit, offset }: RowQuery,
): Promise<WalkedPage<Item>> {
  const descending = rows.keys[0]?.descending !== backwards;
  const items: Item[] = [];
  let skipped = 0;
  for await (const { start, conditions } of slices(rows, key, where, descending)) {
    const met = skipped + items.length;
    const toSkip = offset - skipped;
    if (toSkip > 0) {
      const count = await countRows(rows, conditions, toSkip);
      skipped += count;
      if (count < toSkip) continue;
    }
    const remaining = { order, limit: limit - items.length, offset: toSkip };
    items.push(...(await readRows(rows, conditions, remaining)));
    if (items.length === limit) return { items, met, rest: start === null ? [] : [start] };
  }
  return { items, met: skipped + items.length, rest: null };
}

/** The keys of the rows, until there is one more than is counted. */
export async function gatherKeys(rows: TableRows<unknown>, key: Sql): Promise<SqlValue[]> {
  const values: SqlValue[] = [];
  for await (const { conditions } of slices(rows, key)) {
    const limit = MAX_COUNTED + 1 - values.length;
    const more = await rows.database.reads.rows(
      sql`select ${key} ${fromTable(rows, conditions)} limit ${limit}`,
    );
    values.push(...more.flat());
    if (values.length > MAX_COUNTED) break;
  }
  return values;
}

/**
 * How many rows there are, until there is one more than is counted. The count goes on from where a
 * walk in the order of the list has come.
 */
export async function countSlices(
  rows: TableRows<unknown>,
  key: Sql,
  { met, rest }: Pick<WalkedPage<unknown>, 'met' | 'rest'>,
): Promise<number> {
  if (rest === null) return met;
  let count = met;
  const others = { ...rows, within: [...rest, ...rows.within] };
  for await (const { conditions } of slices(others, key)) {
    if (count > MAX_COUNTED) break;
    count += await countRows(others, conditions, MAX_COUNTED + 1 - count);
  }
  return count;
}

/** The values of some expressions in all rows, a slice at a time. */
export async function* scan(
  rows: TableRows<unknown>,
  key: Sql,
  expressions: Sql,
  where: Sql | null,
): AsyncGenerator<readonly (readonly SqlValue[])[]> {
  for await (const { conditions } of slices(rows, key)) {
    const all = where === null ? conditions : [...conditions, where];
    yield await rows.database.reads.rows(sql`select ${expressions} ${fromTable(rows, all)}`);
  }
}
