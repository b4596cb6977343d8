import { sql, type Kysely } from 'kysely';

/**
 * Products, the log of their changes, and what lists and searches go by: the tables of SQLite's
 * latest migration. There is nothing in them that distributed engines of PostgreSQL's protocol
 * lack: no trigger, no sequence. What triggers do on SQLite, the store does.
 *
 * The order of texts is that of their code points, as on SQLite. The single rows of `product_ids`
 * and `log_head` hand out ids and positions inside the transaction of the change, so that these
 * have no gaps, follow the commits, and are never given twice.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const table of TABLES) await sql`DROP TABLE ${sql.table(table)}`.execute(db);
}

const TABLES = [
  'relay_cursors',
  'log',
  'log_head',
  'product_ids',
  'product_changes',
  'word_endings',
  'product_words',
  'product_tags',
  'product_counts',
  'leases',
  'shop',
  'products',
];

const text = 'TEXT COLLATE "C"';

/** Room beside a few rows for their next versions, so that no index has to follow. */
const MANY_UPDATES = 'WITH (fillfactor = 10)';

const randomId = `replace(cast(gen_random_uuid() AS text), '-', '')`;

/** Each order of a list, within a status (what callers without write access see) and over all. */
const orders = ['name_sort', 'price_sort', 'created_at', 'updated_at', 'sku_sort'].flatMap(
  (column) => [
    `CREATE INDEX products_status_${column} ON products (status, ${column}, id) WHERE deleted_at IS NULL`,
    `CREATE INDEX products_${column} ON products (${column}, id) WHERE deleted_at IS NULL`,
  ],
);

const UP = [
  `CREATE TABLE products (
    id BIGINT PRIMARY KEY,
    sku ${text},
    name ${text} NOT NULL,
    description ${text},
    price_minor BIGINT NOT NULL CHECK (price_minor >= 0),
    currency ${text} NOT NULL,
    status ${text} NOT NULL CHECK (status IN ('active', 'draft', 'archived')),
    image_url ${text},
    tags ${text} NOT NULL,
    version BIGINT NOT NULL,
    created_at ${text} NOT NULL,
    updated_at ${text} NOT NULL,
    deleted_at ${text},
    name_sort ${text} NOT NULL,
    price_sort BIGINT NOT NULL,
    search_text ${text} NOT NULL,
    folded_version BIGINT NOT NULL,
    text_form BIGINT NOT NULL,
    sku_sort ${text} GENERATED ALWAYS AS (coalesce(sku, '')) STORED
  )`,
  'CREATE UNIQUE INDEX products_sku ON products (sku) WHERE deleted_at IS NULL',
  'CREATE INDEX products_status_id ON products (status, id) WHERE deleted_at IS NULL',
  'CREATE INDEX products_currency ON products (currency) WHERE deleted_at IS NULL',
  'CREATE INDEX products_unfolded ON products (id) WHERE folded_version <> version AND deleted_at IS NULL',
  'CREATE INDEX products_text_form ON products (text_form, id) WHERE deleted_at IS NULL',
  ...orders,
  `CREATE TABLE product_counts (
    status ${text} PRIMARY KEY,
    products BIGINT NOT NULL CHECK (products >= 0)
  ) ${MANY_UPDATES}`,
  `INSERT INTO product_counts (status, products) VALUES ('active', 0), ('draft', 0), ('archived', 0)`,
  // Each is the right of one replica to do a task.
  `CREATE TABLE leases (
    name ${text} PRIMARY KEY,
    holder ${text} NOT NULL,
    epoch BIGINT NOT NULL,
    until_ms BIGINT NOT NULL
  ) ${MANY_UPDATES}`,
  `INSERT INTO leases (name, holder, epoch, until_ms) VALUES ('upkeep', '', 0, 0)`,
  `CREATE TABLE product_tags (
    visibility ${text} NOT NULL CHECK (visibility IN ('active', 'all')),
    tag ${text} NOT NULL,
    products BIGINT NOT NULL CHECK (products >= 0),
    name_sort ${text} NOT NULL,
    PRIMARY KEY (tag, visibility)
  )`,
  `CREATE TABLE product_words (
    word ${text} NOT NULL,
    product_id BIGINT NOT NULL,
    PRIMARY KEY (word, product_id)
  )`,
  `CREATE TABLE word_endings (
    ending ${text} NOT NULL,
    word ${text} NOT NULL,
    PRIMARY KEY (ending, word)
  )`,
  `CREATE TABLE product_changes (
    position BIGINT PRIMARY KEY,
    product_id BIGINT NOT NULL,
    kind ${text} NOT NULL CHECK (kind IN ('created', 'updated', 'deleted')),
    product ${text} NOT NULL,
    actor ${text} NOT NULL,
    at ${text} NOT NULL
  )`,
  `CREATE TABLE product_ids (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), latest BIGINT NOT NULL) ${MANY_UPDATES}`,
  'INSERT INTO product_ids VALUES (1, 0)',
  `CREATE TABLE log_head (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), position BIGINT NOT NULL) ${MANY_UPDATES}`,
  'INSERT INTO log_head VALUES (1, 0)',
  `CREATE TABLE log (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), id ${text} NOT NULL)`,
  `INSERT INTO log VALUES (1, ${randomId})`,
  `CREATE TABLE relay_cursors (relay ${text} PRIMARY KEY, position BIGINT NOT NULL)`,
  `CREATE TABLE shop (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), id ${text} NOT NULL)`,
  `INSERT INTO shop VALUES (1, ${randomId})`,
];
