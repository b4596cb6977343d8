import { priceOf } from '../domain/product.ts';
import type { Product } from '../domain/product.ts';

/** A product as clients and events show it; its id and version stand beside it. */
export function productView(product: Product) {
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
