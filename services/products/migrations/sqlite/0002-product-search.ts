import { sql, type Kysely } from 'kysely';

/**
 * What keeps lists and searches quick among many products: how many there are of each status, and
 * an index of the trigrams of `search_text`, which finds any part of a text that has three
 * characters or more (https://sqlite.org/fts5.html#the_trigram_tokenizer). Triggers keep both in
 * step inside the transaction of the change, also under code that knows nothing of them. Neither
 * holds deleted products.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [...COUNTS, ...SEARCH, ...ORDER]) await sql.raw(statement).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const trigger of ['counts_insert', 'counts_update', 'counts_delete'])
    await sql.raw(`DROP TRIGGER product_${trigger}`).execute(db);
  for (const trigger of ['search_insert', 'search_update', 'search_delete'])
    await sql.raw(`DROP TRIGGER product_${trigger}`).execute(db);
  await sql`DROP INDEX products_status_sku`.execute(db);
  await sql`DROP TABLE product_search`.execute(db);
  await sql`DROP VIEW searchable_products`.execute(db);
  await sql`DROP TABLE product_counts`.execute(db);
}

const addOne = 'UPDATE product_counts SET products = products + 1 WHERE status = new.status';
const takeOne = 'UPDATE product_counts SET products = products - 1 WHERE status = old.status';

const COUNTS = [
  `CREATE TABLE product_counts (
    status TEXT PRIMARY KEY,
    products INTEGER NOT NULL CHECK (products >= 0)
  ) STRICT, WITHOUT ROWID`,
  `INSERT INTO product_counts (status, products)
    SELECT statuses.column1, (SELECT count(*) FROM products WHERE status = statuses.column1 AND deleted_at IS NULL)
    FROM (VALUES ('active'), ('draft'), ('archived')) AS statuses`,
  `CREATE TRIGGER product_counts_insert AFTER INSERT ON products WHEN new.deleted_at IS NULL
    BEGIN ${addOne}; END`,
  `CREATE TRIGGER product_counts_update AFTER UPDATE OF status, deleted_at ON products
    WHEN old.status <> new.status OR (old.deleted_at IS NULL) <> (new.deleted_at IS NULL)
    BEGIN ${takeOne} AND old.deleted_at IS NULL; ${addOne} AND new.deleted_at IS NULL; END`,
  `CREATE TRIGGER product_counts_delete AFTER DELETE ON products WHEN old.deleted_at IS NULL
    BEGIN ${takeOne}; END`,
];

const addText = `INSERT INTO product_search (rowid, search_text)
  SELECT new.id, new.search_text WHERE new.deleted_at IS NULL`;
// The index keeps no copy of the text, so it has to be told what it held.
const takeText = `INSERT INTO product_search (product_search, rowid, search_text)
  SELECT 'delete', old.id, old.search_text WHERE old.deleted_at IS NULL`;

const SEARCH = [
  'CREATE VIEW searchable_products AS SELECT id, search_text FROM products WHERE deleted_at IS NULL',
  // The texts are folded already, and nothing is ranked.
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

/** The one order that had no index within a status. */
const ORDER = [
  'CREATE INDEX products_status_sku ON products (status, sku, id) WHERE deleted_at IS NULL',
];
