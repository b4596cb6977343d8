import { sql, type Kysely } from 'kysely';

/**
 * A search goes by plain tables instead of an index of trigrams that only SQLite has. They have the
 * words of each product, and of each word what it ends with (`src/domain/search-words.ts`): so a
 * range finds any part of a word. The store keeps them in step inside the transaction of the
 * change. The service makes the words of the products that are there, as it does of all whose
 * `folded_version` is not their version; until then searches compare texts.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const statement of DOWN) await sql.raw(statement).execute(db);
}

/** The release before searches by the index that goes. */
export const contract = true;

const UP = [
  ...['insert', 'update', 'delete'].map((change) => `DROP TRIGGER product_search_${change}`),
  'DROP TABLE product_search',
  'DROP VIEW searchable_products',
  `CREATE TABLE product_words (
    word TEXT NOT NULL,
    product_id INTEGER NOT NULL,
    PRIMARY KEY (word, product_id)
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE word_endings (
    ending TEXT NOT NULL,
    word TEXT NOT NULL,
    PRIMARY KEY (ending, word)
  ) STRICT, WITHOUT ROWID`,
  // No product has the version 0.
  'UPDATE products SET folded_version = 0 WHERE deleted_at IS NULL',
];

const addText = `INSERT INTO product_search (rowid, search_text)
  SELECT new.id, new.search_text WHERE new.deleted_at IS NULL`;
const takeText = `INSERT INTO product_search (product_search, rowid, search_text)
  SELECT 'delete', old.id, old.search_text WHERE old.deleted_at IS NULL`;

const DOWN = [
  'DROP TABLE word_endings',
  'DROP TABLE product_words',
  'CREATE VIEW searchable_products AS SELECT id, search_text FROM products WHERE deleted_at IS NULL',
  `CREATE VIRTUAL TABLE product_search USING fts5 (
    search_text, content = 'searchable_products', content_rowid = 'id', tokenize = 'trigram case_sensitive 1', columnsize = 0
  )`,
  `INSERT INTO product_search (product_search) VALUES ('rebuild')`,
  `CREATE TRIGGER product_search_insert AFTER INSERT ON products BEGIN ${addText}; END`,
  `CREATE TRIGGER product_search_update AFTER UPDATE OF search_text, deleted_at ON products
    WHEN old.search_text <> new.search_text OR (old.deleted_at IS NULL) <> (new.deleted_at IS NULL)
    BEGIN ${takeText}; ${addText}; END`,
  `CREATE TRIGGER product_search_delete AFTER DELETE ON products BEGIN ${takeText}; END`,
];
