import { sql, type Kysely } from 'kysely';

/**
 * What a product cost before a change of its price, as JSON. Null where the price stayed, and in
 * changes that earlier releases wrote: those have no event of their price.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE product_changes ADD COLUMN price_before TEXT`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE product_changes DROP COLUMN price_before`.execute(db);
}
