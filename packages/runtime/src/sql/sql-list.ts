import type { ListPage, PageRequest, RowPosition, Sort } from '@anaquel/jsonapi';
import { allOf, joinParts, sqlPart } from './sql-part.ts';
import type { SqlPart } from './sql-part.ts';

/** How far the rows of a filtered list are counted. */
export const MAX_COUNTED = 1_000;

/**
 * One of the expressions that a list is ordered by. None is ever null: SQL databases disagree on
 * where nulls stand.
 */
export interface SortKey {
  readonly expression: SqlPart;
  readonly descending: boolean;
}

/**
 * The fields of a sort and then the id, in the direction of the last one: a reversed list is
 * exactly the reverse. Where a field is the id itself, nothing that follows it decides.
 */
export function sortKeys<Field extends string>(
  sort: readonly Sort<Field>[],
  expressions: Readonly<Record<Field, SqlPart>>,
  id: SqlPart,
): readonly SortKey[] {
  const fields = sort.map(({ field, descending }) => {
    return { expression: expressions[field], descending };
  });
  const all = [...fields, { expression: id, descending: sort.at(-1)?.descending ?? false }];
  const keys = all.slice(0, all.findIndex(({ expression }) => expression === id) + 1);
  // Indexes are on one field and the id. With more fields the first one leads: behind a position,
  // where its value is given, SQLite would otherwise walk through the index of the second one for
  // its order.
  if (keys.length <= 2) return keys;
  return keys.map((key, index) =>
    index === 0 ? key : { ...key, expression: unindexed(key.expression) },
  );
}

/** What a store is asked for a page, or for a part of one. */
export interface RowQuery {
  /** Where the rows stand; null for anywhere. */
  readonly where: SqlPart | null;
  readonly order: SqlPart;
  /** Whether `order` is that of the keys turned round. */
  readonly backwards: boolean;
  readonly limit: number;
  readonly offset: number;
}

export interface Counted {
  readonly total: number;
  readonly totalIsCapped: boolean;
}

export function exactCount(total: number): Counted {
  return { total, totalIsCapped: false };
}

/** Of so many that were found before the count stopped, beyond {@link MAX_COUNTED}. */
export function cappedCount(found: number): Counted {
  return { total: Math.min(found, MAX_COUNTED), totalIsCapped: found > MAX_COUNTED };
}

export interface ListSource<Row, Item> {
  readonly keys: readonly SortKey[];
  rows(query: RowQuery): readonly Row[] | Promise<readonly Row[]>;
  /** How many rows the list has. Asked after the first rows were read. */
  count(): Counted | Promise<Counted>;
  toItem(row: Row): Item;
  /**
   * The values of the sort's fields and of the id in a row: those of the keys, and any behind them.
   */
  positionOf(row: Row): RowPosition;
}

/**
 * A page of a list. By cursor it is found by where its rows stand, so that it costs the same
 * wherever that is.
 */
export async function readListPage<Row, Item>(
  source: ListSource<Row, Item>,
  page: PageRequest,
): Promise<ListPage<Item>> {
  const { rows, hasPrevious, hasNext, counted } =
    page.style === 'number'
      ? await readNumbered(source, page.number, page.size)
      : await readBesides(source, page);
  return {
    items: rows.map((row) => source.toItem(row)),
    ...(page.style === 'cursor' && { positions: rows.map((row) => source.positionOf(row)) }),
    ...counted,
    hasPrevious,
    hasNext,
  };
}

async function readNumbered<Row>(source: ListSource<Row, unknown>, number: number, size: number) {
  const order = orderOf(source.keys, false);
  const offset = (number - 1) * size;
  // One more than asked for tells whether there is more.
  const rows = await source.rows({ where: null, order, backwards: false, limit: size + 1, offset });
  const counted = await source.count();
  return {
    rows: rows.slice(0, size),
    hasPrevious: offset > 0 && (rows.length > 0 || counted.total > 0),
    hasNext: rows.length > size,
    counted,
  };
}

async function readBesides<Row>(
  source: ListSource<Row, unknown>,
  { size, after, before }: Extract<PageRequest, { style: 'cursor' }>,
) {
  const position = after ?? before;
  // What stands before a position is read from there backwards, and then turned round.
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
  // The row of the position itself is on the other side; it may be gone.
  const other = { backwards: !backwards, inclusive: true, limit: 1 };
  const hasOther = position !== null && (await readFrom(source, position, other)).length > 0;
  const shown = rows.slice(0, size);
  return {
    rows: backwards ? shown.reverse() : shown,
    hasPrevious: backwards ? hasMore : hasOther,
    hasNext: backwards ? hasOther : hasMore,
    counted,
  };
}

/**
 * The first rows behind a position: those that share all of its keys but the last, then those that
 * share one less, and so on. Each step is a range of an index on the first key, whichever way each
 * of them runs and however many rows share a key.
 */
async function readFrom<Row>(
  { keys, rows }: Pick<ListSource<Row, unknown>, 'keys' | 'rows'>,
  position: RowPosition,
  { backwards, inclusive, limit }: { backwards: boolean; inclusive: boolean; limit: number },
): Promise<Row[]> {
  const found: Row[] = [];
  const order = orderOf(keys, backwards);
  for (let last = keys.length - 1; last >= 0 && found.length < limit; last -= 1) {
    const isFirstStep = last === keys.length - 1;
    const conditions = keys.slice(0, last + 1).map(({ expression, descending }, index) => {
      const value = position[index] ?? null;
      if (index < last) return sqlPart`${expression} = ${value}`;
      const comparison = comparisonOf(descending === backwards, inclusive && isFirstStep);
      return sqlPart`${expression} ${comparison} ${value}`;
    });
    const more = await rows({
      where: allOf(conditions),
      order,
      backwards,
      limit: limit - found.length,
      offset: 0,
    });
    found.push(...more);
  }
  return found;
}

/** https://sqlite.org/optoverview.html#disqualifying_where_clause_terms_using_unary_ */
function unindexed(expression: SqlPart): SqlPart {
  return sqlPart`+${expression}`;
}

/** A condition that is only tested: SQLite chooses no index for one that is put like this. */
export function tested(condition: SqlPart): SqlPart {
  return sqlPart`(${condition}) is true`;
}

function comparisonOf(grows: boolean, inclusive: boolean): SqlPart {
  if (grows) return inclusive ? sqlPart`>=` : sqlPart`>`;
  return inclusive ? sqlPart`<=` : sqlPart`<`;
}

function orderOf(keys: readonly SortKey[], backwards: boolean): SqlPart {
  const terms = keys.map(({ expression, descending }) =>
    descending === backwards ? expression : sqlPart`${expression} desc`,
  );
  return joinParts(terms, ', ');
}
