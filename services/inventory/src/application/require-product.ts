import type { ProductCatalogue } from './product-catalogue.ts';
import type { RequestRefusal } from './submit-command.ts';

/**
 * Null when Products knows the product, in whatever status; otherwise why the request cannot go on.
 */
export async function requireProduct(
  catalogue: ProductCatalogue,
  productId: number,
): Promise<RequestRefusal | null> {
  const [answer] = await catalogue.lookUp([productId]);
  if (answer?.type === 'found') return null;
  if (answer?.type === 'not-found') return { type: 'product-not-found', step: 0, productId };
  return { type: 'catalogue-unavailable' };
}
