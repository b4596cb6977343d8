import { sql, type SqlReads } from '@anaquel/runtime/sql';
import type { LogEntry } from '../../application/ledger.ts';
import type { RecentEntries } from '../sql/recent-entries.ts';
import { readEntries } from './ledger-reader.ts';

/**
 * At most `limit` entries of the log after a position: the recent ones where they are next, and
 * where the log has the last of them, and so all. A standby that takes over may lack some, if it
 * was none that commits wait for.
 */
export async function readNextEntries(
  reads: SqlReads,
  recentEntries: Pick<RecentEntries, 'after'>,
  position: number,
  limit: number,
): Promise<readonly LogEntry[]> {
  const recent = recentEntries.after(position, limit);
  const last = recent?.at(-1);
  return recent && last && (await isInLog(reads, last))
    ? recent
    : readEntries(reads, position, limit);
}

async function isInLog(reads: SqlReads, { movement }: LogEntry): Promise<boolean> {
  const { position, productId, location, sequence, at, purchaseId } = movement;
  const rows = await reads.rows(sql`select 1 from movements where position = ${position}
    and product_id = ${productId} and location = ${location} and sequence = ${sequence}
    and at = ${at} and coalesce(purchase_id, '') = ${purchaseId ?? ''}`);
  return rows.length > 0;
}
