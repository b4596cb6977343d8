import { sql, type Kysely } from 'kysely';

/**
 * Products and the log of their changes. AUTOINCREMENT, because a plain key gives the id of a
 * deleted newest row again. The single row of `log_head` hands out positions inside the transaction
 * of the change, so that they have no gaps and follow the commits. Columns that are derived
 * (`price_sort`, `name_sort`, `search_text`) are written by the store with the rest of the row.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE products (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      sku TEXT,
      name TEXT NOT NULL,
      description TEXT,
      price_minor INTEGER NOT NULL CHECK (price_minor >= 0),
      currency TEXT NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('active', 'draft', 'archived')),
      image_url TEXT,
      tags TEXT NOT NULL,
      version INTEGER NOT NULL,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      deleted_at TEXT,
      name_sort TEXT NOT NULL,
      price_sort INTEGER NOT NULL,
      search_text TEXT NOT NULL
    ) STRICT`.execute(db);
  await sql`CREATE UNIQUE INDEX products_sku ON products (sku) WHERE deleted_at IS NULL`.execute(
    db,
  );
  for (const column of ['id', 'name_sort', 'price_sort', 'created_at', 'updated_at']) {
    // Each order of a list, within a status (what callers without write access see) and over all.
    const key = column === 'id' ? sql`id` : sql`${sql.ref(column)}, id`;
    await sql`CREATE INDEX ${sql.id(`products_status_${column}`)} ON products (status, ${key}) WHERE deleted_at IS NULL`.execute(
      db,
    );
    await sql`CREATE INDEX ${sql.id(`products_${column}`)} ON products (${key}) WHERE deleted_at IS NULL`.execute(
      db,
    );
  }
  await sql`
    CREATE TABLE product_changes (
      position INTEGER PRIMARY KEY,
      product_id INTEGER NOT NULL REFERENCES products (id),
      kind TEXT NOT NULL CHECK (kind IN ('created', 'updated', 'deleted')),
      product TEXT NOT NULL,
      actor TEXT NOT NULL,
      at TEXT NOT NULL
    ) STRICT`.execute(db);
  await sql`CREATE TABLE log_head (only INTEGER PRIMARY KEY CHECK (only = 1), position INTEGER NOT NULL) STRICT`.execute(
    db,
  );
  await sql`INSERT INTO log_head (only, position) VALUES (1, 0)`.execute(db);
  await sql`CREATE TABLE relay_cursors (relay TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID`.execute(
    db,
  );
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const table of ['relay_cursors', 'log_head', 'product_changes', 'products']) {
    await sql`DROP TABLE ${sql.table(table)}`.execute(db);
  }
}
