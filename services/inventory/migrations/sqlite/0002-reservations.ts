import { sql, type Kysely } from 'kysely';

/**
 * Reservations, and what the active ones hold of each level in the order in which it runs out, so
 * that a reader and the writer find what is due on a level without looking at the rest. Returns are
 * few: a partial index finds those of a purchase.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE reservations (
      id TEXT PRIMARY KEY,
      status TEXT NOT NULL CHECK (status IN ('active', 'confirmed', 'released', 'expired')),
      reference TEXT,
      currency TEXT NOT NULL,
      currency_decimals INTEGER NOT NULL,
      total INTEGER NOT NULL,
      lines TEXT NOT NULL,
      expires_at TEXT NOT NULL,
      purchase_id TEXT,
      owner TEXT NOT NULL,
      actor TEXT NOT NULL,
      at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`.execute(db);
  await sql`CREATE INDEX reservations_by_owner ON reservations (owner, id)`.execute(db);
  await sql`
    CREATE TABLE holds (
      product_id INTEGER NOT NULL,
      location TEXT NOT NULL,
      expires_at TEXT NOT NULL,
      reservation_id TEXT NOT NULL,
      quantity INTEGER NOT NULL,
      PRIMARY KEY (product_id, location, expires_at, reservation_id)
    ) STRICT, WITHOUT ROWID`.execute(db);
  await sql`CREATE INDEX holds_by_expiry ON holds (expires_at)`.execute(db);
  await sql`ALTER TABLE movements ADD COLUMN reservation_id TEXT`.execute(db);
  await sql`ALTER TABLE movements ADD COLUMN made_low INTEGER NOT NULL DEFAULT 0`.execute(db);
  await sql`CREATE INDEX movements_returns ON movements (purchase_id) WHERE kind = 'return'`.execute(
    db,
  );
}

export async function down(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ held: number }>`SELECT count(*) AS held FROM holds`.execute(db);
  // Without its reservation, what is reserved would stay so for ever.
  if (rows[0]?.held !== 0)
    throw new Error('reservations hold stock; release them, or wait until they expire.');
  await sql`DROP INDEX movements_returns`.execute(db);
  await sql`ALTER TABLE movements DROP COLUMN made_low`.execute(db);
  await sql`ALTER TABLE movements DROP COLUMN reservation_id`.execute(db);
  await sql`DROP TABLE holds`.execute(db);
  await sql`DROP TABLE reservations`.execute(db);
}
