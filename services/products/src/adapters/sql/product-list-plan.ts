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
import { pageOf, productWalk, type ProductWalk, type WalkContext } from './product-walk.ts';
import { shortestWay, type Way } from './shortest-way.ts';
import { wordConditions } from './word-conditions.ts';

/** What follows the columns in a query of rows, from FROM on. */
type Source = (query: RowQuery) => Eventual<Sql>;

/** How the rows of one list are found. */
export interface ProductListPlan {
  /**
   * They are tried one after the other until one gives as many rows as are wanted. What the last
   * one gives is right.
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

/**
 * To go through an entry of an index, test its product and put it in order takes six times as long
 * as to walk past a product. With so many entries a quarter as many products are walked past first.
 */
const MANY_ENTRIES = 16_000;
const WALKED_FOR_ENTRY = 0.25;

export async function planOf(
  request: ProductListRequest,
  context: ListContext,
): Promise<ProductListPlan> {
  if (isOfStatuses(request)) return planOfStatuses(request, context);
  const { reads, dialect, conditionOf } = context;
  const { filters, words = [] } = request;
  const ofStatus = allOf(filters.filter(isOneStatus).map(conditionOf));
  const others = filters.filter((filter) => !isOneStatus(filter)).map(conditionOf);
  const tests = allOf([...others, ...wordConditions(SEARCH_TEXT, words)]);
  const condition = allOf([sql`deleted_at is null`, ofStatus, tests]);
  if (namesProducts(filters)) return planOfFew(condition, reads);
  const narrowings = narrowingsOf({ filters, words }, dialect, conditionOf);
  const way = await shortestWay({ narrowings, ofStatus, tests }, context);
  const walk = productWalk(request, context);
  if (way !== null) return planOfWay(way, { test: withoutIndex(condition), walk }, context);
  const ids = await idsOf([walk.all], reads);
  return ids ? planOfKnown(ids, dialect) : planOfMany([(query) => pageOf(walk.all, query)]);
}

interface Narrowed {
  /** What the products to which an index leads are tested for. */
  readonly test: Sql;
  readonly walk: ProductWalk;
}

/** The list by an index that leads to its products and to others. */
export async function planOfWay(
  { narrowing: { ids }, size, entries, enough }: Way,
  { test, walk }: Narrowed,
  { reads, dialect }: ListContext,
): Promise<ProductListPlan> {
  if (size === 'few') return planOfFew(sql`${dialect.isAmong(ids(MAX_FEW))} and ${test}`, reads);
  if (size === 'unknown') {
    const attempts = dialect.firstAmong(ids, enough).map((from) => sql`${from} and ${test}`);
    const known = await idsOf(attempts, reads);
    if (known) return planOfKnown(known, dialect);
  }
  const all = sql`products where ${dialect.isAmong(ids())} and ${test}`;
  const further: Source = (query) => walk.further(query, Math.floor(WALKED_FOR_ENTRY * entries));
  // A walk in the order of the list soon meets a page, unless that order has to do with them.
  return planOfMany([
    walk.beginning,
    ...(entries > MANY_ENTRIES ? [further] : []),
    (query) => pageOf(all, query),
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
 * The ids of all products of a list, or null for more than are counted. The last attempt finds all,
 * others as many as should be too many.
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
        query.offset < FAR ? pageOf(walk.all, query) : walk.distant(query, await count()),
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
  const all = sql`products where ${isAmong(listed(ids))}`;
  return { ...planOfMany([(query) => pageOf(all, query)]), count: () => ids.length };
}

/** Of more products than are counted. */
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
