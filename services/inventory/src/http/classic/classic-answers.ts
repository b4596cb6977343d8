import type { CatalogueAnswer } from '../../application/product-catalogue.ts';
import { majorUnits } from '@anaquel/money';

export interface Dialect {
  /** How `data.id` is written. */
  readonly idOf: (productId: number) => string | number;
  /** The status of an answer to setting the stock. */
  readonly set: 200 | 201;
}

/** Every name that a client may look for: as JSON:API attributes, and once more plain. */
export function stockAnswer(
  productId: number,
  quantity: number,
  { idOf }: Dialect,
  more: object,
): object {
  const members = { product_id: productId, quantity, cantidad: quantity, ...more };
  return { data: { type: 'inventories', id: idOf(productId), attributes: members }, ...members };
}

/** Name and price; of a product that is not active only for those who manage stock. */
export function productMembers(answer: CatalogueAnswer | undefined, manages: boolean): object {
  if (answer?.type !== 'found' || (answer.product.status !== 'active' && !manages)) return {};
  const { name, unitPrice, currency, currencyDecimals } = answer.product;
  const price = majorUnits(unitPrice, currencyDecimals);
  return { name, nombre: name, price, precio: price, currency };
}
