import { sql, type SqlReads } from '@anaquel/runtime/sql';

/**
 * The latest instant that was recorded; null in a ledger without anything. Only a threshold may
 * have been changed later: nothing but its level says when, and to ask all levels takes long.
 */
export async function lastInstantOf(reads: SqlReads): Promise<Date | null> {
  const [row] = await reads.rows(sql`select max(at) from (
    (select at from movements order by position desc limit 1)
    union all (select at from purchases order by id desc limit 1)
    union all (select at from reservations order by id desc limit 1)
    union all (select at from idempotency_records order by at desc limit 1)
    union all (select created_at from webhooks order by id desc limit 1)
    union all (select first_attempt_at from webhook_deliveries order by id desc limit 1)
  ) as latest`);
  const [at] = row ?? [];
  return typeof at === 'string' ? new Date(at) : null;
}
