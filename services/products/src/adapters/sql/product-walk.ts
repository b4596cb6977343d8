import {
  allOf,
  orderOf,
  sql,
  withoutIndex,
  type RowQuery,
  type SortKey,
  type Sql,
} from '@anaquel/runtime/sql';
import type { ProductFilter, ProductListRequest } from '../../application/product-store.ts';
import { isOneStatus } from './narrowings.ts';
import { FILTER_INDEXES, SORTS, type ConditionOf } from './product-fields.ts';
import type { ProductSql } from './product-sql.ts';
import { wordConditions } from './word-conditions.ts';

/**
 * For each row of a page, so many products are walked through. A list that has fewer of them is put
 * in order as quickly.
 */
const WALKED_FOR_ONE = 100;

/** At the beginning, however far behind in the list the page is. */
const MAX_WALKED = 8_000;

export interface WalkContext {
  readonly dialect: ProductSql;
  readonly conditionOf: ConditionOf;
  readonly keys: readonly SortKey[];
}

export type ProductWalk = ReturnType<typeof productWalk>;

/**
 * Products by the index of their order. That index serves a condition on one status and those on
 * the first key of the order; each row is tested for the others.
 */
export function productWalk(
  { filters, words = [], sort }: ProductListRequest,
  { conditionOf, dialect, keys }: WalkContext,
) {
  const first = SORTS[sort[0]?.field ?? 'id'];
  const isServed = (filter: ProductFilter) =>
    isOneStatus(filter) || FILTER_INDEXES[filter.field]?.order === first;
  const served = allOf([sql`deleted_at is null`, ...filters.filter(isServed).map(conditionOf)]);
  const tests = [
    ...filters.filter((filter) => !isServed(filter)).map(conditionOf),
    ...wordConditions(sql`search_text`, words),
  ];
  const all = sql`products where ${allOf([served, ...tests.map(withoutIndex)])}`;

  /** A page far from the beginning of so many rows: only the index is read on the way to it. */
  function distant({ where, backwards, order, limit, offset }: RowQuery, total: number): Sql {
    const rows = Math.min(limit, Math.max(0, total - offset));
    const fromEnd = Math.max(0, total - offset - rows);
    const nearer =
      fromEnd < offset
        ? { where, order: orderOf(keys, !backwards), limit: rows, offset: fromEnd }
        : { where, order, limit: rows, offset };
    const condition = dialect.isAmong(sql`select id as found ${pageOf(all, nearer)}`);
    return pageOf(sql`products where ${condition}`, { where: null, order, limit, offset: 0 });
  }

  /** A page if it is met soon, as it is unless the order has to do with what is looked for. */
  const beginning = (query: RowQuery): Sql => within(query, soon(query));

  /** A page if it is met among so many products, at least twice as many as at the beginning. */
  const further = (query: RowQuery, products: number): Sql =>
    within(query, Math.max(products, 2 * soon(query)));

  function within(query: RowQuery, products: number): Sql {
    const isUp = keys[0]?.descending === query.backwards;
    const behind = products - 1;
    const met = sql`from products
      where ${query.where === null ? served : allOf([query.where, served])}`;
    // To skip entries costs a third of what it takes to look for the greatest of them.
    const isBefore = isUp
      ? sql`${first} <= coalesce(
          (select ${first} ${met} order by ${first} limit 1 offset ${behind}), (select max(${first}) ${met}))`
      : sql`${first} >= coalesce(
          (select ${first} ${met} order by ${first} desc limit 1 offset ${behind}), (select min(${first}) ${met}))`;
    return pageOf(sql`${all} and ${isBefore}`, query);
  }

  return { all, distant, beginning, further };
}

function soon({ offset, limit }: RowQuery): number {
  return Math.min(MAX_WALKED, WALKED_FOR_ONE * (offset + limit));
}

/** The rest of a query, from FROM on, for a part of the rows. */
export function pageOf(
  from: Sql,
  { where, order, limit, offset }: Omit<RowQuery, 'backwards'>,
): Sql {
  const condition = where === null ? from : sql`${from} and ${where}`;
  return sql`from ${condition} order by ${order} limit ${limit} offset ${offset}`;
}
