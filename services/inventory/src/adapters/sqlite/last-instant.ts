import { openSqlite } from '@anaquel/runtime/sql';

/**
 * The latest instant at which something was recorded; null in a ledger without anything. Purchases
 * and reservations sort by when they were made, records and movements are numbered so; a level says
 * when it changed last.
 */
export function lastInstantOf(path: string): Date | null {
  const database = openSqlite(path, { readOnly: true });
  try {
    const row = database
      .prepare(
        `SELECT max(at) AS at FROM (
           SELECT max(updated_at) AS at FROM levels
           UNION ALL SELECT at FROM (SELECT at FROM movements ORDER BY position DESC LIMIT 1)
           UNION ALL SELECT at FROM (SELECT at FROM idempotency_records ORDER BY number DESC LIMIT 1)
           UNION ALL SELECT at FROM (SELECT at FROM purchases ORDER BY id DESC LIMIT 1)
           UNION ALL SELECT at FROM (SELECT at FROM reservations ORDER BY id DESC LIMIT 1)
         )`,
      )
      .get();
    const at = row?.['at'];
    return typeof at === 'string' ? new Date(at) : null;
  } finally {
    database.close();
  }
}
