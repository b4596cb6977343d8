import {
  select,
  sql,
  valueList,
  type SqliteConnection,
  type SqliteWriter,
} from '@anaquel/runtime/sql';
import type { StoreListener } from '../../application/store.ts';
import type {
  Author,
  Outcome,
  ProductChanges,
  ProductStore,
  StoreFailure,
} from '../../application/product-store.ts';
import { changedPrice, type ProductChange } from '../../domain/product-change.ts';
import type { NewProduct, Product } from '../../domain/product.ts';
import { CHANGE } from '../sql/change-columns.ts';
import {
  CHANGED_PRODUCT,
  NEW_PRODUCT,
  PRODUCT,
  withDerivedColumns,
} from '../sql/product-columns.ts';
import { changesAfterIn } from '../sql/read-changes.ts';
import { barcodeFailure, saveBarcodes } from './product-barcodes.ts';
import { findProduct } from './find-product.ts';
import type { FoundProducts } from './found-products.ts';
import type { ProductSearches } from './product-searches.ts';
import { sortTags } from './sort-tags.ts';
import { findStoredText, saveWords } from './product-words.ts';
import { claimSku, isUnavailable } from './store-failures.ts';

interface Options extends StoreListener {
  /** For changes, one transaction after the other. */
  writer: SqliteWriter;
  /** A connection of its own for everything that only reads: it waits for no transaction. */
  reads: SqliteConnection;
  searches: ProductSearches;
  found: FoundProducts;
}

export function createSqliteProductStore(options: Options): ProductStore {
  const { writer, reads, searches, found, onChange, onUnavailable } = options;

  async function transact<Value, Failure>(
    work: (changes: ProductChanges) => Promise<Outcome<Value, Failure>>,
  ): Promise<Outcome<Value, Failure | StoreFailure>> {
    try {
      const outcome = await writer.transaction(
        (connection) => work(changesWithin(connection)),
        ({ ok }) => ok,
      );
      if (outcome.ok) onChange();
      return outcome;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      onUnavailable(error);
      return { ok: false, error: { type: 'store-unavailable' } };
    }
  }

  return {
    find: async (id) => found.get(id),
    async findAll(ids) {
      if (ids.length === 0) return [];
      const query = select(PRODUCT)`from products
        where id in ${valueList(ids)} and deleted_at is null order by id`;
      return reads.all(query);
    },
    list: (request) => searches.list(request),
    insert: (product, by) => transact((changes) => changes.insert(product, by)),
    change: (id, kind, by, decide) => transact((changes) => changes.change(id, kind, by, decide)),
    transact: (_subject, work) => transact(work),
    changesAfter: changesAfterIn(reads),
  };
}

/** A change that has no position yet. */
type NewChange = Omit<ProductChange, 'position'>;

/** Changes within a transaction: it has the whole file to itself. */
function changesWithin(connection: SqliteConnection): ProductChanges {
  return {
    insert: async (product, by) => insert(connection, product, by),
    async change(id, kind, by, decide) {
      const current = findProduct(connection, id);
      if (current === undefined) return { ok: false, error: { type: 'not-found' } };
      const decision = decide(current);
      if (!decision.ok || decision.value === current) return decision;
      const { value: product } = decision;
      const priceBefore = changedPrice(current, product);
      return update(connection, current, { kind, product, priceBefore, ...by });
    },
  };
}

function insert(
  connection: SqliteConnection,
  product: NewProduct,
  by: Author,
): Outcome<Product, StoreFailure> {
  const failure = barcodeFailure(connection, null, product.barcodes);
  if (failure) return { ok: false, error: failure };
  const row = withDerivedColumns(product);
  const id = claimSku(product.sku, () =>
    connection.number(
      sql`insert into products (${NEW_PRODUCT.columns}) values (${NEW_PRODUCT.values(row)}) returning id`,
    ),
  );
  if (!id.ok) return id;
  const stored = { ...product, id: id.value };
  saveBarcodes(connection, { id: stored.id, before: [], after: stored.barcodes });
  saveWords(connection, stored.id, undefined, row.searchText);
  finishChange(connection, { kind: 'created', product: stored, priceBefore: null, ...by });
  return { ok: true, value: stored };
}

function update(
  connection: SqliteConnection,
  before: Product,
  change: NewChange,
): Outcome<Product, StoreFailure> {
  const { product, kind, at } = change;
  const isDeletion = kind === 'deleted';
  const barcodes = isDeletion ? [] : product.barcodes;
  const failure = barcodeFailure(connection, product.id, barcodes);
  if (failure) return { ok: false, error: failure };
  const row = withDerivedColumns(product);
  const columns = CHANGED_PRODUCT.assignments(row);
  const set = isDeletion ? sql`${columns}, deleted_at = ${at}` : columns;
  const text = findStoredText(connection, product.id);
  const written = claimSku(product.sku, () =>
    connection.run(sql`update products set ${set} where id = ${product.id}`),
  );
  if (!written.ok) return written;
  saveBarcodes(connection, { id: product.id, before: before.barcodes, after: barcodes });
  saveWords(connection, product.id, text, isDeletion ? null : row.searchText);
  finishChange(connection, change);
  return { ok: true, value: product };
}

/**
 * Writes what follows from a change. Its position comes from the one row of `log_head`, inside the
 * transaction: positions follow the commits, and a transaction that is rolled back takes none.
 */
function finishChange(connection: SqliteConnection, change: NewChange): void {
  const { product } = change;
  sortTags(connection, product.tags);
  const position = connection.number(
    sql`update log_head set position = position + 1 where only = 1 returning position`,
  );
  const row = CHANGE.values({ ...change, position });
  connection.run(
    sql`insert into product_changes (product_id, ${CHANGE.columns}) values (${product.id}, ${row})`,
  );
}
