import { sql, type Kysely } from 'kysely';

/**
 * The barcodes of each product, as JSON, and the table by which one belongs to one product and is
 * found. The store keeps the two in step inside the transaction of the change.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE products ADD COLUMN barcodes TEXT NOT NULL DEFAULT '[]'`.execute(db);
  await sql`CREATE TABLE product_barcodes (
    barcode TEXT NOT NULL PRIMARY KEY,
    product_id INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`DROP TABLE product_barcodes`.execute(db);
  await sql`ALTER TABLE products DROP COLUMN barcodes`.execute(db);
}
