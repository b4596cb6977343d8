import { sql, type ByKind, type Sql } from '@anaquel/runtime/sql';
import type { ServiceName } from '../../services/manifest.ts';

const OF_LEVELS = sql`select coalesce(max(product_id), 0) from levels`;

/**
 * The highest id of a product that Inventory knows, and the highest that Products has given out.
 * Products gives none twice only if its own is at least that of Inventory.
 */
export const highestProduct: Readonly<Record<ServiceName, ByKind<Sql>>> = {
  inventory: { sqlite: OF_LEVELS, postgres: OF_LEVELS },
  products: {
    sqlite: sql`select coalesce(max(seq), 0) from sqlite_sequence where name = 'products'`,
    postgres: sql`select latest from product_ids`,
  },
};
