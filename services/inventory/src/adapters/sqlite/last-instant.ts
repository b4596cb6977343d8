import { createSqliteConnection, openSqlite, sql } from '@anaquel/runtime/sql';

/**
 * The latest instant at which something was recorded; null in a ledger without anything. Purchases
 * and reservations sort by when they were made, records and movements are numbered so; a level says
 * when it changed last.
 */
export function lastInstantOf(path: string): Date | null {
  const database = openSqlite(path, { readOnly: true });
  try {
    const [row] = createSqliteConnection(database).rows(sql`select max(at) from (
      select max(updated_at) as at from levels
      union all select at from (select at from movements order by position desc limit 1)
      union all select at from (select at from idempotency_records order by number desc limit 1)
      union all select at from (select at from purchases order by id desc limit 1)
      union all select at from (select at from reservations order by id desc limit 1)
      union all select created_at from (select created_at from webhooks order by id desc limit 1)
      union all select first_attempt_at
        from (select first_attempt_at from webhook_deliveries order by id desc limit 1)
    )`);
    const [at] = row ?? [];
    return typeof at === 'string' ? new Date(at) : null;
  } finally {
    database.close();
  }
}
