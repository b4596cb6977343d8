import { sql, type SqlReads } from '@anaquel/runtime/sql';

/** The latest instant at which something was recorded; null in a ledger without anything. */
export async function lastInstantOf(reads: SqlReads): Promise<Date | null> {
  const [row] = await reads.rows(sql`select max(at) from (
    select max(updated_at) as at from levels
    union all (select at from movements order by position desc limit 1)
    union all select max(at) from idempotency_records
    union all (select at from purchases order by id desc limit 1)
    union all (select at from reservations order by id desc limit 1)
  ) as latest`);
  const [at] = row ?? [];
  return typeof at === 'string' ? new Date(at) : null;
}
