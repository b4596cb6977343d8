import { sql, type Kysely } from 'kysely';

/**
 * The orders and the filter of reservations that would otherwise walk through all there ever were:
 * by expiry, of all and of one caller, and those that are active, which are few.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`CREATE INDEX reservations_by_expiry ON reservations (expires_at, id)`.execute(db);
  await sql`CREATE INDEX reservations_by_owner_expiry ON reservations (owner, expires_at, id)`.execute(
    db,
  );
  await sql`CREATE INDEX reservations_active ON reservations (id) WHERE status = 'active'`.execute(
    db,
  );
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const index of [
    'reservations_active',
    'reservations_by_owner_expiry',
    'reservations_by_expiry',
  ])
    await sql`DROP INDEX ${sql.id(index)}`.execute(db);
}
