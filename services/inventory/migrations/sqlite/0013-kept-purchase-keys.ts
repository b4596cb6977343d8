import { sql, type Kysely } from 'kysely';

/**
 * Sorts after every id: the release before, started on this database once more, finds no purchase
 * whose key it would forget.
 */
const AFTER_ALL_IDS = 'kept';

/** The key of a purchase is kept as long as the purchase. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`UPDATE record_upkeep SET pruned = ${AFTER_ALL_IDS}`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`UPDATE record_upkeep SET pruned = ''`.execute(db);
}
