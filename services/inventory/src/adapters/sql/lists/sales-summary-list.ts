import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ListPage } from '@anaquel/jsonapi';
import {
  column,
  pairOf,
  rowCodec,
  select,
  sql,
  withoutIndex,
  type SqlReads,
} from '@anaquel/runtime/sql';
import type { InstantSpan, SalesSummaryListRequest } from '../../../application/ledger.ts';
import { pageOf } from '../../../application/whole-lists.ts';
import type { Movement } from '../../../domain/movement.ts';
import type { Purchase } from '../../../domain/purchase.ts';
import {
  countSales,
  MAX_SALES,
  type ReturnedUnits,
  type Sale,
  type SalesSummary,
} from '../../../domain/sales-summary.ts';
import { purchaseColumns } from '../ledger-columns.ts';
import { idsWithin } from './instant-range.ts';

/** Between two turns other requests are answered. */
const ROWS_A_TURN = 500;

const ID = sql`id`;

/** See `LedgerReader`. */
export async function readSalesSummaryList(
  reads: SqlReads,
  { page, ...request }: SalesSummaryListRequest,
): Promise<ListPage<SalesSummary> | null> {
  if ((await numberOfSales(reads, request)) > MAX_SALES) return null;
  const count = countSales(request);
  await eachSale(reads, request, count.sale);
  await eachReturn(reads, request, count.giveBack);
  return pageOf(count.summaries(), page, ({ id }) => id);
}

/** How many purchases are about in a range: their numbers say so at its ends. */
async function numberOfSales(reads: SqlReads, { from, to }: InstantSpan): Promise<number> {
  const [after = sql`1 = 1`] = idsWithin(ID, { earliest: from, latest: null });
  const [before = sql`1 = 1`] = idsWithin(ID, { earliest: null, latest: to });
  return reads.number(sql`select
    coalesce((select number from purchases where ${before} order by id desc limit 1), 0)
    - coalesce((select number - 1 from purchases where ${after} order by id limit 1),
      (select max(number) from purchases), 0) as sales`);
}

const { id, at, currency, currencyDecimals, lines } = purchaseColumns;
/** What is summed up alone: to read a column takes as long as to add it up. */
const SALE = rowCodec<Sale & Pick<Purchase, 'id'>>({ id, at, currency, currencyDecimals, lines });

/** Reads the purchases of a range by their ids. */
async function eachSale(
  reads: SqlReads,
  { from, to }: InstantSpan,
  visit: (sale: Sale) => void,
): Promise<void> {
  const [first = sql`1 = 1`, ...ends] = idsWithin(ID, { earliest: from, latest: to });
  const [end = sql`1 = 1`] = ends;
  for (let start = first; ;) {
    const sales = await reads.all(
      select(SALE)`from purchases where ${start} and ${end} order by id limit ${ROWS_A_TURN}`,
    );
    for (const sale of sales) if (sale.at >= from && sale.at < to) visit(sale);
    const last = sales.at(-1);
    if (last === undefined || sales.length < ROWS_A_TURN) return;
    start = sql`id > ${last.id}`;
    await nextTurn();
  }
}

type ReturnColumns = Pick<Movement, 'productId' | 'onHandDelta' | 'at' | 'position'>;

const RETURN = pairOf(
  rowCodec<ReturnColumns>({
    productId: column('product_id'),
    onHandDelta: column('on_hand_delta'),
    at: column('at'),
    position: column('position'),
  }).of('m'),
  SALE.of('p'),
);

/** Reads the returns of a range by their index. */
async function eachReturn(
  reads: SqlReads,
  { from, to }: InstantSpan,
  visit: (returned: ReturnedUnits) => void,
): Promise<void> {
  let [after, position] = [from, 0];
  for (;;) {
    const returns = await reads.all(
      select(RETURN)`from movements m join purchases p on p.id = m.purchase_id
        where m.kind = 'return' and m.at >= ${after} and m.at < ${to}
        and ${withoutIndex(sql`m.at > ${after} or m.position > ${position}`)}
        order by m.at, m.position limit ${ROWS_A_TURN}`,
    );
    for (const [movement, purchase] of returns) {
      const { productId, onHandDelta: units } = movement;
      visit({ purchase, productId, units, at: movement.at });
    }
    const last = returns.at(-1)?.[0];
    if (last === undefined || returns.length < ROWS_A_TURN) return;
    [after, position] = [last.at, last.position];
    await nextTurn();
  }
}
