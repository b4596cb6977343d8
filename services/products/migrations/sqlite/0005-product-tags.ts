import { sql, type Kysely } from 'kysely';

/**
 * How many products have each tag: of the active ones, which is what shoppers see, and of all.
 * Triggers keep it in step inside the transaction of the change, also under code that knows nothing
 * of it. None holds deleted products. `name_sort` is what tags are sorted by; SQL can't fold, so
 * that it is the tag itself until code that can has seen it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const trigger of ['insert', 'update', 'delete'])
    await sql.raw(`DROP TRIGGER product_tags_${trigger}`).execute(db);
  await sql`DROP TABLE product_tags`.execute(db);
}

type Row = 'old' | 'new';
const tagsOf = (row: Row) => `SELECT DISTINCT value FROM json_each(${row}.tags)`;

const add = (visibility: string, condition: string) => `
  INSERT INTO product_tags (visibility, tag, products, name_sort)
    SELECT '${visibility}', value, 1, value FROM (${tagsOf('new')}) WHERE new.deleted_at IS NULL AND ${condition}
    ON CONFLICT (visibility, tag) DO UPDATE SET products = products + 1;`;
const take = (visibility: string, condition: string) => `
  UPDATE product_tags SET products = products - 1
    WHERE visibility = '${visibility}' AND tag IN (${tagsOf('old')}) AND old.deleted_at IS NULL AND ${condition};`;
const clear = `
  DELETE FROM product_tags
    WHERE visibility IN ('active', 'all') AND tag IN (${tagsOf('old')}) AND products = 0;`;

const addNew = add('all', 'true') + add('active', `new.status = 'active'`);
const takeOld = take('all', 'true') + take('active', `old.status = 'active'`);

const count = (visibility: string, condition: string) => `
  INSERT INTO product_tags (visibility, tag, products, name_sort)
    SELECT '${visibility}', value, count(DISTINCT products.id), value FROM products, json_each(products.tags)
    WHERE deleted_at IS NULL AND ${condition} GROUP BY value`;

const UP = [
  `CREATE TABLE product_tags (
    visibility TEXT NOT NULL CHECK (visibility IN ('active', 'all')),
    tag TEXT NOT NULL,
    products INTEGER NOT NULL CHECK (products >= 0),
    name_sort TEXT NOT NULL,
    PRIMARY KEY (visibility, tag)
  ) STRICT, WITHOUT ROWID`,
  count('all', 'true'),
  count('active', `status = 'active'`),
  `CREATE TRIGGER product_tags_insert AFTER INSERT ON products
    WHEN new.tags <> '[]' BEGIN ${addNew} END`,
  // What stays is counted up before it is counted down, so that it keeps its row.
  `CREATE TRIGGER product_tags_update AFTER UPDATE OF tags, status, deleted_at ON products
    WHEN old.tags <> new.tags OR old.status <> new.status OR (old.deleted_at IS NULL) <> (new.deleted_at IS NULL)
    BEGIN ${addNew} ${takeOld} ${clear} END`,
  `CREATE TRIGGER product_tags_delete AFTER DELETE ON products
    WHEN old.tags <> '[]' BEGIN ${takeOld} ${clear} END`,
];
