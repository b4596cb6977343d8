import { sql, type Kysely } from 'kysely';

/**
 * What filters and cursors need beside the indexes that are there. Products without an SKU come
 * first, as with one that is the empty text, which no other has: so a cursor leads straight to its
 * row among them too. A rare currency is found without a walk. The index `products_status_sku`
 * stays for the release before.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const index of ['products_status_sku_sort', 'products_sku_sort', 'products_currency'])
    await sql`DROP INDEX ${sql.id(index)}`.execute(db);
  await sql`ALTER TABLE products DROP COLUMN sku_sort`.execute(db);
}

const UP = [
  `ALTER TABLE products ADD COLUMN sku_sort TEXT GENERATED ALWAYS AS (coalesce(sku, '')) VIRTUAL`,
  'CREATE INDEX products_status_sku_sort ON products (status, sku_sort, id) WHERE deleted_at IS NULL',
  'CREATE INDEX products_sku_sort ON products (sku_sort, id) WHERE deleted_at IS NULL',
  'CREATE INDEX products_currency ON products (currency) WHERE deleted_at IS NULL',
];
