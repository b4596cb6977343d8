import { changeProduct } from '../domain/product.ts';
import type { Product, ProductInput, ProductProblem } from '../domain/product.ts';
import { authorOf, type Moment } from './author-of.ts';
import type { Decision, ProductChanges, StoreFailure } from './product-store.ts';

export interface VersionMismatch {
  readonly type: 'version-mismatch';
  readonly version: number;
}

/** Whether the version that is stored now may be changed; the client's `If-Match`. */
export type Precondition = (version: number) => boolean;

/**
 * What is left out of `input` stays. A change that changes nothing keeps the version and leaves no
 * trace.
 */
export async function updateProduct(
  ports: Moment & { readonly store: Pick<ProductChanges, 'change'> },
  id: number,
  change: {
    readonly input: ProductInput;
    readonly isExpected: Precondition;
    readonly actor: string;
  },
): Promise<Decision<ProductProblem | VersionMismatch | StoreFailure>> {
  const { input, isExpected, actor } = change;
  const author = authorOf(ports, actor);
  const decide = (product: Product): Decision<ProductProblem | VersionMismatch> => {
    if (isExpected(product.version)) return changeProduct(product, input, author.at);
    return { ok: false, error: { type: 'version-mismatch', version: product.version } };
  };
  return ports.store.change(id, 'updated', author, decide);
}
