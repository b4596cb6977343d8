import { sql } from '@anaquel/runtime/sql';
import type { PostgresTransaction } from '@anaquel/runtime/postgres';

/**
 * See `Ledger`. Records of purchases are in this table only where a copy brought them from a SQLite
 * database that had just been updated.
 */
export async function pruneRecords(
  transaction: PostgresTransaction,
  before: string,
  limit: number,
): Promise<number> {
  const records = await transaction.rows(sql`delete from idempotency_records
    where (key, scope) in (select key, scope from idempotency_records
      where at < ${before} and scope not like '% purchase' order by at limit ${limit}) returning 1`);
  return records.length;
}
