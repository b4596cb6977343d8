import type { SQLOutputValue } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RowPosition } from '@anaquel/jsonapi';
import {
  allOf,
  cappedCount,
  exactCount,
  MAX_COUNTED,
  sqlPart,
  tested,
  valueList,
  type ListSource,
  type RowQuery,
  type SortKey,
  type SqlPart,
} from '@anaquel/runtime';
import type { Row } from './sqlite-rows.ts';
import { numberOf, type RunStatement } from './sqlite-statements.ts';

/** How many rows a filtered list looks at before others have their turn: some milliseconds. */
const ROWS_A_TURN = 1_000;

export interface SqliteList<Item> {
  readonly table: SqlPart;
  readonly columns: SqlPart;
  readonly read: (row: Row) => Item;
  readonly keys: readonly SortKey[];
  readonly positionOf: (item: Item) => RowPosition;
  /** Conditions that an index leads to. */
  readonly within: readonly SqlPart[];
  /** Conditions that each row has to be tested for. */
  readonly tests: readonly SqlPart[];
  /** The table's key, by which a long walk is made in slices; null where the rows within are few. */
  readonly sliceBy: SqlPart | null;
  /** Whether that key alone is the order of the list. */
  readonly isOrderedBySlices: boolean;
  /** How many rows the list has, where that is known without counting, or has to be known exactly. */
  readonly countAll: (() => number) | null;
}

/**
 * A list of a table that may have any number of rows. What no index leads to is found by a walk, in slices, between which the
 * service does other things: reads run in its main thread.
 */
export function sqliteList<Item>(
  run: RunStatement,
  list: SqliteList<Item>,
): ListSource<Item, Item> {
  const { table, columns, read, keys, positionOf, within, sliceBy, countAll } = list;
  const tests = list.tests.map(tested);
  let gathered: Promise<SQLOutputValue[]> | null = null;

  function select(conditions: readonly SqlPart[], order: SqlPart, limit: number, offset: number) {
    const where = allOf([...within, ...conditions]);
    return run(
      sqlPart`SELECT ${columns} FROM ${table} WHERE ${where} ORDER BY ${order} LIMIT ${limit} OFFSET ${offset}`,
    ).map(read);
  }

  /** How many rows there are, so far as it matters. */
  function count(conditions: readonly SqlPart[], limit: number): number {
    const where = allOf([...within, ...conditions]);
    return numberOf(
      run(sqlPart`SELECT count(*) FROM (SELECT 1 FROM ${table} WHERE ${where} LIMIT ${limit})`),
    );
  }

  /** All rows, or those behind where the first slice begins. */
  async function* slices(key: SqlPart, from: SqlPart | null, descending: boolean) {
    let start = from === null ? [] : [from];
    for (;;) {
      const order = descending ? sqlPart`${key} DESC` : key;
      const [end] = run(
        sqlPart`SELECT ${key} FROM ${table} WHERE ${allOf([...within, ...start])} ORDER BY ${order} LIMIT 1 OFFSET ${ROWS_A_TURN - 1}`,
      );
      const value = end?.[0] as string | number | undefined;
      const condition =
        value === undefined
          ? start
          : [...start, descending ? sqlPart`${key} >= ${value}` : sqlPart`${key} <= ${value}`];
      yield [...condition, ...tests];
      if (value === undefined) return;
      // Alone: SQLite seeks by the first bound on a key that it meets, and tests the others row by row.
      start = [descending ? sqlPart`${key} < ${value}` : sqlPart`${key} > ${value}`];
      await nextTurn();
    }
  }

  async function walk(key: SqlPart, { where, order, backwards, limit, offset }: RowQuery) {
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
  async function gather(key: SqlPart): Promise<SQLOutputValue[]> {
    const found: SQLOutputValue[] = [];
    for await (const slice of slices(key, null, false)) {
      const rows = run(
        sqlPart`SELECT ${key} FROM ${table} WHERE ${allOf([...within, ...slice])} LIMIT ${MAX_COUNTED + 1 - found.length}`,
      );
      found.push(...rows.map(([value]) => value as SQLOutputValue));
      if (found.length > MAX_COUNTED) break;
    }
    return found;
  }

  return {
    keys,
    async rows(query) {
      const { where, order, limit, offset } = query;
      const place = where === null ? [] : [where];
      if (tests.length === 0 || sliceBy === null)
        return select([...tests, ...place], order, limit, offset);
      if (list.isOrderedBySlices) return walk(sliceBy, query);
      // A few are found first and then sorted. Of many, a walk in the order that is asked for soon meets a page of them.
      gathered ??= gather(sliceBy);
      const found = await gathered;
      const those =
        found.length > MAX_COUNTED
          ? tests
          : [sqlPart`${sliceBy} IN ${valueList(found as (string | number)[])}`];
      return select([...those, ...place], order, limit, offset);
    },
    async count() {
      if (countAll !== null) return exactCount(countAll());
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
    positionOf,
  };
}
