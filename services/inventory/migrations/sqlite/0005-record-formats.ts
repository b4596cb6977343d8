import { sql, type Kysely } from 'kysely';

/**
 * How a record is written, so that later releases read it. Null is of the releases that numbered
 * none, which may still run beside this one.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE idempotency_records ADD COLUMN format INTEGER`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE idempotency_records DROP COLUMN format`.execute(db);
}
