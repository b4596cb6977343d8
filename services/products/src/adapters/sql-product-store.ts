import type { Kysely, Transaction } from 'kysely';
import type {
  Authorship,
  Outcome,
  ProductChanges,
  ProductStore,
  StoreFailure,
} from '../application/product-store.ts';
import type { ChangeKind } from '../domain/product-change.ts';
import type { NewProduct, Product } from '../domain/product.ts';
import { claimingSku, isUnavailable, SkuTakenError } from './sql-errors.ts';
import { createProductLists } from './sql-product-list.ts';
import { COLUMNS, columnsOf, toProduct } from './sql-product-rows.ts';
import { sortTags } from './sql-product-tags.ts';
import type { ProductsDatabase } from './sql-schema.ts';
import type { WordIndex } from './word-index.ts';

interface Options {
  /** For changes, one transaction after the other. */
  db: Kysely<ProductsDatabase>;
  /** For everything that only reads: on a connection of its own it waits for no transaction. */
  reads: Kysely<ProductsDatabase>;
  /** One that reads there, too. */
  wordIndex: WordIndex;
  /** Told after each commit that may have written a change. */
  onChange: () => void;
  /** Told why nothing can be written now. */
  onUnavailable: (error: unknown) => void;
}

/** Ends a transaction for what its work found. */
class UndoneError extends Error {
  override readonly name = 'UndoneError';
  readonly failure: unknown;

  constructor(failure: unknown) {
    super('The transaction was undone');
    this.failure = failure;
  }
}

/** Products in an SQL database, by statements that SQLite and PostgreSQL both understand. */
export function createSqlProductStore({
  db,
  reads,
  wordIndex,
  onChange,
  onUnavailable,
}: Options): ProductStore {
  // The most frequent query by far, and building it takes longer than running it.
  const byId = reads
    .selectFrom('products')
    .select(COLUMNS)
    .where('id', '=', 0)
    .where('deleted_at', 'is', null)
    .compile();

  async function find(id: number): Promise<Product | undefined> {
    const query: typeof byId = { ...byId, parameters: [id] };
    const { rows } = await reads.executeQuery(query);
    return rows[0] && toProduct(rows[0]);
  }

  async function transact<Value, Failure>(
    work: (changes: ProductChanges) => Promise<Outcome<Value, Failure>>,
  ): Promise<Outcome<Value, Failure | StoreFailure>> {
    try {
      const done = await db.transaction().execute(async (trx) => {
        const outcome = await work(changesWithin(trx));
        if (!outcome.ok) throw new UndoneError(outcome.error);
        return outcome;
      });
      onChange();
      return done;
    } catch (error) {
      // Thrown above, with a failure of this work.
      if (error instanceof UndoneError) return { ok: false, error: error.failure as Failure };
      if (!isUnavailable(error)) throw error;
      onUnavailable(error);
      return { ok: false, error: { type: 'store-unavailable' } };
    }
  }

  return {
    find,
    async findAll(ids) {
      const [id, ...others] = ids;
      if (id === undefined) return [];
      if (others.length > 0) return findAll(reads, ids);
      const product = await find(id);
      return product ? [product] : [];
    },
    list: createProductLists(reads, wordIndex),
    insert: (product, by) => transact((changes) => changes.insert(product, by)),
    change: (id, kind, by, decide) => transact((changes) => changes.change(id, kind, by, decide)),
    transact,
    changesAfter: (position, limit) => changesAfter(reads, position, limit),
  };
}

/**
 * What is changed within a transaction. After a refusal it can only be undone: PostgreSQL goes on
 * with none.
 */
function changesWithin(trx: Transaction<ProductsDatabase>): ProductChanges {
  return {
    insert: (product, by) => claimed(insert(trx, product, by)),
    async change(id, kind, by, decide) {
      // PostgreSQL locks the row here; on SQLite the transaction has the whole file to itself.
      const current = await lockProduct(trx, id);
      if (current === undefined) return { ok: false, error: { type: 'not-found' } };
      const decision = decide(current);
      if (!decision.ok || decision.value === current) return decision;
      return claimed(write(trx, decision.value, kind, by));
    },
  };
}

async function claimed(change: Promise<Product>): Promise<Outcome<Product, StoreFailure>> {
  try {
    return { ok: true, value: await change };
  } catch (error) {
    if (!(error instanceof SkuTakenError)) throw error;
    return { ok: false, error: { type: 'sku-taken', sku: error.sku } };
  }
}

async function findAll(db: Kysely<ProductsDatabase>, ids: readonly number[]): Promise<Product[]> {
  const rows = await db
    .selectFrom('products')
    .select(COLUMNS)
    .where('id', 'in', ids)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .execute();
  return rows.map(toProduct);
}

async function insert(
  trx: Transaction<ProductsDatabase>,
  product: NewProduct,
  by: Authorship,
): Promise<Product> {
  const row = { ...columnsOf(product), created_at: product.createdAt };
  const { id } = await claimingSku(
    product.sku,
    trx.insertInto('products').values(row).returning('id').executeTakeFirstOrThrow(),
  );
  await sortTags(trx, product.tags);
  const stored = { ...product, id };
  await log(trx, stored, 'created', by);
  return stored;
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
): Promise<Product> {
  const row = { ...columnsOf(product), ...(kind === 'deleted' ? { deleted_at: by.at } : {}) };
  await claimingSku(
    product.sku,
    trx.updateTable('products').set(row).where('id', '=', product.id).execute(),
  );
  await sortTags(trx, product.tags);
  await log(trx, product, kind, by);
  return product;
}

/**
 * The head's row stays locked until the commit, so positions follow the commits and an undone
 * transaction takes none.
 */
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
  // The head first: what is committed between the two queries may be newer than it, never the other
  // way round.
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
