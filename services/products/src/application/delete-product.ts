import type { Clock } from '@anaquel/runtime';
import type { Product } from '../domain/product.ts';
import type { Decision, ProductStore, StoreFailure } from './product-store.ts';
import type { Precondition, VersionMismatch } from './update-product.ts';

export type DeleteProduct = (
  id: number,
  isExpected: Precondition,
  actor: string,
) => Promise<Decision<VersionMismatch | StoreFailure>>;

/** The id stays taken for ever: what Inventory knows of it must never belong to another product. */
export function createDeleteProduct(store: ProductStore, clock: Clock): DeleteProduct {
  return async (id, isExpected, actor) => {
    const at = clock().toISOString();
    return store.change(
      id,
      'deleted',
      { actor, at },
      (product: Product): Decision<VersionMismatch> => {
        if (!isExpected(product.version))
          return { ok: false, error: { type: 'version-mismatch', version: product.version } };
        return { ok: true, value: { ...product, version: product.version + 1, updatedAt: at } };
      },
    );
  };
}
