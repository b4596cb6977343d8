import { sql } from 'kysely';
import type { ExpressionBuilder, Kysely, Transaction } from 'kysely';
import type {
  Authorship,
  Decision,
  FoundProducts,
  ProductSelection,
  ProductSort,
  ProductStore,
  StoreFailure,
} from '../application/product-store.ts';
import type { ChangeKind } from '../domain/product-change.ts';
import type { NewProduct, Product } from '../domain/product.ts';
import { COLUMNS, columnsOf, toProduct } from './sql-product-rows.ts';
import type { ProductsDatabase } from './sql-schema.ts';

type ProductExpressions = ExpressionBuilder<ProductsDatabase, 'products'>;

const SORT_COLUMNS = {
  name: 'name_sort',
  price: 'price_sort',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
  sku: 'sku',
  id: 'id',
} as const satisfies Record<ProductSort['field'], keyof ProductsDatabase['products']>;

interface Options {
  db: Kysely<ProductsDatabase>;
  /** Told after each commit that wrote a change. */
  onChange: () => void;
}

/** Products in an SQL database, by statements that SQLite and PostgreSQL both understand. */
export function createSqlProductStore({ db, onChange }: Options): ProductStore {
  return {
    async find(id) {
      const row = await db
        .selectFrom('products')
        .select(COLUMNS)
        .where('id', '=', id)
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      return row && toProduct(row);
    },
    findAll: (ids) => findAll(db, ids),
    list: (selection) => list(db, selection),
    async insert(product, by) {
      const stored = await refusingTakenSku(product.sku, () =>
        db.transaction().execute((trx) => insert(trx, product, by)),
      );
      if (stored.ok) onChange();
      return stored;
    },
    async change(id, kind, by, decide) {
      let written = false;
      let sku: string | null = null;
      const outcome = await refusingTakenSku(
        () => sku,
        () =>
          db.transaction().execute(async (trx) => {
            // PostgreSQL locks the row here; on SQLite the transaction has the whole file to itself.
            const current = await lockProduct(trx, id);
            if (current === undefined) return { ok: false, error: { type: 'not-found' } } as const;
            const decision = decide(current);
            if (!decision.ok || decision.value === current) return decision;
            sku = decision.value.sku;
            await write(trx, decision.value, kind, by);
            written = true;
            return decision;
          }),
      );
      if (written && outcome.ok) onChange();
      return outcome;
    },
    changesAfter: (position, limit) => changesAfter(db, position, limit),
  };
}

async function findAll(
  db: Kysely<ProductsDatabase>,
  ids: readonly number[],
): Promise<FoundProducts> {
  if (ids.length === 0) return { products: [], deletedIds: [] };
  const rows = await db
    .selectFrom('products')
    .select([...COLUMNS, 'deleted_at'])
    .where('id', 'in', ids)
    .orderBy('id')
    .execute();
  return {
    products: rows.filter((row) => row.deleted_at === null).map(toProduct),
    deletedIds: rows.filter((row) => row.deleted_at !== null).map((row) => row.id),
  };
}

async function list(
  db: Kysely<ProductsDatabase>,
  selection: ProductSelection,
): Promise<{ products: Product[]; total: number }> {
  const matching = db.selectFrom('products').where((product) => matches(product, selection));
  const { total } = await matching
    .select((product) => product.fn.countAll().as('total'))
    .executeTakeFirstOrThrow();
  let page = matching.select(COLUMNS);
  for (const { field, descending } of selection.sort)
    page = page.orderBy(SORT_COLUMNS[field], descending ? 'desc' : 'asc');
  // The whole order turns with its last field, so that a reversed list is exactly the reverse.
  if (!selection.sort.some(({ field }) => field === 'id'))
    page = page.orderBy('id', selection.sort.at(-1)?.descending ? 'desc' : 'asc');
  const rows = await page.limit(selection.limit).offset(selection.offset).execute();
  return { products: rows.map(toProduct), total: Number(total) };
}

function matches(product: ProductExpressions, { status, sku, ids, words = [] }: ProductSelection) {
  return product.and([
    product('deleted_at', 'is', null),
    ...(status === undefined ? [] : [product('status', '=', status)]),
    ...(sku === undefined ? [] : [product('sku', '=', sku)]),
    ...(ids === undefined ? [] : [product('id', 'in', ids)]),
    ...words.map(
      (word) =>
        sql<boolean>`${product.ref('search_text')} like ${`%${escapeLike(word)}%`} escape '\\'`,
    ),
  ]);
}

function escapeLike(word: string): string {
  return word.replace(/[\\%_]/g, '\\$&');
}

async function insert(
  trx: Transaction<ProductsDatabase>,
  product: NewProduct,
  by: Authorship,
): Promise<{ ok: true; value: Product }> {
  const row = { ...columnsOf(product), created_at: product.createdAt };
  const { id } = await trx
    .insertInto('products')
    .values(row)
    .returning('id')
    .executeTakeFirstOrThrow();
  const stored = { ...product, id };
  await log(trx, stored, 'created', by);
  return { ok: true, value: stored };
}

async function lockProduct(
  trx: Transaction<ProductsDatabase>,
  id: number,
): Promise<Product | undefined> {
  const query = trx
    .selectFrom('products')
    .select(COLUMNS)
    .where('id', '=', id)
    .where('deleted_at', 'is', null);
  const hasRowLocks = trx.getExecutor().adapter.supportsMultipleConnections;
  const row = await (hasRowLocks ? query.forUpdate() : query).executeTakeFirst();
  return row && toProduct(row);
}

async function write(
  trx: Transaction<ProductsDatabase>,
  product: Product,
  kind: ChangeKind,
  by: Authorship,
): Promise<void> {
  const row = { ...columnsOf(product), ...(kind === 'deleted' ? { deleted_at: by.at } : {}) };
  await trx.updateTable('products').set(row).where('id', '=', product.id).execute();
  await log(trx, product, kind, by);
}

/** The head's row stays locked until the commit, so positions follow the commits and an undone transaction takes none. */
async function log(
  trx: Transaction<ProductsDatabase>,
  product: Product,
  kind: ChangeKind,
  { actor, at }: Authorship,
): Promise<void> {
  const head = await trx
    .updateTable('log_head')
    .set((row) => ({ position: row('position', '+', 1) }))
    .where('only', '=', 1)
    .returning('position')
    .executeTakeFirstOrThrow();
  const row = {
    position: head.position,
    product_id: product.id,
    kind,
    product: JSON.stringify(product),
    actor,
    at,
  };
  await trx.insertInto('product_changes').values(row).execute();
}

async function changesAfter(db: Kysely<ProductsDatabase>, position: number, limit: number) {
  // The head first: what is committed between the two queries may be newer than it, never the other way round.
  const { position: head } = await db
    .selectFrom('log_head')
    .select('position')
    .where('only', '=', 1)
    .executeTakeFirstOrThrow();
  const rows = await db
    .selectFrom('product_changes')
    .selectAll()
    .where('position', '>', position)
    .orderBy('position')
    .limit(limit)
    .execute();
  return {
    // Written by log() above.
    changes: rows.map(({ product, position: at, ...row }) => ({
      position: at,
      kind: row.kind,
      product: JSON.parse(product) as Product,
      actor: row.actor,
      at: row.at,
    })),
    head: Math.max(head, rows.at(-1)?.position ?? 0),
  };
}

/** The unique index decides, because two transactions may both have looked and found the SKU free. */
async function refusingTakenSku<Outcome>(
  sku: string | null | (() => string | null),
  run: () => Promise<Outcome>,
): Promise<Outcome | Extract<Decision<StoreFailure>, { ok: false }>> {
  try {
    return await run();
  } catch (error) {
    const wanted = typeof sku === 'function' ? sku() : sku;
    if (wanted === null || !isUniqueViolation(error)) throw error;
    return { ok: false, error: { type: 'sku-taken', sku: wanted } };
  }
}

/** SQLite's extended code 2067 (https://sqlite.org/rescode.html#constraint_unique), PostgreSQL's 23505. SKUs are the one unique thing a client chooses. */
function isUniqueViolation(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    ('errcode' in error && error.errcode === 2067) || ('code' in error && error.code === '23505')
  );
}
