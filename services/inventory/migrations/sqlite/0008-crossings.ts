import { sql, type Kysely } from 'kysely';

/**
 * Whether a movement brought the available units to zero or from zero, and how it left a
 * reservation. Null in most movements, and in all that earlier releases made: those have no events
 * of it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE movements ADD COLUMN crossing TEXT`.execute(db);
  await sql`ALTER TABLE movements ADD COLUMN reservation_change TEXT`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE movements DROP COLUMN reservation_change`.execute(db);
  await sql`ALTER TABLE movements DROP COLUMN crossing`.execute(db);
}
