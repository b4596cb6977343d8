import type { Selectable } from 'kysely';
import { comparablePrice } from '../domain/product.ts';
import type { NewProduct, Product } from '../domain/product.ts';
import { nameKey, searchText } from '../domain/search-text.ts';
import type { ProductsDatabase } from './sql-schema.ts';

type Row = Selectable<ProductsDatabase['products']>;

/** The columns that a product is made of; the others are derived from it. */
export const COLUMNS = [
  'id',
  'sku',
  'name',
  'description',
  'price_minor',
  'currency',
  'status',
  'image_url',
  'tags',
  'version',
  'created_at',
  'updated_at',
] as const satisfies (keyof Row)[];

export type ProductRow = Pick<Row, (typeof COLUMNS)[number]>;

/** Every column that a change writes: one that is missing here does not compile. */
export function columnsOf(product: NewProduct): Omit<Row, 'id' | 'created_at' | 'deleted_at'> {
  return {
    sku: product.sku,
    name: product.name,
    description: product.description,
    price_minor: product.priceMinor,
    currency: product.currency,
    status: product.status,
    image_url: product.imageUrl,
    tags: JSON.stringify(product.tags),
    version: product.version,
    updated_at: product.updatedAt,
    name_sort: nameKey(product.name),
    price_sort: comparablePrice(product),
    search_text: searchText(product),
    folded_version: product.version,
  };
}

export function toProduct(row: ProductRow): Product {
  return {
    id: row.id,
    sku: row.sku,
    name: row.name,
    description: row.description,
    priceMinor: row.price_minor,
    currency: row.currency,
    status: row.status,
    imageUrl: row.image_url,
    // Written by columnsOf() above.
    tags: row.tags === '[]' ? [] : (JSON.parse(row.tags) as string[]),
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
