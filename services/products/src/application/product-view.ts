import { priceOf } from '../domain/product.ts';
import type { Product } from '../domain/product.ts';

/** All that a person decides about a product, its price in major units, and its times. */
export interface ProductView extends Omit<Product, 'id' | 'version' | 'priceMinor'> {
  readonly price: number;
}

/** A product as clients and events show it; its id and version stand beside it. */
export function productView(product: Product): ProductView {
  const { id: _id, version: _version, priceMinor: _priceMinor, ...view } = product;
  return { ...view, price: priceOf(product) };
}
