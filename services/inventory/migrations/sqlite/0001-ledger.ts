import { sql, type Kysely } from 'kysely';

/**
 * The ledger. A movement's position is its primary key, so the log needs no other index to be read
 * in order, and the unique sequence is what lists the movements of one product. Records are
 * numbered in the order they were made, so old ones are found at the front without an index on
 * time.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE levels (
      product_id INTEGER NOT NULL,
      location TEXT NOT NULL,
      on_hand INTEGER NOT NULL CHECK (on_hand BETWEEN 0 AND 1000000000),
      reserved INTEGER NOT NULL CHECK (reserved BETWEEN 0 AND on_hand),
      low_stock_threshold INTEGER,
      sequence INTEGER NOT NULL,
      version INTEGER NOT NULL,
      updated_at TEXT NOT NULL,
      PRIMARY KEY (product_id, location)
    ) STRICT, WITHOUT ROWID`.execute(db);
  await sql`
    CREATE TABLE movements (
      position INTEGER PRIMARY KEY,
      product_id INTEGER NOT NULL,
      location TEXT NOT NULL,
      sequence INTEGER NOT NULL,
      kind TEXT NOT NULL,
      on_hand_delta INTEGER NOT NULL,
      reserved_delta INTEGER NOT NULL,
      on_hand_after INTEGER NOT NULL,
      reserved_after INTEGER NOT NULL,
      purchase_id TEXT,
      reason TEXT,
      actor TEXT NOT NULL,
      at TEXT NOT NULL,
      UNIQUE (product_id, location, sequence)
    ) STRICT`.execute(db);
  await sql`
    CREATE TABLE purchases (
      id TEXT PRIMARY KEY,
      reference TEXT,
      currency TEXT NOT NULL,
      currency_decimals INTEGER NOT NULL,
      total INTEGER NOT NULL,
      lines TEXT NOT NULL,
      owner TEXT NOT NULL,
      actor TEXT NOT NULL,
      at TEXT NOT NULL,
      first_position INTEGER NOT NULL,
      last_position INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`.execute(db);
  await sql`CREATE INDEX purchases_by_owner ON purchases (owner, id)`.execute(db);
  await sql`
    CREATE TABLE idempotency_records (
      number INTEGER PRIMARY KEY,
      scope TEXT NOT NULL,
      key TEXT NOT NULL,
      fingerprint TEXT NOT NULL,
      outcome TEXT NOT NULL,
      at TEXT NOT NULL,
      UNIQUE (scope, key)
    ) STRICT`.execute(db);
  await sql`CREATE TABLE relay_cursors (relay TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID`.execute(
    db,
  );
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const table of [
    'relay_cursors',
    'idempotency_records',
    'purchases',
    'movements',
    'levels',
  ]) {
    await sql`DROP TABLE ${sql.table(table)}`.execute(db);
  }
}
