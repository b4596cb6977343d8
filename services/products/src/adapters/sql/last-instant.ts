import { column, rowCodec, select, type SqlReads } from '@anaquel/runtime/sql';

const CHANGE_TIME = rowCodec<{ at: string }>({ at: column('at') });

/** When the latest change was made; null where there was none. */
export async function lastInstantOf(reads: SqlReads): Promise<Date | null> {
  const latest = await reads.first(
    select(CHANGE_TIME)`from product_changes order by position desc limit 1`,
  );
  return latest === undefined ? null : new Date(latest.at);
}
