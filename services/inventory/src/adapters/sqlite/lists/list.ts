import type { SQLOutputValue } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RowPosition } from '@anaquel/jsonapi';
import {
  allOf,
  cappedCount,
  exactCount,
  joinSql,
  MAX_COUNTED,
  sql,
  withoutIndex,
  valueList,
  type ListSource,
  type RowQuery,
  type SortKey,
  type Sql,
} from '@anaquel/runtime/sql';
import { createFirstRows } from './first-rows.ts';
import type { InTurn } from '../in-turn.ts';
import type { Row } from '../rows.ts';
import { numberOf, type RunStatement } from '../statements.ts';

/** How many rows a list looks at, or skips, before others have their turn: some milliseconds. */
const ROWS_A_TURN = 1_000;

export interface SqliteList<Item> {
  readonly table: Sql;
  readonly columns: Sql;
  readonly read: (row: Row) => Item;
  readonly keys: readonly SortKey[];
  readonly positionOf: (item: Item) => RowPosition;
  /** Conditions that an index leads to. */
  readonly within: readonly Sql[];
  /** Conditions that each row has to be tested for. */
  readonly tests: readonly Sql[];
  /**
   * The table's key, by which a long walk is made in slices; null where the rows within are few.
   */
  readonly sliceBy: Sql | null;
  /**
   * What leads through the rows in the order of the list: that key alone, or an index. Where
   * nothing does, all are searched, in turn.
   */
  readonly orderedBy: 'slices' | 'index' | InTurn;
  /**
   * How many rows the list has, where that is known without counting, or has to be known exactly.
   */
  readonly countAll: (() => number) | null;
}

/**
 * A list of a table that may have any number of rows. What no index leads to is found by a walk, in
 * slices, between which the service does other things: reads run in its main thread.
 */
export function sqliteList<Item>(
  run: RunStatement,
  list: SqliteList<Item>,
): ListSource<Item, Item> {
  const { table, columns, read, keys, positionOf, within, sliceBy, countAll } = list;
  const tests = list.tests.map(withoutIndex);
  /** Where rows stood when a walk met them, which may be a while before they are read. */
  const places = new Map<Item, RowPosition>();
  let gathered: Promise<SQLOutputValue[]> | null = null;
  let total: number | null = null;

  /** How many rows the list has, where that is known. */
  function known(): number | null {
    if (countAll !== null) total ??= countAll();
    return total;
  }

  function select(conditions: readonly Sql[], order: Sql, limit: number, offset: number) {
    const where = allOf([...within, ...conditions]);
    return run(
      sql`SELECT ${columns} FROM ${table} WHERE ${where} ORDER BY ${order} LIMIT ${limit} OFFSET ${offset}`,
    ).map(read);
  }

  /** How many rows there are, so far as it matters. */
  function count(conditions: readonly Sql[], limit: number): number {
    const where = allOf([...within, ...conditions]);
    return numberOf(
      run(sql`SELECT count(*) FROM (SELECT 1 FROM ${table} WHERE ${where} LIMIT ${limit})`),
    );
  }

  /** All rows, or those behind where the first slice begins. */
  async function* slices(key: Sql, from: Sql | null, descending: boolean) {
    let start = from === null ? [] : [from];
    for (;;) {
      const order = descending ? sql`${key} DESC` : key;
      const [end] = run(
        sql`SELECT ${key} FROM ${table} WHERE ${allOf([...within, ...start])} ORDER BY ${order} LIMIT 1 OFFSET ${ROWS_A_TURN - 1}`,
      );
      const value = end?.[0] as string | number | undefined;
      const condition =
        value === undefined
          ? start
          : [...start, descending ? sql`${key} >= ${value}` : sql`${key} <= ${value}`];
      yield [...condition, ...tests];
      if (value === undefined) return;
      // Alone: SQLite seeks by the first bound on a key that it meets, and tests the others row by
      // row.
      start = [descending ? sql`${key} < ${value}` : sql`${key} > ${value}`];
      await nextTurn();
    }
  }

  async function walk(key: Sql, { where, order, backwards, limit, offset }: RowQuery) {
    const descending = keys[0]?.descending !== backwards;
    const found: Item[] = [];
    let skipped = 0;
    for await (const slice of slices(key, where, descending)) {
      const left = offset - skipped;
      if (left > 0) {
        const more = count(slice, left);
        skipped += more;
        if (more < left) continue;
      }
      found.push(...select(slice, order, limit - found.length, left));
      if (found.length === limit) break;
    }
    return found;
  }

  /** The keys of the rows, until there are more than are counted. */
  async function gather(key: Sql): Promise<SQLOutputValue[]> {
    const found: SQLOutputValue[] = [];
    for await (const slice of slices(key, null, false)) {
      const rows = run(
        sql`SELECT ${key} FROM ${table} WHERE ${allOf([...within, ...slice])} LIMIT ${MAX_COUNTED + 1 - found.length}`,
      );
      found.push(...rows.map(([value]) => value as SQLOutputValue));
      if (found.length > MAX_COUNTED) break;
    }
    return found;
  }

  /** Looks at all rows, and of those up to the page keeps what they are ordered by. */
  async function search(key: Sql, { where, backwards, limit, offset }: RowQuery) {
    const first = createFirstRows(offset + limit, comparatorOf(keys, backwards));
    const columnsOfKeys = joinSql(
      keys.map(({ expression }) => expression),
      ', ',
    );
    for await (const slice of slices(key, null, false)) {
      const conditions = allOf([...within, ...slice, ...(where === null ? [] : [where])]);
      const rows = run(sql`SELECT ${columnsOfKeys} FROM ${table} WHERE ${conditions}`);
      for (const row of rows) first.add(row);
    }
    const found = first.behind(offset);
    const ids = valueList(found.map((row) => row.at(-1) as string | number));
    const items = new Map(
      select([sql`${key} IN ${ids}`], key, found.length, 0).map((item) => {
        return [positionOf(item).at(-1), item] as const;
      }),
    );
    return found.flatMap((row) => {
      const item = items.get(row.at(-1) as string | number);
      if (item === undefined) return [];
      const place = row as RowPosition;
      places.set(item, [...place, ...positionOf(item).slice(place.length)]);
      return [item];
    });
  }

  return {
    keys,
    async rows(query) {
      const { where, order, limit, offset } = query;
      const place = where === null ? [] : [where];
      if (offset > 0 && offset >= (known() ?? Infinity)) return [];
      const { orderedBy } = list;
      const isOrdered = typeof orderedBy === 'string';
      const isFar = orderedBy === 'slices' && offset > ROWS_A_TURN;
      if (sliceBy === null || (tests.length === 0 && isOrdered && !isFar))
        return select([...tests, ...place], order, limit, offset);
      if (orderedBy === 'slices') return walk(sliceBy, query);
      if (tests.length > 0) {
        // A few are found first and then sorted.
        gathered ??= gather(sliceBy);
        const found = await gathered;
        const those = sql`${sliceBy} IN ${valueList(found as (string | number)[])}`;
        if (found.length <= MAX_COUNTED) return select([those, ...place], order, limit, offset);
      }
      // Of many, a walk in the order that is asked for soon meets a page of them.
      if (isOrdered) return select([...tests, ...place], order, limit, offset);
      const work = () => search(sliceBy, query);
      return offset + limit > MAX_COUNTED ? orderedBy(work) : work();
    },
    async count() {
      const exact = known();
      if (exact !== null) return exactCount(exact);
      if (gathered !== null) return cappedCount((await gathered).length);
      if (tests.length === 0 || sliceBy === null) return cappedCount(count(tests, MAX_COUNTED + 1));
      let found = 0;
      for await (const slice of slices(sliceBy, null, false)) {
        found += count(slice, MAX_COUNTED + 1 - found);
        if (found > MAX_COUNTED) break;
      }
      return cappedCount(found);
    },
    toItem: (item) => item,
    positionOf: (item) => places.get(item) ?? positionOf(item),
  };
}

/** Numbers, and texts of ASCII, as SQLite compares them. */
function comparatorOf(keys: readonly SortKey[], backwards: boolean): (a: Row, b: Row) => number {
  const signs = keys.map(({ descending }) => (descending === backwards ? 1 : -1));
  return (a, b) => {
    for (const [place, sign] of signs.entries()) {
      const [one, other] = [a[place] as string | number, b[place] as string | number];
      if (one !== other) return one < other ? -sign : sign;
    }
    return 0;
  };
}
