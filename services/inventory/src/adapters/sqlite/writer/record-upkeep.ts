import { rowCodec, column, pairOf, select, sql, type SqliteConnection } from '@anaquel/runtime/sql';
import { inPurchase, purchaseIdIn, RECORD, RECORD_IN_PURCHASE } from '../../sql/stored-record.ts';

// Both are done in slices, between batches. `record_upkeep` says how far the adoption has come, so
// that it doesn't begin anew after a restart.

const NUMBERED_RECORD = pairOf(rowCodec<{ number: number }>({ number: column('number') }), RECORD);

const UNADOPTED = sql`number <= (select unadopted from record_upkeep)`;

/** Whether records of earlier releases are still to be looked through. */
export function hasUnadopted(connection: SqliteConnection): boolean {
  const query = sql`select exists (select 1 from idempotency_records where ${UNADOPTED})`;
  return connection.number(query) === 1;
}

/**
 * Moves the records of purchases among `limit` of earlier releases into the purchases' rows, the
 * latest first: they are the likeliest to be asked for. Returns how many it has looked through.
 */
export function adoptRecords(connection: SqliteConnection, limit: number): number {
  const slice = connection.all(
    select(NUMBERED_RECORD)`from idempotency_records where ${UNADOPTED}
      order by number desc limit ${limit}`,
  );
  for (const [{ number }, record] of slice) {
    const id = purchaseIdIn(record);
    if (id === null) continue;
    const adopted = connection.rows(sql`update purchases
      set ${RECORD_IN_PURCHASE.assignments(inPurchase(record))} where id = ${id} returning id`);
    // A record whose purchase is missing stays, for whoever looks into the damage.
    if (adopted.length > 0)
      connection.run(sql`delete from idempotency_records where number = ${number}`);
  }
  const [last] = slice.at(-1) ?? [];
  if (last) connection.run(sql`update record_upkeep set unadopted = ${last.number - 1}`);
  return slice.length;
}

/**
 * See `Ledger`. Those of purchases are no longer in this table, but for a while after an update:
 * until it is over, nothing is pruned.
 */
export function pruneRecords(connection: SqliteConnection, before: string, limit: number): number {
  if (hasUnadopted(connection)) return 0;
  const oldest = connection.rows(
    sql`select number, at from idempotency_records order by number limit ${limit}`,
  );
  const expired = oldest.filter(([, at]) => String(at) < before);
  const [last] = expired.at(-1) ?? [];
  if (last !== undefined)
    connection.run(sql`delete from idempotency_records where number <= ${last} and at < ${before}`);
  return expired.length;
}
