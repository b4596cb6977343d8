import type { Filter, ListPage } from '@anaquel/jsonapi';
import {
  allOf,
  cappedCount,
  comparedAmount,
  conditionOf,
  exactCount,
  holdsElement,
  joinParts,
  MAX_COUNTED,
  readListPage,
  sortKeys,
  sqlPart,
  tested,
  valueList,
} from '@anaquel/runtime/sql';
import type { Counted, FilterField, RowQuery, SqlPart } from '@anaquel/runtime/sql';
import type { Kysely } from 'kysely';
import type {
  ProductFilterField,
  ProductListRequest,
  ProductSort,
} from '../application/product-store.ts';
import { MAX_DECIMALS } from '../domain/money.ts';
import type { Product } from '../domain/product.ts';
import { certainParts } from '../domain/search-text.ts';
import { COLUMNS, toProduct } from './sql-product-rows.ts';
import type { ProductRow } from './sql-product-rows.ts';
import { holdsWords } from './sql-words.ts';
import { createSqlRunner, type RunSql } from './sql-runner.ts';
import type { ProductsDatabase } from './sql-schema.ts';
import { MAX_FEW } from './word-index.ts';
import type { Holders, WordIndex } from './word-index.ts';

const ID = sqlPart`products.id`;

const SORTS: Readonly<Record<ProductSort, SqlPart>> = {
  name: sqlPart`name_sort`,
  price: sqlPart`price_sort`,
  createdAt: sqlPart`created_at`,
  updatedAt: sqlPart`updated_at`,
  sku: sqlPart`sku_sort`,
  id: ID,
};

const FIELDS: Readonly<Record<ProductFilterField, FilterField>> = {
  id: ID,
  sku: sqlPart`sku`,
  name: sqlPart`name`,
  price: (filter) => comparedAmount(sqlPart`price_sort`, MAX_DECIMALS, filter),
  currency: sqlPart`currency`,
  status: sqlPart`status`,
  tags: (filter) => holdsElement(sqlPart`tags`, filter),
  createdAt: sqlPart`created_at`,
  updatedAt: sqlPart`updated_at`,
};

const PRODUCT: SqlPart = { text: COLUMNS.map((column) => `"${column}"`).join(', '), values: [] };

/** With the total too where that costs little, one statement less, and the values of the keys. */
type ListRow = ProductRow & Partial<Total> & Record<`key${number}`, string | number>;

interface Total {
  readonly total: number | bigint | string;
}

/** How the rows of one list are found. */
interface Plan {
  /** The end of a statement: the table `products` and its condition. */
  readonly from: SqlPart;
  /** A column `total` for each row. */
  readonly total: SqlPart | null;
  readonly count: () => Promise<number>;
  readonly counted: (found: number) => Counted;
}

/** Lists of products. What an index of words is, each database has its own way. */
export function createProductLists(
  db: Kysely<ProductsDatabase>,
  index: WordIndex,
): (request: ProductListRequest) => Promise<ListPage<Product>> {
  const run = createSqlRunner(db);
  return async (request) => {
    const keys = sortKeys(request.sort, SORTS, ID);
    const { from, total, count, counted } = await planOf(request, index, run);
    const keyColumns =
      request.page.style === 'number'
        ? []
        : keys.map(({ expression }, number) => named(expression, `key${number}`));
    const columns = joinParts([PRODUCT, ...(total ? [total] : []), ...keyColumns], ', ');
    let known: Total['total'] | undefined;

    async function rows({ where, order, limit, offset }: RowQuery): Promise<readonly ListRow[]> {
      const condition = where === null ? from : sqlPart`${from} and ${where}`;
      const found = await run<ListRow>(
        sqlPart`select ${columns} from ${condition} order by ${order} limit ${limit} offset ${offset}`,
      );
      known ??= found[0]?.total;
      return found;
    }

    return readListPage<ListRow, Product>(
      {
        keys,
        rows,
        count: async () => counted(Number(known ?? (await count()))),
        toItem: toProduct,
        positionOf: (row) =>
          [...request.sort, ID].map((_, place) => {
            return row[`key${Math.min(place, keys.length - 1)}`] ?? null;
          }),
      },
      request.page,
    );
  };
}

function named(expression: SqlPart, name: string): SqlPart {
  return { ...expression, text: `${expression.text} as ${name}` };
}

async function planOf(request: ProductListRequest, index: WordIndex, run: RunSql): Promise<Plan> {
  const count = async (total: SqlPart) => {
    const [row] = await run<Total>(sqlPart`select (${total}) as total`);
    return Number(row?.total ?? 0);
  };
  const { filters, words = [] } = request;
  const statuses = filters.filter(({ field }) => field === 'status');
  if (words.length === 0 && statuses.length === filters.length) {
    const total = sqlPart`select sum(products) from product_counts where ${allOf(conditions(filters))}`;
    return {
      from: inOrder(filters, words),
      total: sqlPart`(${total}) as total`,
      count: () => count(total),
      counted: exactCount,
    };
  }
  const holders = namesProducts(filters) ? undefined : await lookUp(request, index);
  const fewest = foundFirst(filters, words, holders && index.holders(holders.query));
  const total = sqlPart`select count(*) from (select 1 from ${fewest} limit ${MAX_COUNTED + 1}) as counted`;
  if (namesProducts(filters) || holders?.areFew === true)
    return {
      from: sqlPart`(select products.*, count(*) over () as total from ${fewest} limit ${MAX_FEW}) as products where 1 = 1`,
      total: sqlPart`total`,
      count: () => count(total),
      counted: cappedCount,
    };
  // A few are found first and then sorted. Of many, a walk in the order that is asked for soon
  // meets a page of them.
  const found = await run<{ id: number }>(
    sqlPart`select products.id as id from ${fewest} limit ${MAX_COUNTED + 1}`,
  );
  const areFew = found.length <= MAX_COUNTED;
  return {
    from: areFew
      ? sqlPart`products where products.id in ${valueList(found.map(({ id }) => id))}`
      : inOrder(filters, words),
    total: null,
    count: async () => found.length,
    counted: cappedCount,
  };
}

function namesProducts(filters: ProductListRequest['filters']): boolean {
  return filters.some(
    ({ field, operator }) =>
      (field === 'id' || field === 'sku') && (operator === 'eq' || operator === 'in'),
  );
}

/** What is filtered by as text is in the text that the index knows, too. */
async function lookUp(
  { filters, words = [] }: ProductListRequest,
  index: WordIndex,
): Promise<Holders | undefined> {
  const implied = filters.flatMap(partOf);
  const all = [...words, ...implied];
  return all.length > 0 ? index.lookUp(all) : undefined;
}

const TEXTS: ReadonlySet<ProductFilterField> = new Set(['name', 'sku', 'tags']);

function partOf({ field, operator, value }: Filter<ProductFilterField>): string[] {
  const isPart = operator === 'eq' || operator === 'contains' || operator === 'startsWith';
  return isPart && TEXTS.has(field) && typeof value === 'string' ? certainParts(value) : [];
}

function conditions(filters: ProductListRequest['filters']): SqlPart[] {
  return filters.map((filter) => conditionOf(filter, FIELDS));
}

/** Products by whichever index leads to the fewest. */
function foundFirst(
  filters: ProductListRequest['filters'],
  words: readonly string[],
  holders: SqlPart | undefined,
): SqlPart {
  const condition = allOf([
    sqlPart`deleted_at is null`,
    ...conditions(filters),
    ...holdsWords(sqlPart`search_text`, words),
  ]);
  // SQLite goes through the tables of a cross join in their order: the index first.
  return holders === undefined
    ? sqlPart`products where ${condition}`
    : sqlPart`${holders} cross join products where products.id = holder.id and ${condition}`;
}

/**
 * Products by the index of their order. Of the conditions it serves the status alone; the others
 * are tested on the way.
 */
function inOrder(filters: ProductListRequest['filters'], words: readonly string[]): SqlPart {
  const isServed = ({ field, operator }: Filter) => field === 'status' && operator === 'eq';
  return sqlPart`products where ${allOf([
    sqlPart`deleted_at is null`,
    ...conditions(filters.filter(isServed)),
    ...conditions(filters.filter((filter) => !isServed(filter))).map(tested),
    ...holdsWords(sqlPart`search_text`, words).map(tested),
  ])}`;
}
