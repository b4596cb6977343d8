import type { PostgresTransaction } from '@anaquel/runtime/postgres';
import { select, sql, valueList, type Row, type Sql } from '@anaquel/runtime/sql';
import type { StoreFailure, Subject } from '../../application/product-store.ts';
import type { NewProduct, Product } from '../../domain/product.ts';
import { barcodeOwners } from '../sql/product-barcodes.ts';
import { PRODUCT } from '../sql/product-columns.ts';

/**
 * Who has the SKUs and barcodes of products, within a transaction that changes them. `productOf`
 * gives a product that it has read.
 */
export function createClaims(
  transaction: PostgresTransaction,
  productOf: (id: number) => Product | undefined,
) {
  const skus = createOwners((wanted) => transaction.rows(skuOwners(wanted)));
  const barcodes = createOwners((wanted) => transaction.rows(barcodeOwners(wanted)));

  async function skuOf(id: number): Promise<string | null> {
    const query = select(PRODUCT)`from products where id = ${id}`;
    return (productOf(id) ?? (await transaction.first(query)))?.sku ?? null;
  }

  return {
    async load(subject: Partial<Subject>): Promise<void> {
      await Promise.all([skus.load(subject.skus ?? []), barcodes.load(subject.barcodes ?? [])]);
    },
    /** Why a product can't have what it had not before; null when it can. */
    async failureOf(
      id: number,
      before: Product | null,
      { sku, barcodes: listed }: NewProduct,
    ): Promise<StoreFailure | null> {
      if (sku !== null && sku !== before?.sku && (await skus.otherOwner(sku, id)) !== null)
        return { type: 'sku-taken', sku };
      const isNew = (barcode: string) => before?.barcodes.includes(barcode) !== true;
      await barcodes.load(listed.filter(isNew));
      for (const [place, barcode] of listed.entries()) {
        const owner = isNew(barcode) ? await barcodes.otherOwner(barcode, id) : null;
        if (owner === null) continue;
        const failure = { type: 'barcode-taken', barcode, place } as const;
        return { ...failure, owner: { id: owner, sku: await skuOf(owner) } };
      }
      return null;
    },
    /** What a product gave up others may have. Null stands for one that is not there. */
    handOver(id: number, before: Product | null, after: NewProduct | null): void {
      if (before) {
        if (before.sku !== null) skus.give(before.sku, null);
        for (const barcode of before.barcodes) barcodes.give(barcode, null);
      }
      if (after) {
        if (after.sku !== null) skus.give(after.sku, id);
        for (const barcode of after.barcodes) barcodes.give(barcode, id);
      }
    },
  };
}

function skuOwners(skus: readonly string[]): Sql {
  return sql`select sku, id from products where sku in ${valueList(skus)} and deleted_at is null`;
}

/** Who has texts of which each belongs to one product at most: `find` gives rows of text and id. */
function createOwners(find: (texts: readonly string[]) => Promise<readonly Row[]>) {
  /** Null when nobody has it. */
  const owners = new Map<string, number | null>();

  /** Reads, in one round trip, what is not known of some. */
  async function load(texts: readonly string[]): Promise<void> {
    const unknown = texts.filter((text) => !owners.has(text));
    if (unknown.length === 0) return;
    for (const text of unknown) owners.set(text, null);
    for (const [text, id] of await find(unknown)) owners.set(String(text), Number(id));
  }

  return {
    load,
    /** The other product that has it; null when this one may. */
    async otherOwner(text: string, id: number): Promise<number | null> {
      await load([text]);
      const owner = owners.get(text) ?? null;
      return owner === id ? null : owner;
    },
    /** The product that has it from now on; null for nobody. */
    give(text: string, id: number | null): void {
      owners.set(text, id);
    },
  };
}
