import {
  allOf,
  cappedCount,
  exactCount,
  MAX_COUNTED,
  sql,
  withoutIndex,
  type Eventual,
  type RowCount,
  type RowQuery,
  type Sql,
  type SqlReads,
} from '@anaquel/runtime/sql';
import type { ProductFilter, ProductListRequest } from '../../application/product-store.ts';
import { isOneStatus, narrowingsOf } from './narrowings.ts';
import { pageOf, productWalk, type WalkContext } from './product-walk.ts';
import { MAX_FEW, MAX_SORTED, shortestWay, type Way } from './shortest-way.ts';
import { wordConditions } from './word-conditions.ts';

/** How the rows of one list are found. */
export interface ProductListPlan {
  /**
   * Queries from FROM on. They are tried one after the other until one gives as many rows as are
   * wanted; null for one that won't do. What the last one gives is right.
   */
  readonly sources: readonly ((query: RowQuery) => Eventual<Sql | null>)[];
  /** The number of rows as an expression, where selecting it saves a statement; or null. */
  readonly total: Sql;
  readonly count: () => Eventual<number>;
  readonly rowCount: (rows: number) => RowCount;
}

export interface ListContext extends WalkContext {
  readonly reads: SqlReads;
}

/** A page behind so many rows is found by the index alone. */
const FAR = 1_000;

export async function planOf(
  request: ProductListRequest,
  context: ListContext,
): Promise<ProductListPlan> {
  const { reads, dialect, conditionOf } = context;
  const { filters, words = [] } = request;
  if (isOfStatuses(request)) return planOfStatuses(request, context);
  const ofStatus = allOf(filters.filter(isOneStatus).map(conditionOf));
  const tests = [
    ...filters.filter((filter) => !isOneStatus(filter)).map(conditionOf),
    ...wordConditions(sql`search_text`, words),
  ];
  const all = allOf([sql`deleted_at is null`, ofStatus, ...tests]);
  if (namesProducts(filters)) return planOfFew(all, reads);
  const { narrowing, isShort, ...way } = await shortestWay(reads, {
    narrowings: narrowingsOf({ filters, words }, dialect, conditionOf),
    ofStatus,
    tests: allOf(tests),
  });
  const matching = (limit?: number) =>
    narrowing
      ? sql`${dialect.isAmong(narrowing.ids(limit))} and ${withoutIndex(all)}`
      : allOf([sql`deleted_at is null`, ofStatus, ...tests.map(withoutIndex)]);
  if (isShort) return planOfFew(matching(MAX_FEW), reads);
  if (narrowing?.isExact !== true) {
    // Up to a thousand are found first and then sorted.
    const ids = await idsOf(reads, matching, way.enough);
    if (ids !== null) return planOfKnown(dialect.isAmong(dialect.listed(ids)), ids.length);
  }
  return planOfMany({ narrowing, ...way }, matching, request, context);
}

/** Whether an index leads to the page, and the number of products is known. */
export function isAtHand(request: ProductListRequest): boolean {
  const { page } = request;
  return isOfStatuses(request) && (page.style === 'cursor' || page.number * page.size <= FAR);
}

function isOfStatuses({ filters, words = [] }: ProductListRequest): boolean {
  return words.length === 0 && filters.every(({ field }) => field === 'status');
}

type Matching = (limit?: number) => Sql;

/** The ids of all that match, or null for more than are counted. */
async function idsOf(
  reads: SqlReads,
  matching: Matching,
  enough: number | null,
): Promise<number[] | null> {
  const limit = MAX_COUNTED + 1;
  if (enough !== null) {
    const some = sql`select 1 from products where ${matching(enough)} limit ${limit}`;
    const count = await reads.number(sql`select count(*) from (${some}) as counted`);
    if (count >= limit) return null;
  }
  const rows = await reads.rows(sql`select id from products where ${matching()} limit ${limit}`);
  return rows.length >= limit ? null : rows.map(([id]) => Number(id));
}

function planOfStatuses(request: ProductListRequest, context: ListContext): ProductListPlan {
  const { reads, conditionOf } = context;
  const total = sql`(select sum(products) from product_counts where ${allOf(request.filters.map(conditionOf))})`;
  const count = async () => reads.number(sql`select ${total}`);
  const walk = productWalk(request, context);
  return {
    sources: [
      async (query) =>
        query.offset < FAR ? walk.whole(query) : walk.distant(query, await count()),
    ],
    total,
    count,
    rowCount: exactCount,
  };
}

function planOfFew(condition: Sql, reads: SqlReads): ProductListPlan {
  const few = sql`select products.*, count(*) over () as total from products where ${condition} limit ${MAX_FEW}`;
  return {
    sources: [(query) => pageOf(sql`(${few}) as products where 1 = 1`, query)],
    total: sql`total`,
    count: () => reads.number(sql`select count(*) from (${few}) as counted`),
    rowCount: cappedCount,
  };
}

function planOfKnown(condition: Sql, count: number): ProductListPlan {
  return {
    sources: [(query) => pageOf(sql`products where ${condition}`, query)],
    total: sql`null`,
    count: () => count,
    rowCount: cappedCount,
  };
}

/** A walk in the order of the list soon meets a page, unless that order has to do with them. */
function planOfMany(
  { narrowing, entries, density }: Omit<Way, 'isShort'>,
  matching: Matching,
  request: ProductListRequest,
  context: ListContext,
): ProductListPlan {
  const walk = productWalk(request, context);
  const many = { total: sql`null`, count: () => MAX_COUNTED + 1, rowCount: cappedCount };
  if (narrowing === undefined) return { ...many, sources: [walk.whole] };
  const sorted =
    entries > MAX_SORTED
      ? []
      : [(query: RowQuery) => pageOf(sql`products where ${matching()}`, query)];
  return { ...many, sources: [(query) => walk.beginning(query, density), ...sorted, walk.whole] };
}

function namesProducts(filters: readonly ProductFilter[]): boolean {
  return filters.some(
    ({ field, operator }) =>
      field === 'barcode' ||
      ((field === 'id' || field === 'sku') && (operator === 'eq' || operator === 'in')),
  );
}
