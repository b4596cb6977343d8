import { sql, type Kysely } from 'kysely';

/**
 * What was counted and when, of a count that was taken before it was recorded. The index has only
 * counts: a purchase pays nothing for it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE movements ADD COLUMN counted_on_hand BIGINT`.execute(db);
  await sql`ALTER TABLE movements ADD COLUMN counted_at TEXT COLLATE "C"`.execute(db);
  await sql`CREATE INDEX movements_counts ON movements (product_id, location, sequence) WHERE kind = 'count'`.execute(
    db,
  );
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`DROP INDEX movements_counts`.execute(db);
  await sql`ALTER TABLE movements DROP COLUMN counted_at`.execute(db);
  await sql`ALTER TABLE movements DROP COLUMN counted_on_hand`.execute(db);
}
