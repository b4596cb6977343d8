import { sql, type Kysely } from 'kysely';

/**
 * Of which version of a product the derived texts are (`name_sort`, `search_text`). Code that folds
 * in another way, or the release before, leaves another number than the product's version: the
 * service then derives them again. So it does with all that are there.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE products ADD COLUMN folded_version INTEGER NOT NULL DEFAULT 0`.execute(db);
  await sql`CREATE INDEX products_unfolded ON products (id) WHERE folded_version <> version AND deleted_at IS NULL`.execute(
    db,
  );
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`DROP INDEX products_unfolded`.execute(db);
  await sql`ALTER TABLE products DROP COLUMN folded_version`.execute(db);
}
