import {
  allOf,
  cappedCount,
  exactCount,
  MAX_COUNTED,
  sql,
  withoutIndex,
  type Eventual,
  type Row,
  type RowCount,
  type RowQuery,
  type Sql,
  type SqlReads,
} from '@anaquel/runtime/sql';
import type { ProductFilter, ProductListRequest } from '../../application/product-store.ts';
import { isOneStatus, MAX_FEW, narrowingsOf } from './narrowings.ts';
import type { ProductSql } from './product-sql.ts';
import { pageOf, productWalk, type WalkContext } from './product-walk.ts';
import { shortestWay } from './shortest-way.ts';
import { wordConditions } from './word-conditions.ts';

type Source = (query: RowQuery) => Eventual<Sql | null>;

/** How the rows of one list are found. */
export interface ProductListPlan {
  /**
   * Queries from FROM on. They are tried one after the other until one gives as many rows as are
   * wanted; null for one that won't do. What the last one gives is right.
   */
  readonly sources: readonly Source[];
  /** The number of rows as an expression, where selecting it saves a statement; or null. */
  readonly total: Sql;
  readonly count: () => Eventual<number>;
  readonly rowCount: (rows: number) => RowCount;
}

export interface ListContext extends WalkContext {
  readonly reads: SqlReads;
}

const SEARCH_TEXT = sql`search_text`;

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
  const others = filters.filter((filter) => !isOneStatus(filter)).map(conditionOf);
  const live = allOf([sql`deleted_at is null`, ofStatus]);
  const tests = [...others, ...wordConditions(SEARCH_TEXT, words)];
  if (namesProducts(filters)) return planOfFew(allOf([live, ...tests]), reads);
  const narrowings = narrowingsOf({ filters, words }, dialect, conditionOf);
  const way = await shortestWay({ narrowings, ofStatus, tests: allOf(tests) }, context);
  const { narrowing, isShort, entries, enough } = way;
  const walk = productWalk(request, context);
  if (narrowing === undefined) {
    const all = sql`products where ${allOf([live, ...tests.map(withoutIndex)])}`;
    const ids = await idsOf([all], reads);
    return ids ? planOfKnown(ids, dialect) : planOfMany([walk.whole]);
  }
  const test = withoutIndex(allOf([live, ...tests]));
  const matching = (limit?: number) => sql`${dialect.isAmong(narrowing.ids(limit))} and ${test}`;
  if (isShort) return planOfFew(matching(MAX_FEW), reads);
  if (!narrowing.isExact) {
    // Up to a thousand are found first and then sorted.
    const attempts = dialect.firstAmong(narrowing.ids, enough);
    const ids = await idsOf(
      attempts.map((from) => sql`${from} and ${test}`),
      reads,
    );
    if (ids) return planOfKnown(ids, dialect);
  }
  // A walk in the order of the list soon meets a page, unless that order has to do with them. It
  // reads no more products than are read to sort all that match.
  return planOfMany([
    (query) => walk.beginning(query, entries),
    (query) => pageOf(sql`products where ${matching()}`, query),
  ]);
}

/** Whether an index leads to the page, and the number of products is known. */
export function isAtHand(request: ProductListRequest): boolean {
  const { page } = request;
  return isOfStatuses(request) && (page.style === 'cursor' || page.number * page.size <= FAR);
}

function isOfStatuses({ filters, words = [] }: ProductListRequest): boolean {
  return words.length === 0 && filters.every(({ field }) => field === 'status');
}

/**
 * The ids of all that match, or null for more than are counted. The last attempt looks through all
 * products, the others through so many that there should be more.
 */
async function idsOf(attempts: readonly Sql[], reads: SqlReads): Promise<number[] | null> {
  let rows: readonly Row[] = [];
  for (const from of attempts) {
    rows = await reads.rows(sql`select products.id from ${from} limit ${MAX_COUNTED + 1}`);
    if (rows.length > MAX_COUNTED) return null;
  }
  return rows.map(([id]) => Number(id));
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

function planOfKnown(ids: readonly number[], { isAmong, listed }: ProductSql): ProductListPlan {
  const condition = isAmong(listed(ids));
  return {
    sources: [(query) => pageOf(sql`products where ${condition}`, query)],
    total: sql`null`,
    count: () => ids.length,
    rowCount: cappedCount,
  };
}

function planOfMany(sources: readonly Source[]): ProductListPlan {
  return { sources, total: sql`null`, count: () => MAX_COUNTED + 1, rowCount: cappedCount };
}

function namesProducts(filters: readonly ProductFilter[]): boolean {
  return filters.some(
    ({ field, operator }) =>
      field === 'barcode' ||
      ((field === 'id' || field === 'sku') && (operator === 'eq' || operator === 'in')),
  );
}
