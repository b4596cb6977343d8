import { sql, type Kysely } from 'kysely';

/** The release before finds no record in a purchase's row: it would sell again to a retry. */
export const contract = true;

/**
 * The idempotency record of a purchase in the purchase's own row, found by a hash of its key, so
 * that a sale adds to one tree of random keys in place of two. The service moves the records that
 * are there: those up to the number `unadopted` are still to be looked at. `pruned` is the id of
 * the latest purchase whose record was old. `log` names the log in the source of its events.
 * `traceparent` is where a change was traced.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const column of [
    'idempotency_scope TEXT',
    'idempotency_key TEXT',
    'fingerprint TEXT',
    'record_format INTEGER',
    'key_hash INTEGER',
    'traceparent TEXT',
  ])
    await sql`ALTER TABLE purchases ADD COLUMN ${sql.raw(column)}`.execute(db);
  await sql`CREATE INDEX purchases_by_key_hash ON purchases (key_hash) WHERE key_hash IS NOT NULL`.execute(
    db,
  );
  await sql`ALTER TABLE movements ADD COLUMN traceparent TEXT`.execute(db);
  await sql`
    CREATE TABLE record_upkeep (
      only INTEGER PRIMARY KEY CHECK (only = 1),
      unadopted INTEGER NOT NULL,
      pruned TEXT NOT NULL
    ) STRICT`.execute(db);
  await sql`
    INSERT INTO record_upkeep (only, unadopted, pruned)
    SELECT 1, coalesce(max(number), 0), '' FROM idempotency_records`.execute(db);
  await sql`CREATE TABLE log (only INTEGER PRIMARY KEY CHECK (only = 1), id TEXT NOT NULL) STRICT`.execute(
    db,
  );
  await sql`INSERT INTO log (only, id) VALUES (1, lower(hex(randomblob(16))))`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`
    INSERT INTO idempotency_records (scope, key, fingerprint, outcome, at, format)
    SELECT idempotency_scope, idempotency_key, fingerprint,
      '{"ok":true,"result":{"type":"purchase","purchaseId":"' || id || '"},"position":' ||
        last_position || ',"replayed":false}',
      at, record_format
    FROM purchases WHERE key_hash IS NOT NULL ORDER BY id`.execute(db);
  await sql`DROP TABLE log`.execute(db);
  await sql`DROP TABLE record_upkeep`.execute(db);
  await sql`ALTER TABLE movements DROP COLUMN traceparent`.execute(db);
  await sql`DROP INDEX purchases_by_key_hash`.execute(db);
  for (const column of [
    'traceparent',
    'key_hash',
    'record_format',
    'fingerprint',
    'idempotency_key',
    'idempotency_scope',
  ])
    await sql`ALTER TABLE purchases DROP COLUMN ${sql.ref(column)}`.execute(db);
}
