import { sql, type Kysely } from 'kysely';

/** The release before gives no numbers: its purchases would leave gaps. */
export const contract = true;

/**
 * The number of each purchase, in the order of their positions. References, too, are looked for by
 * an index; a purchase without one pays nothing for it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE purchases ADD COLUMN number INTEGER`.execute(db);
  await sql`
    UPDATE purchases SET number = numbered.number FROM (
      SELECT id, row_number() OVER (ORDER BY first_position) AS number FROM purchases
    ) AS numbered WHERE purchases.id = numbered.id`.execute(db);
  await sql`CREATE UNIQUE INDEX purchases_by_number ON purchases (number)`.execute(db);
  await sql`CREATE INDEX purchases_by_reference ON purchases (reference) WHERE reference IS NOT NULL`.execute(
    db,
  );
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`DROP INDEX purchases_by_reference`.execute(db);
  await sql`DROP INDEX purchases_by_number`.execute(db);
  await sql`ALTER TABLE purchases DROP COLUMN number`.execute(db);
}
