import { sql } from '@anaquel/runtime/sql';
import type { PostgresTransaction } from '@anaquel/runtime/postgres';
import { RECORD_IN_PURCHASE, NO_RECORD } from '../sql/stored-record.ts';

/** See `Ledger`. */
export async function pruneRecords(
  transaction: PostgresTransaction,
  before: string,
  limit: number,
): Promise<number> {
  const records = await transaction.rows(sql`delete from idempotency_records
    where (key, scope) in (select key, scope from idempotency_records where at < ${before}
      order by at limit ${limit}) returning 1`);
  const pruned = await prunePurchases(transaction, before, limit - records.length);
  return records.length + pruned;
}

/** Ids sort by time, so that what is old follows what was pruned before. */
async function prunePurchases(
  transaction: PostgresTransaction,
  before: string,
  limit: number,
): Promise<number> {
  if (limit === 0) return 0;
  const [upkeep] = await transaction.rows(sql`select pruned from record_upkeep for update`);
  const pruned = upkeep?.[0] ?? '';
  const next = await transaction.rows(sql`select id, at from purchases
    where id > ${pruned} order by id limit ${limit}`);
  const firstYoung = next.findIndex(([, at]) => String(at) >= before);
  const expired = firstYoung === -1 ? next : next.slice(0, firstYoung);
  const [last] = expired.at(-1) ?? [];
  if (last === undefined) return 0;
  await Promise.all([
    transaction.run(sql`update purchases set ${RECORD_IN_PURCHASE.assignments(NO_RECORD)}
      where id > ${pruned} and id <= ${last} and key_hash is not null`),
    transaction.run(sql`update record_upkeep set pruned = ${last}`),
  ]);
  return expired.length;
}
