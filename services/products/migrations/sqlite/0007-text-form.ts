import { sql, type Kysely } from 'kysely';

/**
 * The form in which the derived texts of products were made (`TEXT_FORM` in
 * `src/domain/search-text.ts`). Code of another form derives all of them again.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE shop ADD COLUMN text_form INTEGER NOT NULL DEFAULT 1`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE shop DROP COLUMN text_form`.execute(db);
}
