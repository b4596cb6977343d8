import { sql, type Sql } from '@anaquel/runtime/sql';

/** Takes so many ids for this transaction, and gives the last one. Others that want some wait. */
export function takeIds(count: number): Sql {
  return sql`update product_ids set latest = latest + ${count} returning latest`;
}

/**
 * The id of the product that this transaction adds, for statements that are sent before it is
 * known.
 */
export const LATEST_ID = sql`(select latest from product_ids)`;
