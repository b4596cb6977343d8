import { randomUUID } from 'node:crypto';
import { sql, type Kysely } from 'kysely';

/** How many locks the owners of reservations share. */
const HOLD_LOCKS = 1_024;

/** In percent: batches change the levels, and a page has room for their next versions. */
const LEVEL_FILLFACTOR = 30;

/**
 * The ledger as SQLite has it, with what several writers need: `log_head` gives out the positions
 * and is locked last, `hold_locks` are locked by those who count what an owner holds. Texts compare
 * by their bytes. Nothing here is what distributed engines lack.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createLevels(db);
  await createPurchases(db);
  await createLog(db);
  await createReservations(db);
  await createLeases(db);
  await sql`
    CREATE TABLE idempotency_records (
      scope TEXT COLLATE "C" NOT NULL,
      key TEXT COLLATE "C" NOT NULL,
      fingerprint TEXT NOT NULL,
      outcome TEXT NOT NULL,
      at TEXT COLLATE "C" NOT NULL,
      format BIGINT,
      -- Added to the positions in the outcome: they count from the start of its batch.
      base BIGINT NOT NULL,
      PRIMARY KEY (key, scope)
    )`.execute(db);
  await sql`CREATE INDEX idempotency_records_by_time ON idempotency_records (at)`.execute(db);
  // The id of the latest purchase whose record was old.
  await sql`CREATE TABLE record_upkeep (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), pruned TEXT COLLATE "C" NOT NULL)`.execute(
    db,
  );
  await sql`INSERT INTO record_upkeep (only_row, pruned) VALUES (1, '')`.execute(db);
  await sql`CREATE TABLE relay_cursors (relay TEXT COLLATE "C" PRIMARY KEY, position BIGINT NOT NULL)`.execute(
    db,
  );
}

async function createLevels(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE levels (
      product_id BIGINT NOT NULL,
      location TEXT COLLATE "C" NOT NULL,
      on_hand BIGINT NOT NULL CHECK (on_hand BETWEEN 0 AND 1000000000),
      reserved BIGINT NOT NULL CHECK (reserved BETWEEN 0 AND on_hand),
      low_stock_threshold BIGINT,
      sequence BIGINT NOT NULL,
      version BIGINT NOT NULL,
      updated_at TEXT COLLATE "C" NOT NULL,
      PRIMARY KEY (product_id, location)
    ) WITH (fillfactor = ${sql.lit(LEVEL_FILLFACTOR)})`.execute(db);
  await sql`
    CREATE TABLE movements (
      position BIGINT PRIMARY KEY,
      product_id BIGINT NOT NULL,
      location TEXT COLLATE "C" NOT NULL,
      sequence BIGINT NOT NULL,
      kind TEXT COLLATE "C" NOT NULL,
      on_hand_delta BIGINT NOT NULL,
      reserved_delta BIGINT NOT NULL,
      on_hand_after BIGINT NOT NULL,
      reserved_after BIGINT NOT NULL,
      purchase_id TEXT COLLATE "C",
      reservation_id TEXT COLLATE "C",
      reason TEXT COLLATE "C",
      made_low BIGINT NOT NULL,
      actor TEXT COLLATE "C" NOT NULL,
      at TEXT COLLATE "C" NOT NULL,
      traceparent TEXT,
      UNIQUE (product_id, location, sequence)
    )`.execute(db);
  await sql`CREATE INDEX movements_returns ON movements (purchase_id) WHERE kind = 'return'`.execute(
    db,
  );
}

async function createPurchases(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE purchases (
      id TEXT COLLATE "C" PRIMARY KEY,
      reference TEXT COLLATE "C",
      currency TEXT COLLATE "C" NOT NULL,
      currency_decimals BIGINT NOT NULL,
      total BIGINT NOT NULL,
      lines TEXT NOT NULL,
      owner TEXT COLLATE "C" NOT NULL,
      actor TEXT COLLATE "C" NOT NULL,
      at TEXT COLLATE "C" NOT NULL,
      first_position BIGINT NOT NULL,
      last_position BIGINT NOT NULL,
      idempotency_scope TEXT COLLATE "C",
      idempotency_key TEXT COLLATE "C",
      fingerprint TEXT,
      record_format BIGINT,
      key_hash BIGINT,
      traceparent TEXT
    )`.execute(db);
  await sql`CREATE INDEX purchases_by_owner ON purchases (owner, id)`.execute(db);
  await sql`CREATE INDEX purchases_by_key_hash ON purchases (key_hash) WHERE key_hash IS NOT NULL`.execute(
    db,
  );
}

async function createLog(db: Kysely<unknown>): Promise<void> {
  // `clash` is set to whether a key of the batch has a record already: then nothing of it is saved.
  await sql`
    CREATE TABLE log_head (
      only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
      position BIGINT NOT NULL,
      clash BOOLEAN NOT NULL CONSTRAINT log_head_clash CHECK (NOT clash)
    ) WITH (fillfactor = 10)`.execute(db);
  await sql`INSERT INTO log_head (only_row, position, clash) VALUES (1, 0, FALSE)`.execute(db);
  // Names the log in the source of its events.
  await sql`CREATE TABLE log (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), id TEXT NOT NULL)`.execute(
    db,
  );
  await sql`INSERT INTO log (only_row, id) VALUES (1, ${sql.lit(randomUUID().replaceAll('-', ''))})`.execute(
    db,
  );
}

async function createReservations(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE reservations (
      id TEXT COLLATE "C" PRIMARY KEY,
      status TEXT COLLATE "C" NOT NULL CHECK (status IN ('active', 'confirmed', 'released', 'expired')),
      reference TEXT COLLATE "C",
      currency TEXT COLLATE "C" NOT NULL,
      currency_decimals BIGINT NOT NULL,
      total BIGINT NOT NULL,
      lines TEXT NOT NULL,
      expires_at TEXT COLLATE "C" NOT NULL,
      purchase_id TEXT COLLATE "C",
      owner TEXT COLLATE "C" NOT NULL,
      actor TEXT COLLATE "C" NOT NULL,
      at TEXT COLLATE "C" NOT NULL
    )`.execute(db);
  await sql`CREATE INDEX reservations_by_owner ON reservations (owner, id)`.execute(db);
  await sql`CREATE INDEX reservations_by_expiry ON reservations (expires_at, id)`.execute(db);
  await sql`CREATE INDEX reservations_by_owner_expiry ON reservations (owner, expires_at, id)`.execute(
    db,
  );
  await sql`CREATE INDEX reservations_active ON reservations (id) WHERE status = 'active'`.execute(
    db,
  );
  await sql`CREATE INDEX reservations_live_by_owner ON reservations (owner) WHERE status = 'active'`.execute(
    db,
  );
  await sql`
    CREATE TABLE holds (
      product_id BIGINT NOT NULL,
      location TEXT COLLATE "C" NOT NULL,
      expires_at TEXT COLLATE "C" NOT NULL,
      reservation_id TEXT COLLATE "C" NOT NULL,
      quantity BIGINT NOT NULL,
      PRIMARY KEY (product_id, location, expires_at, reservation_id)
    )`.execute(db);
  await sql`CREATE INDEX holds_by_expiry ON holds (expires_at, reservation_id)`.execute(db);
  await sql`CREATE INDEX holds_by_reservation ON holds (reservation_id)`.execute(db);
  await sql`CREATE TABLE hold_locks (number BIGINT PRIMARY KEY)`.execute(db);
  await sql`INSERT INTO hold_locks (number) SELECT n FROM generate_series(0, ${sql.lit(HOLD_LOCKS - 1)}) AS n`.execute(
    db,
  );
}

/** Each is the right of one replica to do a task. */
async function createLeases(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE leases (
      name TEXT COLLATE "C" PRIMARY KEY,
      holder TEXT COLLATE "C" NOT NULL,
      epoch BIGINT NOT NULL,
      until_ms BIGINT NOT NULL
    ) WITH (fillfactor = 10)`.execute(db);
  await sql`INSERT INTO leases (name, holder, epoch, until_ms) VALUES ('upkeep', '', 0, 0)`.execute(
    db,
  );
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const table of [
    'leases',
    'hold_locks',
    'holds',
    'reservations',
    'relay_cursors',
    'record_upkeep',
    'idempotency_records',
    'log',
    'log_head',
    'purchases',
    'movements',
    'levels',
  ])
    await sql`DROP TABLE ${sql.table(table)}`.execute(db);
}
