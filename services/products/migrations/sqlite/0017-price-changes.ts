import { sql, type Kysely } from 'kysely';

/** The way to the prices that one product got, in the log of all changes. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`CREATE INDEX product_changes_price ON product_changes (product_id, position)
    WHERE price_before IS NOT NULL OR kind = 'created'`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`DROP INDEX product_changes_price`.execute(db);
}
