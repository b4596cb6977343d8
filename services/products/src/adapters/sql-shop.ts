import type { Kysely } from 'kysely';
import type { ProductsDatabase } from './sql-schema.ts';

/** The id that the database got when it was made. A copy of the database has the same. */
export async function findShopId(db: Kysely<ProductsDatabase>): Promise<string> {
  const { id } = await db.selectFrom('shop').select('id').executeTakeFirstOrThrow();
  return id;
}
