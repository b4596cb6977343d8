import { sql, type Kysely } from 'kysely';

/** What names the log of changes in the source of its events. The single row is made here, once. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`CREATE TABLE log (only INTEGER PRIMARY KEY CHECK (only = 1), id TEXT NOT NULL) STRICT`.execute(
    db,
  );
  await sql`INSERT INTO log (only, id) VALUES (1, lower(hex(randomblob(16))))`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`DROP TABLE log`.execute(db);
}
