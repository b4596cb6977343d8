import { priceOf } from '../domain/product.ts';
import type { Product } from '../domain/product.ts';

/** All that a person decides about a product, its price in major units, and its times. */
export interface ProductView extends Omit<Product, 'id' | 'version' | 'priceMinor'> {
  readonly price: number;
}

/** Where a product comes from, and how long it takes, is for those who order it. */
type Reordering = 'supplier' | 'leadTimeDays';

/** What everybody may see of a product that they may see. */
export type ShopView = Omit<ProductView, Reordering>;

/** A product as clients and events show it; its id and version stand beside it. */
export function productView(product: Product): ProductView {
  const { leadTimeDays, supplier } = product;
  return { ...shopView(product), leadTimeDays, supplier };
}

/** Names each member: to copy all but some takes ten times as long. */
export function shopView(product: Product): ShopView {
  return {
    sku: product.sku,
    name: product.name,
    description: product.description,
    currency: product.currency,
    status: product.status,
    imageUrl: product.imageUrl,
    tags: product.tags,
    barcodes: product.barcodes,
    packSize: product.packSize,
    updatedAt: product.updatedAt,
    createdAt: product.createdAt,
    price: priceOf(product),
  };
}
