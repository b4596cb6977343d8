import type { ColumnType, Generated } from 'kysely';
import type { ChangeKind } from '../domain/product-change.ts';
import type { ProductStatus } from '../domain/product.ts';

interface ProductTable {
  id: Generated<number>;
  sku: string | null;
  name: string;
  description: string | null;
  price_minor: number;
  currency: string;
  status: ProductStatus;
  image_url: string | null;
  /** A JSON list of texts. */
  tags: string;
  version: number;
  created_at: ColumnType<string, string, never>;
  updated_at: string;
  deleted_at: ColumnType<string | null, never, string>;
  name_sort: string;
  price_sort: number;
  search_text: string;
  /** Of the product that the texts for searches and orders were made of. */
  folded_version: number;
}

/** The tables of `migrations/`, as the adapters see them. */
export interface ProductsDatabase {
  products: ProductTable;
  product_changes: {
    position: number;
    product_id: number;
    kind: ChangeKind;
    /** The product after the change, as JSON. */
    product: string;
    actor: string;
    at: string;
  };
  product_tags: {
    /** Of active products, or of all. */
    visibility: 'active' | 'all';
    tag: string;
    products: number;
    name_sort: string;
  };
  log_head: { only: number; position: number };
  shop: { only: number; id: string };
  relay_cursors: { relay: string; position: number };
}
