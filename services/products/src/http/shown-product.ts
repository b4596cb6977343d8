import type { Caller } from '@anaquel/runtime';
import { productView, type ProductView } from '../application/product-view.ts';
import type { Product } from '../domain/product.ts';
import { seesAll } from './visibility.ts';

type Reordering = 'supplier' | 'leadTimeDays';

/** Where a product comes from, and how long it takes, is for those who order it. */
export type ShownProduct = Omit<ProductView, Reordering> & Partial<Pick<ProductView, Reordering>>;

/** What a caller may see of a product that it may see. */
export function shownTo(caller: Caller, product: Product): ShownProduct {
  const view = productView(product);
  if (seesAll(caller)) return view;
  const { supplier: _supplier, leadTimeDays: _leadTimeDays, ...shown } = view;
  return shown;
}

/** A word for what a caller may see of products: the same for callers who see the same. */
export function shownPart(caller: Caller): string {
  return seesAll(caller) ? 'all' : 'shop';
}
