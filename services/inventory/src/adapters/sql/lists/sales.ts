import { setImmediate as nextTurn } from 'node:timers/promises';
import { pairOf, select, sql, withoutIndex, type SqlReads } from '@anaquel/runtime/sql';
import type { InstantSpan } from '../../../application/ledger.ts';
import type { Purchase } from '../../../domain/purchase.ts';
import type { ReturnedUnits } from '../../../domain/sales-summary.ts';
import { MOVEMENT, PURCHASE } from '../ledger-columns.ts';
import { idsWithin } from './instant-range.ts';

/** Between two turns other requests are answered. */
const ROWS_A_TURN = 500;

const ID = sql`id`;

/** How many purchases are about in a range: their numbers say so at its ends. */
export async function countSales(reads: SqlReads, { from, to }: InstantSpan): Promise<number> {
  const [after = sql`1 = 1`] = idsWithin(ID, { earliest: from, latest: null });
  const [before = sql`1 = 1`] = idsWithin(ID, { earliest: null, latest: to });
  return reads.number(sql`select
    coalesce((select number from purchases where ${before} order by id desc limit 1), 0)
    - coalesce((select number - 1 from purchases where ${after} order by id limit 1),
      (select max(number) from purchases), 0) as sales`);
}

/** Reads the purchases of a range by their ids. */
export async function eachSale(
  reads: SqlReads,
  { from, to }: InstantSpan,
  visit: (purchase: Purchase) => void,
): Promise<void> {
  const [first = sql`1 = 1`, ...ends] = idsWithin(ID, { earliest: from, latest: to });
  const [end = sql`1 = 1`] = ends;
  for (let start = first; ;) {
    const purchases = await reads.all(
      select(PURCHASE)`from purchases where ${start} and ${end} order by id limit ${ROWS_A_TURN}`,
    );
    for (const purchase of purchases) if (purchase.at >= from && purchase.at < to) visit(purchase);
    const last = purchases.at(-1);
    if (last === undefined || purchases.length < ROWS_A_TURN) return;
    start = sql`id > ${last.id}`;
    await nextTurn();
  }
}

const RETURN = pairOf(MOVEMENT.of('m'), PURCHASE.of('p'));

/** Reads the returns of a range by their index. */
export async function eachReturn(
  reads: SqlReads,
  { from, to }: InstantSpan,
  visit: (returned: ReturnedUnits) => void,
): Promise<void> {
  let [at, position] = [from, 0];
  for (;;) {
    const returns = await reads.all(
      select(RETURN)`from movements m join purchases p on p.id = m.purchase_id
        where m.kind = 'return' and m.at >= ${at} and m.at < ${to}
        and ${withoutIndex(sql`m.at > ${at} or m.position > ${position}`)}
        order by m.at, m.position limit ${ROWS_A_TURN}`,
    );
    for (const [movement, purchase] of returns) {
      const { productId, onHandDelta: units } = movement;
      visit({ purchase, productId, units, at: movement.at });
    }
    const last = returns.at(-1)?.[0];
    if (last === undefined || returns.length < ROWS_A_TURN) return;
    [at, position] = [last.at, last.position];
    await nextTurn();
  }
}
