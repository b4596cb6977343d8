import type { Filter } from '@anaquel/jsonapi';
import {
  allOf,
  amountCondition,
  cappedCount,
  exactCount,
  filterCondition,
  MAX_COUNTED,
  sql,
  valueList,
  withoutIndex,
} from '@anaquel/runtime/sql';
import type { Eventual, FilterField, RowCount, Sql, SqlReads } from '@anaquel/runtime/sql';
import { MAX_DECIMALS } from '@anaquel/money';
import type { ProductFilterField, ProductListRequest } from '../../application/product-store.ts';
import { certainParts } from '../../domain/search-text.ts';
import { wordConditions } from './word-conditions.ts';
import { findWordHolders, MAX_FEW, type WordHolders } from './word-holders.ts';

type ProductFilter = Filter<ProductFilterField>;

/** Whether a column with a JSON list of texts holds one: each database has functions of its own. */
export type HasElement = (list: Sql, filter: Filter) => Sql;

type ConditionOf = (filter: ProductFilter) => Sql;

/** The condition that each filter makes on a database. */
export function productConditions(hasElement: HasElement): ConditionOf {
  const fields: Readonly<Record<ProductFilterField, FilterField>> = {
    ...FIELDS,
    tags: (filter) => hasElement(sql`tags`, filter),
  };
  return (filter) => filterCondition(filter, fields);
}

const FIELDS: Readonly<Record<Exclude<ProductFilterField, 'tags'>, FilterField>> = {
  id: sql`products.id`,
  sku: sql`sku`,
  name: sql`name`,
  price: (filter) => amountCondition(sql`price_sort`, MAX_DECIMALS, filter),
  currency: sql`currency`,
  status: sql`status`,
  createdAt: sql`created_at`,
  updatedAt: sql`updated_at`,
};

/** How the rows of one list are found. */
export interface ProductListPlan {
  /** The end of a statement: the table `products` and its condition. */
  readonly from: Sql;
  /** The number of rows as an expression, where selecting it saves a statement; or null. */
  readonly total: Sql;
  readonly count: () => Eventual<number>;
  readonly rowCount: (rows: number) => RowCount;
}

export async function planOf(
  reads: SqlReads,
  request: ProductListRequest,
  conditionOf: ConditionOf,
): Promise<ProductListPlan> {
  const { filters, words = [] } = request;
  const statuses = filters.filter(({ field }) => field === 'status');
  if (words.length === 0 && statuses.length === filters.length)
    return planOfStatuses(reads, filters, conditionOf);
  const areNamed = namesProducts(filters);
  const conditions = conditionsOf(filters.map(conditionOf), words);
  // The table of words knows names, SKUs and tags too, so filters by these narrow it as words do.
  const parts = [...words, ...filters.flatMap(wordsIn)];
  const search = {
    words: parts,
    ofStatus: allOf(statuses.map(conditionOf)),
    conditions: allOf(conditions),
  };
  const holders = areNamed ? undefined : await findWordHolders(reads, search);
  const matching = matchingProducts(conditions, holders);
  if (areNamed || holders?.areFew === true) return planOfFew(reads, matching);
  // Up to a thousand are found first and then sorted. Of more, a walk in the order of the list soon
  // meets a page of them.
  const ids = await reads.rows(sql`select products.id from ${matching} limit ${MAX_COUNTED + 1}`);
  const areFew = ids.length <= MAX_COUNTED;
  return {
    from: areFew
      ? sql`products where products.id in ${valueList(ids.map(([id = null]) => id))}`
      : productsInOrder(filters, words, conditionOf),
    total: sql`null`,
    count: () => ids.length,
    rowCount: cappedCount,
  };
}

function planOfStatuses(
  reads: SqlReads,
  filters: readonly ProductFilter[],
  conditionOf: ConditionOf,
): ProductListPlan {
  const total = sql`(select sum(products) from product_counts where ${allOf(filters.map(conditionOf))})`;
  return {
    from: productsInOrder(filters, [], conditionOf),
    total,
    count: () => reads.number(sql`select ${total}`),
    rowCount: exactCount,
  };
}

function planOfFew(reads: SqlReads, matching: Sql): ProductListPlan {
  return {
    from: sql`(select products.*, count(*) over () as total from ${matching} limit ${MAX_FEW}) as products where 1 = 1`,
    total: sql`total`,
    count: () =>
      reads.number(
        sql`select count(*) from (select 1 from ${matching} limit ${MAX_COUNTED + 1}) as counted`,
      ),
    rowCount: cappedCount,
  };
}

function namesProducts(filters: readonly ProductFilter[]): boolean {
  return filters.some(
    ({ field, operator }) =>
      (field === 'id' || field === 'sku') && (operator === 'eq' || operator === 'in'),
  );
}

const TEXTS: ReadonlySet<ProductFilterField> = new Set(['name', 'sku', 'tags']);

function wordsIn({ field, operator, value }: ProductFilter): string[] {
  const isPart = operator === 'eq' || operator === 'contains' || operator === 'startsWith';
  return isPart && TEXTS.has(field) && typeof value === 'string' ? certainParts(value) : [];
}

function conditionsOf(conditions: readonly Sql[], words: readonly string[]): Sql[] {
  return [sql`deleted_at is null`, ...conditions, ...wordConditions(sql`search_text`, words)];
}

/** Products by whichever index leads to the fewest. */
function matchingProducts(conditions: readonly Sql[], holders: WordHolders | undefined): Sql {
  const condition = allOf(conditions);
  if (holders === undefined) return sql`products where ${condition}`;
  if (holders.areFew) {
    const others = allOf(conditions.map(withoutIndex));
    return sql`products where products.id in ${valueList(holders.ids)} and ${others}`;
  }
  // SQLite goes through the tables of a cross join in their order: the words first.
  return sql`${holders.table} cross join products where products.id = holder.id and ${condition}`;
}

/**
 * Products by the index of their order. That index serves a condition on one status; each row is
 * tested for the others.
 */
function productsInOrder(
  filters: readonly ProductFilter[],
  words: readonly string[],
  conditionOf: ConditionOf,
): Sql {
  const isServed = ({ field, operator }: ProductFilter) => field === 'status' && operator === 'eq';
  return sql`products where ${allOf([
    ...conditionsOf(filters.filter(isServed).map(conditionOf), []),
    ...filters
      .filter((filter) => !isServed(filter))
      .map((filter) => withoutIndex(conditionOf(filter))),
    ...wordConditions(sql`search_text`, words).map(withoutIndex),
  ])}`;
}
