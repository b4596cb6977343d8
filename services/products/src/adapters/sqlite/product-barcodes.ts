import { select, type SqliteConnection } from '@anaquel/runtime/sql';
import type { StoreFailure } from '../../application/product-store.ts';
import { barcodeChanges, barcodeOwners, type BarcodeChange } from '../sql/product-barcodes.ts';
import { PRODUCT } from '../sql/product-columns.ts';

/** Why a product, null for a new one, can't have these barcodes; null when it can. */
export function barcodeFailure(
  connection: SqliteConnection,
  id: number | null,
  barcodes: readonly string[],
): StoreFailure | null {
  const owners = barcodes.length === 0 ? [] : connection.rows(barcodeOwners(barcodes));
  const ownerOf = new Map(owners.map(([barcode, owner]) => [barcode, Number(owner)]));
  for (const [place, barcode] of barcodes.entries()) {
    const owner = ownerOf.get(barcode) ?? id;
    if (owner === id || owner === null) continue;
    const [other] = connection.all(select(PRODUCT)`from products where id = ${owner}`);
    const failure = { type: 'barcode-taken', barcode, place } as const;
    return { ...failure, owner: { id: owner, sku: other?.sku ?? null } };
  }
  return null;
}

/** Brings the table of barcodes in step with a change of a product, inside its transaction. */
export function saveBarcodes(connection: SqliteConnection, change: BarcodeChange): void {
  for (const statement of barcodeChanges([change])) connection.run(statement);
}
