import type { Clock } from '@anaquel/runtime';
import { changeProduct } from '../domain/product.ts';
import type { Product, ProductInput, ProductProblem } from '../domain/product.ts';
import type { Decision, ProductStore, StoreFailure } from './product-store.ts';

export interface VersionMismatch {
  readonly type: 'version-mismatch';
  readonly version: number;
}

/** Whether the version that is stored now may be changed; the client's `If-Match`. */
export type Precondition = (version: number) => boolean;

export type UpdateProduct = (
  id: number,
  input: ProductInput,
  isExpected: Precondition,
  actor: string,
) => Promise<Decision<ProductProblem | VersionMismatch | StoreFailure>>;

/** A change that changes nothing keeps the version and leaves no trace. */
export function createUpdateProduct(store: ProductStore, clock: Clock): UpdateProduct {
  return async (id, input, isExpected, actor) => {
    const at = clock().toISOString();
    return store.change(
      id,
      'updated',
      { actor, at },
      (product: Product): Decision<ProductProblem | VersionMismatch> => {
        if (!isExpected(product.version))
          return { ok: false, error: { type: 'version-mismatch', version: product.version } };
        return changeProduct(product, input, at);
      },
    );
  };
}
