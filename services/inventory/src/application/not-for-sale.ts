import type { ProductCatalogue } from './product-catalogue.ts';

/**
 * The drafts and the archived and deleted ones among these products. It always asks Products; when
 * Products doesn't answer, its last answer counts, and a product without one counts as for sale.
 */
export async function notForSaleAmong(
  catalogue: Pick<ProductCatalogue, 'lookUp'>,
  productIds: readonly number[],
): Promise<readonly number[]> {
  if (productIds.length === 0) return [];
  const answers = await catalogue.lookUp(productIds, 'now');
  return productIds.filter((_, index) => {
    const answer = answers[index];
    return answer?.type === 'found'
      ? answer.product.status !== 'active'
      : answer?.type === 'not-found';
  });
}
