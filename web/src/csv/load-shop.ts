import { valueOf, type Api, type Product } from '../api/index.ts';
import type { RowTexts } from './column-mapping.ts';
import { namesIn, type LoadedShop } from './import-plan.ts';
import { nearSkus } from './near-skus.ts';

/** So many SKUs that could be meant are looked up at most. */
const MOST_NEAR = 5_000;

type Finder = Pick<Api, 'shop' | 'productsById' | 'productsBySku' | 'levelsById'>;

/**
 * Finds what the rows of a file name, and products whose SKUs are near to those that nobody
 * has.
 * @throws {ApiFailure}
 */
export async function loadShop(api: Finder, rows: readonly RowTexts[]): Promise<LoadedShop> {
  const { id, currency } = valueOf(await api.shop());
  const { ids, skus } = namesIn(rows, id);
  const namedProducts = [
    ...valueOf(await api.productsById(ids)),
    ...valueOf(await api.productsBySku(skus)),
  ];
  const presentSkus = new Set(namedProducts.map(({ sku }) => sku));
  const nearbySkus = [...new Set(skus.filter((sku) => !presentSkus.has(sku)).flatMap(nearSkus))];
  const products = new Map<string, Product>(
    [...namedProducts, ...valueOf(await api.productsBySku(nearbySkus.slice(0, MOST_NEAR)))].map(
      (one) => [one.id, one],
    ),
  );
  const levels = valueOf(await api.levelsById([...new Set(namedProducts.map((one) => one.id))]));
  return { id, currency, products: [...products.values()], levels };
}
