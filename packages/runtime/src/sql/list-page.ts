import type { ListPage, PageRequest, RowPosition, Sort } from '@anaquel/jsonapi';
import { allOf, joinSql, operand, sql, type Sql } from './sql.ts';

/** How far the rows of a filtered list are counted. */
export const MAX_COUNTED = 1_000;

/**
 * An expression that a list is ordered by. It is never null: databases disagree on whether nulls
 * come first.
 */
export interface SortKey {
  readonly expression: Sql;
  readonly descending: boolean;
}

/**
 * The fields of a sort and then the id, in the direction of the last field, so that a reversed sort
 * gives exactly the reversed list. Keys after the id are left out: they decide nothing.
 */
export function sortKeys<Field extends string>(
  sort: readonly Sort<Field>[],
  expressions: Readonly<Record<Field, Sql>>,
  id: Sql,
): readonly SortKey[] {
  const fields = sort.map(({ field, descending }) => {
    return { expression: expressions[field], descending };
  });
  const all = [...fields, { expression: id, descending: sort.at(-1)?.descending ?? false }];
  const keys = all.slice(0, all.findIndex(({ expression }) => expression === id) + 1);
  // Each index is on one field and the id, and the first key shall choose the index. Where a
  // condition fixes the first key's value, SQLite would otherwise take the second key's index.
  if (keys.length <= 2) return keys;
  // An expression, though it changes nothing, hides a term from the choice of an index. SQLite's
  // own way, a unary +, is an error for texts in PostgreSQL.
  return keys.map(({ expression, descending }, index) => {
    const hidden = index === 0 ? expression : sql`coalesce(${expression}, ${expression})`;
    return { expression: hidden, descending };
  });
}

/** Which rows a page, or a part of one, needs. */
export interface RowQuery {
  /** A condition on the keys; null for all rows. */
  readonly where: Sql | null;
  readonly order: Sql;
  /** Whether `order` is the reverse of the keys' order. */
  readonly backwards: boolean;
  readonly limit: number;
  readonly offset: number;
}

export interface RowCount {
  readonly total: number;
  readonly totalIsCapped: boolean;
}

export function exactCount(total: number): RowCount {
  return { total, totalIsCapped: false };
}

/** Of a count that went one row beyond {@link MAX_COUNTED} at most. */
export function cappedCount(rows: number): RowCount {
  return { total: Math.min(rows, MAX_COUNTED), totalIsCapped: rows > MAX_COUNTED };
}

export interface ListSource<Row, Item> {
  readonly keys: readonly SortKey[];
  rows(query: RowQuery): readonly Row[] | Promise<readonly Row[]>;
  /** How many rows the list has. Called after the first call of `rows`. */
  count(): RowCount | Promise<RowCount>;
  toItem(row: Row): Item;
  /** The values of the sort's fields and of the id, whether they are keys or not. */
  positionOf(row: Row): RowPosition;
}

/**
 * Reads a page of a list. A page by cursor is found by the values of its keys, so that it costs the
 * same wherever it is.
 */
export async function readListPage<Row, Item>(
  source: ListSource<Row, Item>,
  page: PageRequest,
): Promise<ListPage<Item>> {
  const { rows, hasPrevious, hasNext, counted } =
    page.style === 'number'
      ? await readByNumber(source, page.number, page.size)
      : await readByCursor(source, page);
  return {
    items: rows.map((row) => source.toItem(row)),
    ...(page.style === 'cursor' && { positions: rows.map((row) => source.positionOf(row)) }),
    ...counted,
    hasPrevious,
    hasNext,
  };
}

async function readByNumber<Row>(source: ListSource<Row, unknown>, number: number, size: number) {
  const order = orderOf(source.keys, false);
  const offset = (number - 1) * size;
  // One row more than the page tells whether there is a next page.
  const rows = await source.rows({ where: null, order, backwards: false, limit: size + 1, offset });
  const counted = await source.count();
  return {
    rows: rows.slice(0, size),
    hasPrevious: offset > 0 && (rows.length > 0 || counted.total > 0),
    hasNext: rows.length > size,
    counted,
  };
}

async function readByCursor<Row>(
  source: ListSource<Row, unknown>,
  { size, after, before }: Extract<PageRequest, { style: 'cursor' }>,
) {
  const position = after ?? before;
  // Rows before a position are read backwards from there, and then reversed.
  const backwards = after === null && before !== null;
  const rows =
    position === null
      ? await source.rows({
          where: null,
          order: orderOf(source.keys, false),
          backwards: false,
          limit: size + 1,
          offset: 0,
        })
      : await readFrom(source, position, { backwards, inclusive: false, limit: size + 1 });
  const counted = await source.count();
  const hasMore = rows.length > size;
  // The row at the position belongs to the neighbouring page, if it still exists.
  const other = { backwards: !backwards, inclusive: true, limit: 1 };
  const hasOther = position !== null && (await readFrom(source, position, other)).length > 0;
  const pageRows = rows.slice(0, size);
  return {
    rows: backwards ? pageRows.reverse() : pageRows,
    hasPrevious: backwards ? hasMore : hasOther,
    hasNext: backwards ? hasOther : hasMore,
    counted,
  };
}

/**
 * The first rows behind a position: those that have all of its keys but the last, then those that
 * have one key less, and so on. Each step is a range of an index on the first key, whatever the
 * directions of the keys and however many rows have the same key.
 */
async function readFrom<Row>(
  { keys, rows }: Pick<ListSource<Row, unknown>, 'keys' | 'rows'>,
  position: RowPosition,
  { backwards, inclusive, limit }: { backwards: boolean; inclusive: boolean; limit: number },
): Promise<Row[]> {
  const result: Row[] = [];
  const order = orderOf(keys, backwards);
  for (let last = keys.length - 1; last >= 0 && result.length < limit; last -= 1) {
    const isFirstStep = last === keys.length - 1;
    const conditions = keys.slice(0, last + 1).map(({ expression, descending }, index) => {
      const value = operand(position[index] ?? null);
      if (index < last) return sql`${expression} = ${value}`;
      const comparison = comparisonOf(descending === backwards, inclusive && isFirstStep);
      return sql`${expression} ${comparison} ${value}`;
    });
    const more = await rows({
      where: allOf(conditions),
      order,
      backwards,
      limit: limit - result.length,
      offset: 0,
    });
    result.push(...more);
  }
  return result;
}

/**
 * A condition that chooses no index, since it is part of an expression. PostgreSQL takes it for
 * true of half of the rows, so that it doesn't expect to go through all of them for a page.
 */
export function withoutIndex(condition: Sql): Sql {
  return sql`coalesce(${condition}, false)`;
}

function comparisonOf(grows: boolean, inclusive: boolean): Sql {
  if (grows) return inclusive ? sql`>=` : sql`>`;
  return inclusive ? sql`<=` : sql`<`;
}

/** What follows ORDER BY. */
export function orderOf(keys: readonly SortKey[], backwards: boolean): Sql {
  const terms = keys.map(({ expression, descending }) =>
    descending === backwards ? expression : sql`${expression} desc`,
  );
  return joinSql(terms, ', ');
}
