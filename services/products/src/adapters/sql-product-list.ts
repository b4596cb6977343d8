import { sql } from 'kysely';
import type { CompiledQuery, Kysely, RawBuilder } from 'kysely';
import { MAX_COUNTED } from '../application/product-store.ts';
import type { ProductList, ProductSelection, ProductSort } from '../application/product-store.ts';
import { COLUMNS, toProduct } from './sql-product-rows.ts';
import type { ProductRow } from './sql-product-rows.ts';
import type { ProductsDatabase } from './sql-schema.ts';
import { MAX_FEW } from './word-index.ts';
import type { Holders, WordIndex } from './word-index.ts';

const SORT_COLUMNS = {
  name: 'name_sort',
  price: 'price_sort',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
  sku: 'sku',
  id: 'id',
} as const satisfies Record<ProductSort['field'], keyof ProductsDatabase['products']>;

/** Building a query takes longer than running it, and clients send few kinds. */
const MAX_KEPT_QUERIES = 128;

interface Total {
  readonly total: number | bigint | string;
}

interface ListQueries {
  /** Each row has the total too where that costs little: one statement less. */
  readonly page: CompiledQuery<ProductRow & Partial<Total>>;
  readonly total: CompiledQuery<Total>;
}

/** Lists of products, by statements that SQLite and PostgreSQL both understand; what an index of words is, each has its own way. */
export function createProductLists(
  db: Kysely<ProductsDatabase>,
  index: WordIndex,
): (selection: ProductSelection) => Promise<ProductList> {
  const kept = new Map<string, ListQueries>();

  function queriesFor(selection: ProductSelection, holders: Holders | undefined): ListQueries {
    // The text of the query depends on how many ids there are.
    if (selection.ids !== undefined) return buildQueries(db, index, selection, holders);
    const shape = shapeOf(selection, holders);
    const known = kept.get(shape);
    if (known !== undefined) return known;
    const queries = buildQueries(db, index, selection, holders);
    const [oldest] = kept.keys();
    if (kept.size >= MAX_KEPT_QUERIES && oldest !== undefined) kept.delete(oldest);
    kept.set(shape, queries);
    return queries;
  }

  return async (selection) => {
    const { words = [], limit, offset } = selection;
    const holders =
      words.length > 0 && !namesProducts(selection) ? await index.lookUp(words) : undefined;
    const queries = queriesFor(selection, holders);
    const values = valuesOf(selection, holders);
    const { rows } = await db.executeQuery(filled(queries.page, values));
    const hasMore = rows.length > limit;
    const counted =
      rows[0]?.total ?? endOf(rows.length, hasMore, offset) ?? (await count(queries, values));
    const totalIsCapped = isFiltered(selection) && Number(counted) > MAX_COUNTED;
    return {
      products: rows.slice(0, limit).map(toProduct),
      total: totalIsCapped ? MAX_COUNTED : Number(counted),
      totalIsCapped,
      hasMore,
    };
  };

  async function count(queries: ListQueries, values: Record<string, unknown>) {
    const { rows } = await db.executeQuery(filled(queries.total, values));
    return rows[0]?.total ?? 0;
  }
}

/** Who has seen the end of a list need not count it. */
function endOf(rows: number, hasMore: boolean, offset: number): number | undefined {
  return !hasMore && (rows > 0 || offset === 0) ? offset + rows : undefined;
}

function namesProducts({ sku, ids }: ProductSelection): boolean {
  return sku !== undefined || ids !== undefined;
}

/** By more than the status, of which the products are counted. */
function isFiltered(selection: ProductSelection): boolean {
  return namesProducts(selection) || (selection.words ?? []).length > 0;
}

/** The same for selections that differ in values only. */
function shapeOf({ status, sku, words, sort }: ProductSelection, holders?: Holders): string {
  const order = sort.map(({ field, descending }) => (descending ? `-${field}` : field));
  const filters = [status !== undefined, sku !== undefined, words?.length ?? 0, holders?.areFew];
  return [...filters, ...order].join();
}

/** Stands in a built query for a value that each run brings. */
interface Slot {
  readonly slot: string;
}

function slot(name: string): RawBuilder<Slot> {
  return sql.val({ slot: name });
}

function isSlot(parameter: unknown): parameter is Slot {
  return typeof parameter === 'object' && parameter !== null && 'slot' in parameter;
}

function valuesOf(
  selection: ProductSelection,
  holders: Holders | undefined,
): Record<string, unknown> {
  const { status, sku, words = [], limit, offset } = selection;
  const patterns = words.map((word, number) => [`word${number}`, `%${escapeLike(word)}%`]);
  return {
    status,
    sku,
    // One more than asked for tells whether there is more.
    limit: limit + 1,
    offset,
    holders: holders?.query,
    ...Object.fromEntries(patterns),
  };
}

function filled<Row>(
  query: CompiledQuery<Row>,
  values: Record<string, unknown>,
): CompiledQuery<Row> {
  const parameters = query.parameters.map((value) => (isSlot(value) ? values[value.slot] : value));
  return { ...query, parameters };
}

function escapeLike(word: string): string {
  return word.replace(/[\\%_]/g, '\\$&');
}

function buildQueries(
  db: Kysely<ProductsDatabase>,
  index: WordIndex,
  selection: ProductSelection,
  holders: Holders | undefined,
): ListQueries {
  const condition = conditionOf(selection);
  // SQLite goes through the tables of a cross join in their order: the index first.
  const fewest = holders
    ? sql`${index.holders(slot('holders'))} cross join products where products.id = holder.id and ${condition}`
    : sql`products where ${condition}`;
  const total = isFiltered(selection)
    ? sql`select count(*) from (select 1 from ${fewest} limit ${sql.lit(MAX_COUNTED + 1)}) as counted`
    : countOf(selection);
  return {
    page: sql<ProductRow & Partial<Total>>`${pageOf()} order by ${orderOf(selection)}
      limit ${slot('limit')} offset ${slot('offset')}`.compile(db),
    total: sql<Total>`select (${total}) as total`.compile(db),
  };

  function pageOf(): RawBuilder<unknown> {
    if (!isFiltered(selection))
      return sql`select ${PRODUCT}, (${total}) as total from products where ${condition}`;
    // A few are found first and then sorted. Of many, a walk in the order that is asked for soon meets a page of them.
    if (namesProducts(selection) || holders?.areFew)
      return sql`select ${PRODUCT}, count(*) over () as total
        from (select products.* from ${fewest} limit ${sql.lit(MAX_FEW)}) as products`;
    return sql`select ${PRODUCT} from products where ${condition}`;
  }
}

const PRODUCT = sql.join(COLUMNS.map((column) => sql.ref(column)));

function conditionOf({ status, sku, ids, words = [] }: ProductSelection): RawBuilder<unknown> {
  const conditions = [
    sql`deleted_at is null`,
    ...(status === undefined ? [] : [sql`status = ${slot('status')}`]),
    ...(sku === undefined ? [] : [sql`sku = ${slot('sku')}`]),
    ...(ids === undefined ? [] : [sql`products.id in (${sql.join(ids)})`]),
    ...words.map((_, number) => sql`search_text like ${slot(`word${number}`)} escape '\\'`),
  ];
  return sql.join(conditions, sql` and `);
}

function countOf({ status }: ProductSelection): RawBuilder<unknown> {
  const all = sql`select sum(products) from product_counts`;
  return status === undefined ? all : sql`${all} where status = ${slot('status')}`;
}

/** The whole order turns with its last field, so that a reversed list is exactly the reverse. */
function orderOf({ sort }: ProductSelection): RawBuilder<unknown> {
  const last = sort.at(-1)?.descending ?? false;
  const isTotal = sort.some(({ field }) => field === 'id');
  const order = isTotal ? sort : [...sort, { field: 'id', descending: last } as const];
  return sql.join(
    order.map(({ field, descending }) =>
      descending ? sql`${sql.ref(SORT_COLUMNS[field])} desc` : sql.ref(SORT_COLUMNS[field]),
    ),
  );
}
