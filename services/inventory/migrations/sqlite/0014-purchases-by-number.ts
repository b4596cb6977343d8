import { sql, type Kysely } from 'kysely';

/** As they are written in the schema by now: what is taken back leaves the text of before. */
const COLUMNS = `
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
    , idempotency_scope TEXT, idempotency_key TEXT, fingerprint TEXT, record_format INTEGER, key_hash INTEGER, traceparent TEXT`;

/**
 * Purchases in the order of their numbers: a batch is added at the end of the table, and indexes
 * name a row by its number in place of its id.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await rebuild(
    db,
    `CREATE TABLE purchases (number INTEGER PRIMARY KEY, id TEXT NOT NULL,${COLUMNS}) STRICT`,
  );
  await sql`CREATE UNIQUE INDEX purchases_by_id ON purchases (id)`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await rebuild(
    db,
    `CREATE TABLE purchases (
      id TEXT PRIMARY KEY,${COLUMNS}, number INTEGER) STRICT, WITHOUT ROWID`,
  );
  await sql`CREATE UNIQUE INDEX purchases_by_number ON purchases (number)`.execute(db);
}

/** Makes the table anew, with its rows. Both tables have the same columns in two orders. */
async function rebuild(db: Kysely<unknown>, table: string): Promise<void> {
  await sql`ALTER TABLE purchases RENAME TO old_purchases`.execute(db);
  await sql.raw(table).execute(db);
  const { rows } = await sql<{
    name: string;
  }>`SELECT name FROM pragma_table_info('purchases')`.execute(db);
  const names = sql.join(rows.map(({ name }) => sql.ref(name)));
  // Every purchase has a number. One without, which only damage explains, gets the next: `verify`
  // then names it.
  for (const [numbered, order] of [
    ['NOT NULL', 'number'],
    ['NULL', 'first_position'],
  ] as const)
    await sql`
      INSERT INTO purchases (${names}) SELECT ${names} FROM old_purchases
      WHERE number IS ${sql.raw(numbered)} ORDER BY ${sql.ref(order)}`.execute(db);
  await sql`DROP TABLE old_purchases`.execute(db);
  await sql`CREATE INDEX purchases_by_owner ON purchases (owner, id)`.execute(db);
  await sql`CREATE INDEX purchases_by_key_hash ON purchases (key_hash) WHERE key_hash IS NOT NULL`.execute(
    db,
  );
  await sql`CREATE INDEX purchases_by_reference ON purchases (reference) WHERE reference IS NOT NULL`.execute(
    db,
  );
}
