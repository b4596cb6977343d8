import type { RowPosition } from '@anaquel/jsonapi';
import {
  cappedCount,
  exactCount,
  MAX_COUNTED,
  withoutIndex,
  type ListSource,
  type RowQuery,
  type SortKey,
} from './list-page.ts';
import type { Row } from './row-codec.ts';
import { joinSql, sql, valueList, type Sql, type SqlValue } from './sql.ts';
import type { WorkQueue } from './work-queue.ts';
import { createFirstRows } from './first-rows.ts';
import {
  countRows,
  countSlices,
  gatherKeys,
  readRows,
  scan,
  walkToPage,
  type TableRows,
  type WalkedPage,
} from './table-rows.ts';

export interface TableList<Item> extends TableRows<Item> {
  readonly positionOf: (item: Item) => RowPosition;
  /**
   * A key of the table, by which a long walk is made in slices; null where the rows within are few.
   */
  readonly sliceBy: Sql | null;
  /**
   * What leads through the rows in the order of the list: that key alone, or an index. Where
   * nothing does, all are searched; far pages one after the other, by this queue.
   */
  readonly orderedBy: 'slices' | 'index' | WorkQueue;
  /**
   * How many rows the list has, where that is known without counting, or has to be known exactly.
   */
  readonly countAll: (() => number | Promise<number>) | null;
}

/**
 * A list of a table that may have any number of rows. What no index leads to is found by a walk, in
 * slices, between which its thread does other things.
 */
export function tableList<Item>(options: TableList<Item>): ListSource<Item, Item> {
  const list = { ...options, tests: options.tests.map(withoutIndex) };
  const { database, keys, tests, sliceBy, orderedBy, countAll } = list;
  /** Where rows stood when a search met them, which may be a while before they are read. */
  const positions = new Map<Item, RowPosition>();
  let matchingKeys: Promise<SqlValue[]> | null = null;
  let total: number | null = null;
  /** How far a walk to a page from the first row on has come. */
  let walked: Pick<WalkedPage<Item>, 'met' | 'rest'> = { met: 0, rest: [] };

  /** How many rows the list has; null where only counting tells. */
  async function knownTotal(): Promise<number | null> {
    if (countAll !== null) total ??= await countAll();
    return total;
  }

  return {
    keys,
    async rows(query) {
      const { where, limit, offset } = query;
      const place = where === null ? [] : [where];
      if (offset > 0 && offset >= ((await knownTotal()) ?? Infinity)) return [];
      const isOrdered = typeof orderedBy === 'string';
      const isFar = orderedBy === 'slices' && offset > database.rowsATurn;
      if (sliceBy === null || (tests.length === 0 && isOrdered && !isFar))
        return readRows(list, [...tests, ...place], query);
      if (orderedBy === 'slices') {
        const page = await walkToPage(list, sliceBy, query);
        if (where === null) walked = page;
        return page.items;
      }
      if (tests.length > 0) {
        // A few are found first and then sorted.
        matchingKeys ??= gatherKeys(list, sliceBy);
        const matching = await matchingKeys;
        if (matching.length <= MAX_COUNTED)
          return readRows(list, [sql`${sliceBy} in ${valueList(matching)}`, ...place], query);
      }
      // Of many, a walk in the order that is asked for soon meets a page of them.
      if (orderedBy === 'index' || database.sortsAll)
        return readRows(list, [...tests, ...place], query);
      const work = () => search(list, sliceBy, query, positions);
      return offset + limit > MAX_COUNTED ? orderedBy(work) : work();
    },
    async count() {
      const exact = await knownTotal();
      if (exact !== null) return exactCount(exact);
      if (matchingKeys !== null) return cappedCount((await matchingKeys).length);
      if (tests.length === 0 || sliceBy === null)
        return cappedCount(await countRows(list, tests, MAX_COUNTED + 1));
      return cappedCount(await countSlices(list, sliceBy, walked));
    },
    toItem: (item) => item,
    positionOf: (item) => positions.get(item) ?? list.positionOf(item),
  };
}

/** Looks at all rows, and of those up to the page keeps what they are ordered by. */
async function search<Item>(
  list: TableList<Item>,
  key: Sql,
  { where, backwards, limit, offset }: RowQuery,
  positions: Map<Item, RowPosition>,
): Promise<Item[]> {
  const first = createFirstRows(offset + limit, comparatorOf(list.keys, backwards));
  const expressions = list.keys.map(({ expression }) => expression);
  for await (const rows of scan(list, key, joinSql(expressions, ', '), where))
    for (const row of rows) first.add(row);
  const page = first.behind(offset);
  const ids = valueList(page.map(idOf));
  const byId = { order: key, limit: page.length, offset: 0 };
  const found = await readRows(list, [sql`${key} in ${ids}`], byId);
  const items = new Map(found.map((item) => [idOf(list.positionOf(item)), item]));
  return page.flatMap((row) => {
    const item = items.get(idOf(row));
    if (item === undefined) return [];
    positions.set(item, [...row, ...list.positionOf(item).slice(row.length)]);
    return [item];
  });
}

/** Keys and positions end with the id. */
function idOf(position: RowPosition): SqlValue {
  return position.at(-1) ?? null;
}

/** Numbers, and texts of ASCII, as databases compare them. */
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
