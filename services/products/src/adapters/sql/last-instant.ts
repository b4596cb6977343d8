import { sql, type SqlReads } from '@anaquel/runtime/sql';

/** When the latest change was made, of the catalogue or of a webhook; null where there was none. */
export async function lastInstantOf(reads: SqlReads): Promise<Date | null> {
  const [row] = await reads.rows(sql`select max(at) from (
    select at from (select at from product_changes order by position desc limit 1) as changes
    union all select created_at
      from (select created_at from webhooks order by id desc limit 1) as latest_webhook
    union all select first_attempt_at
      from (select first_attempt_at from webhook_deliveries order by id desc limit 1) as latest_delivery
  ) as latest`);
  const [at] = row ?? [];
  return typeof at === 'string' ? new Date(at) : null;
}
