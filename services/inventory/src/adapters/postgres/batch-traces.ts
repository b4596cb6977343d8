import { setTimeout as delay } from 'node:timers/promises';
import { sql, type Sql } from '@anaquel/runtime/sql';
import type { Postgres } from '@anaquel/runtime/postgres';
import type { Decisions } from '../../domain/decide.ts';
import type { LogBase } from '../../domain/placed-outcome.ts';
import { recordRows } from '../sql/saved-records.ts';

/** How long an unknown outcome is looked for. */
const PATIENCE_MS = 3_000;
const PAUSE_MS = 100;
/** Each try looks for the server anew. */
const ONE_TRY = { limits: { retryMs: 0 } };

/**
 * What the log had before a batch of unknown outcome; null when that can't be
 * found out, or when it isn't there. A batch is a transaction: where one row of it is, all are.
 *
 * The head of the log is locked for it, as the batch did: so a commit that still waits for its
 * standbys is waited for. And the connection is a new one, which has passed the barrier.
 */
export async function findBase(postgres: Postgres, decisions: Decisions): Promise<LogBase | null> {
  const trace = traceOf(decisions);
  if (trace === null) return null;
  const deadline = performance.now() + PATIENCE_MS;
  do {
    try {
      const base = await postgres.transaction(async (transaction) => {
        const [, rows] = await Promise.all([
          transaction.run(sql`select 1 from log_head for update`),
          transaction.rows(trace),
        ]);
        return rows[0];
      }, ONE_TRY);
      if (base) return { position: Number(base[0]), number: Number(base[1]) };
    } catch {
      // The same question is asked again until time is up.
    }
    await delay(PAUSE_MS);
  } while (performance.now() < deadline);
  return null;
}

/** Asks for the base by what no other batch can have saved; null when there is nothing. */
function traceOf({ movements, purchases, records }: Decisions): Sql | null {
  const [made] = purchases;
  const movement = movements.find(({ position }) => position === made?.firstPosition);
  if (made && movement) {
    const { productId, location, sequence, purchaseId, position } = movement;
    return sql`select m.position - ${position}, p.number - ${made.purchase.number}
      from movements m join purchases p on p.id = m.purchase_id
      where m.product_id = ${productId} and m.location = ${location}
      and m.sequence = ${sequence} and m.purchase_id = ${purchaseId}`;
  }
  const [record] = recordRows(records);
  if (record === undefined) return null;
  return sql`select base, 0 from idempotency_records where key = ${record.key}
    and scope = ${record.scope} and outcome = ${record.outcome}`;
}
