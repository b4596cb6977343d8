import { priceOf } from '../domain/product.ts';
import type { Product, ProductDetails } from '../domain/product.ts';

/** All that a person decides about a product, its price in major units, and its times. */
export interface ProductView extends ProductDetails {
  readonly price: number;
  readonly currency: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A product as clients and events show it; its id and version stand beside it. */
export function productView(product: Product): ProductView {
  const { sku, name, description, currency, status, imageUrl, tags, createdAt, updatedAt } =
    product;
  return {
    sku,
    name,
    description,
    price: priceOf(product),
    currency,
    status,
    imageUrl,
    tags,
    createdAt,
    updatedAt,
  };
}
