import { sql, type Kysely } from 'kysely';

/** Returns by time, for sums of what was sold. No other movement pays for it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`CREATE INDEX movements_returns_by_time ON movements (at, position) WHERE kind = 'return'`.execute(
    db,
  );
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`DROP INDEX movements_returns_by_time`.execute(db);
}
