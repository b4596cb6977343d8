import { sql, type Kysely } from 'kysely';

/**
 * An id of the shop, so that the ids of its products mean nothing to another one. The single row is
 * made here, once.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`CREATE TABLE shop (only INTEGER PRIMARY KEY CHECK (only = 1), id TEXT NOT NULL) STRICT`.execute(
    db,
  );
  await sql`INSERT INTO shop (only, id) VALUES (1, lower(hex(randomblob(16))))`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`DROP TABLE shop`.execute(db);
}
