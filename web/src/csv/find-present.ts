import { valueOf, type Api, type Product } from '../api/index.ts';
import type { RowTexts } from './column-mapping.ts';
import { namesIn, type PresentShop } from './import-plan.ts';
import { nearSkus } from './near-skus.ts';

/** So many references that could be meant are looked up at most. */
const MOST_NEAR = 5_000;

type Finder = Pick<Api, 'shop' | 'productsById' | 'productsBySku' | 'levelsById'>;

/**
 * Finds what the rows of a file name, and products whose references are near to those that nobody
 * has.
 * @throws {ApiFailure}
 */
export async function findPresent(api: Finder, rows: readonly RowTexts[]): Promise<PresentShop> {
  const { id, currency } = valueOf(await api.shop());
  const { ids, skus } = namesIn(rows, id);
  const named = [
    ...valueOf(await api.productsById(ids)),
    ...valueOf(await api.productsBySku(skus)),
  ];
  const found = new Set(named.map(({ sku }) => sku));
  const near = [...new Set(skus.filter((sku) => !found.has(sku)).flatMap(nearSkus))];
  const products = new Map<string, Product>(
    [...named, ...valueOf(await api.productsBySku(near.slice(0, MOST_NEAR)))].map((one) => [
      one.id,
      one,
    ]),
  );
  const levels = valueOf(await api.levelsById([...new Set(named.map((one) => one.id))]));
  return { id, currency, products: [...products.values()], levels };
}
