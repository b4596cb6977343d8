import type { Kysely } from 'kysely';
import type { ProductsDatabase } from './sql-schema.ts';

/** When the latest change was made; null where there was none. */
export async function lastInstantOf(db: Kysely<ProductsDatabase>): Promise<Date | null> {
  const latest = await db
    .selectFrom('product_changes')
    .select('at')
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst();
  return latest === undefined ? null : new Date(latest.at);
}
