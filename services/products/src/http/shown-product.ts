import type { Caller } from '@anaquel/runtime';
import {
  productView,
  shopView,
  type ProductView,
  type ShopView,
} from '../application/product-view.ts';
import type { Product } from '../domain/product.ts';
import { seesAll } from './visibility.ts';

export type ShownProduct = ShopView & Partial<ProductView>;

/** What a caller may see of a product that it may see. */
export function shownTo(caller: Caller, product: Product): ShownProduct {
  return seesAll(caller) ? productView(product) : shopView(product);
}

/** A word for what a caller may see of products: the same for callers who see the same. */
export function shownPart(caller: Caller): string {
  return seesAll(caller) ? 'all' : 'shop';
}
