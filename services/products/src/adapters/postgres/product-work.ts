import { postgresConstraint, type PostgresTransaction } from '@anaquel/runtime/postgres';
import { pairOf, select, sql, valueList, type Sql } from '@anaquel/runtime/sql';
import type {
  Author,
  Decision,
  ProductChanges,
  StoreFailure,
  Subject,
} from '../../application/product-store.ts';
import { changedPrice } from '../../domain/product-change.ts';
import type { NewProduct, Product } from '../../domain/product.ts';
import { TEXT_FORM } from '../../domain/search-text.ts';
import {
  CHANGED_PRODUCT,
  NEW_PRODUCT,
  PRODUCT,
  withDerivedColumns,
} from '../sql/product-columns.ts';
import { STORED_TEXT, type StoredText } from '../sql/stored-text.ts';
import { barcodeChanges, type BarcodeChange } from '../sql/product-barcodes.ts';
import type { Change } from './change.ts';
import { createClaims } from './claims.ts';
import { LATEST_ID, takeIds } from './latest-id.ts';
import { countChanges } from './product-counts.ts';
import { logChanges, type LogRow } from './product-log.ts';
import { wordChanges, type TextChange } from './product-words.ts';
import { tagChanges } from './tag-counts.ts';

/** A product within a transaction. */
interface Entry {
  /** As its row is; null for a new one. */
  readonly before: Product | null;
  readonly text: StoredText | undefined;
  /** As it is now; deleted, as it was last. */
  product: Product;
  deletedAt: string | null;
}

const LOCKED_PRODUCT = pairOf(PRODUCT, STORED_TEXT);

/**
 * Changes within one transaction, carried out in memory: what they are about is read in one round
 * trip, and all that they write is sent in another one, together with COMMIT. Nothing is locked in
 * any other order than this: products by their ids, `product_ids`, SKUs, barcodes, words, tags, and
 * last the rows that all changes of all replicas wait for, `product_counts` and `log_head`.
 */
export function createProductWork(transaction: PostgresTransaction) {
  /** By id; null for what there is not. */
  const entries = new Map<number, Entry | null>();
  const claims = createClaims(transaction, (id) => entries.get(id)?.product);
  const freeIds: number[] = [];
  const log: LogRow[] = [];

  /** Whoever changes one of these products waits here. */
  async function load(subject: Partial<Subject>): Promise<void> {
    const { ids = [], additions = 0 } = subject;
    // Issued together, they take one round trip.
    const [found, lastId] = await Promise.all([
      ids.length === 0 ? [] : transaction.all(lockedProducts(ids)),
      additions === 0 ? 0 : transaction.number(takeIds(additions)),
      claims.load(subject),
    ]);
    for (const id of ids) entries.set(id, null);
    for (const [product, text] of found)
      entries.set(product.id, { before: product, text, product, deletedAt: null });
    for (let id = lastId - additions + 1; id <= lastId && additions > 0; id += 1) freeIds.push(id);
  }

  const changes: ProductChanges = {
    async insert(product, by) {
      if (freeIds.length === 0) await load({ additions: 1 });
      const id = freeIds[0] ?? 0;
      const failure = await claims.failureOf(id, null, product);
      if (failure) return { ok: false, error: failure };
      claims.handOver(id, null, product);
      freeIds.shift();
      const stored = { ...product, id };
      entries.set(id, { before: null, text: undefined, product: stored, deletedAt: null });
      log.push({ id, kind: 'created', product: stored, priceBefore: null, by });
      return { ok: true, value: stored };
    },
    async change(id, kind, by, decide) {
      if (!entries.has(id)) await load({ ids: [id] });
      const entry = entries.get(id);
      if (!entry || entry.deletedAt !== null) return { ok: false, error: { type: 'not-found' } };
      const decision = decide(entry.product);
      if (!decision.ok || decision.value === entry.product) return decision;
      const product = decision.value;
      const before = entry.product;
      const priceBefore = changedPrice(before, product);
      const isDeletion = kind === 'deleted';
      const failure = isDeletion ? null : await claims.failureOf(id, before, product);
      if (failure) return { ok: false, error: failure };
      claims.handOver(id, before, isDeletion ? null : product);
      entry.product = product;
      if (isDeletion) entry.deletedAt = by.at;
      log.push({ id, kind, product, priceBefore, by });
      return { ok: true, value: product };
    },
  };

  return {
    changes,
    load,
    /** Writes all changes and commits them. */
    async save(): Promise<void> {
      const met = [...entries.values()].filter((entry) => entry !== null);
      const changed = met.filter(({ before, product }) => product !== before);
      await transaction.commit(...savesOf(changed), ...(log.length > 0 ? [logChanges(log)] : []));
    },
  };
}

/** Adds one product without barcodes, and commits it: all in one round trip. */
export async function insertProduct(
  transaction: PostgresTransaction,
  product: NewProduct,
  by: Author,
): Promise<Decision<StoreFailure>> {
  const text = { id: null, before: undefined, after: withDerivedColumns(product).searchText };
  try {
    const [, [row = []] = []] = await transaction.commit(
      takeIds(1),
      sql`${insertion(LATEST_ID, product, null)} returning id`,
      ...consequencesOf([{ before: null, after: product }], [text]),
      logChanges([{ id: null, kind: 'created', product, priceBefore: null, by }]),
    );
    return { ok: true, value: { ...product, id: Number(row[0]) } };
  } catch (error) {
    if (isTaken(error)) return { ok: false, error: { type: 'sku-taken', sku: product.sku ?? '' } };
    throw error;
  }
}

/**
 * The unique index decides about a SKU or a barcode that two claim at the same time. Whoever comes
 * second finds it taken when it tries again.
 */
export function isTaken(error: unknown): boolean {
  const constraint = postgresConstraint(error);
  return constraint === 'products_sku' || constraint === 'product_barcodes_pkey';
}

function lockedProducts(ids: readonly number[]) {
  return select(LOCKED_PRODUCT)`from products
    where id in ${valueList(ids)} and deleted_at is null order by id for update`;
}

function savesOf(entries: readonly Entry[]): Sql[] {
  // All claim SKUs in the same order.
  const bySku = entries.toSorted((a, b) => compare(a.product.sku ?? '', b.product.sku ?? ''));
  return [
    ...freeSkus(entries),
    ...bySku.map(write),
    ...barcodeChanges(entries.map(barcodeChangeOf)),
    ...consequencesOf(entries.map(changeOf), entries.map(textChangeOf)),
  ];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** The index knows nothing of what comes: a SKU that goes to another product is freed first. */
function freeSkus(entries: readonly Entry[]): Sql[] {
  const claimed = new Set(entries.map(skuOf));
  const givers = entries.filter((entry) => {
    const sku = entry.before?.sku ?? null;
    return sku !== null && skuOf(entry) !== sku && claimed.has(sku);
  });
  if (givers.length === 0) return [];
  const ids = valueList(givers.map(({ product }) => product.id));
  return [sql`update products set sku = null where id in ${ids}`];
}

/** What it has; a deleted product has none. */
function skuOf({ product, deletedAt }: Entry): string | null {
  return deletedAt === null ? product.sku : null;
}

function write({ before, product, deletedAt }: Entry): Sql {
  if (before === null) return insertion(sql`${product.id}`, product, deletedAt);
  const columns = CHANGED_PRODUCT.assignments(withDerivedColumns(product));
  return sql`update products set ${columns}, text_form = ${TEXT_FORM}, deleted_at = ${deletedAt}
    where id = ${product.id}`;
}

function insertion(id: Sql, product: NewProduct, deletedAt: string | null): Sql {
  return sql`insert into products (id, text_form, deleted_at, ${NEW_PRODUCT.columns})
    values (${id}, ${TEXT_FORM}, ${deletedAt}, ${NEW_PRODUCT.values(withDerivedColumns(product))})`;
}

function changeOf({ before, product, deletedAt }: Entry): Change {
  return { before, after: deletedAt === null ? product : null };
}

function barcodeChangeOf({ before, product, deletedAt }: Entry): BarcodeChange {
  const after = deletedAt === null ? product.barcodes : [];
  return { id: product.id, before: before?.barcodes ?? [], after };
}

function textChangeOf({ text, product, deletedAt }: Entry): TextChange {
  const after = deletedAt === null ? withDerivedColumns(product).searchText : null;
  return { id: product.id, before: text, after };
}

function consequencesOf(changes: readonly Change[], texts: readonly TextChange[]): Sql[] {
  return [...wordChanges(texts), ...tagChanges(changes), ...countChanges(changes)];
}
