import type { Product } from '../domain/product.ts';
import { authorOf, type Moment } from './author-of.ts';
import type { Decision, ProductChanges, StoreFailure } from './product-store.ts';
import type { Precondition, VersionMismatch } from './update-product.ts';

/** The id stays taken for ever: what Inventory knows of it must never belong to another product. */
export async function deleteProduct(
  ports: Moment & { readonly store: Pick<ProductChanges, 'change'> },
  id: number,
  deletion: { readonly isExpected: Precondition; readonly actor: string },
): Promise<Decision<VersionMismatch | StoreFailure>> {
  const { isExpected, actor } = deletion;
  const author = authorOf(ports, actor);
  const decide = (product: Product): Decision<VersionMismatch> => {
    if (isExpected(product.version))
      return {
        ok: true,
        value: { ...product, version: product.version + 1, updatedAt: author.at },
      };
    return { ok: false, error: { type: 'version-mismatch', version: product.version } };
  };
  return ports.store.change(id, 'deleted', author, decide);
}
