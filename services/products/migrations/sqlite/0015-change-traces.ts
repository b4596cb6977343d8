import { sql, type Kysely } from 'kysely';

/** Where a change was traced; null where nobody was told of it, and in changes of before. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE product_changes ADD COLUMN traceparent TEXT`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE product_changes DROP COLUMN traceparent`.execute(db);
}
