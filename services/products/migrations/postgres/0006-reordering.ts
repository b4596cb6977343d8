import { sql, type Kysely } from 'kysely';

/** What somebody who reorders a product must know of it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const column of ['pack_size BIGINT', 'lead_time_days BIGINT', 'supplier TEXT COLLATE "C"'])
    await sql`ALTER TABLE products ADD COLUMN ${sql.raw(column)}`.execute(db);
  await sql`CREATE INDEX products_supplier ON products (supplier) WHERE deleted_at IS NULL`.execute(
    db,
  );
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`DROP INDEX products_supplier`.execute(db);
  for (const column of ['supplier', 'lead_time_days', 'pack_size'])
    await sql`ALTER TABLE products DROP COLUMN ${sql.id(column)}`.execute(db);
}
