import { sql, type Kysely } from 'kysely';

/** What one owner holds, which is counted before it may hold more. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`CREATE INDEX reservations_live_by_owner ON reservations (owner) WHERE status = 'active'`.execute(
    db,
  );
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`DROP INDEX reservations_live_by_owner`.execute(db);
}
