import { accepted, refused, type Outcome } from '../domain/outcome.ts';
import type { CatalogueProduct, ProductCatalogue } from './product-catalogue.ts';
import type { RequestRefusal } from './request-outcome.ts';

/** The product, whatever its status, or why the request is refused. */
export async function requireProduct(
  catalogue: ProductCatalogue,
  productId: number,
): Promise<Outcome<CatalogueProduct, RequestRefusal>> {
  const [answer] = await catalogue.lookUp([productId]);
  if (answer?.type === 'found') return accepted(answer.product);
  return answer?.type === 'not-found'
    ? refused({ type: 'product-not-found', step: 0, productId })
    : refused({ type: 'catalogue-unavailable' });
}
