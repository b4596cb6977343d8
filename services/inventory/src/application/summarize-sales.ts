import { countSales, type SalesGroup, type SalesSummary } from '../domain/sales-summary.ts';
import type { InstantSpan, LedgerReader } from './ledger.ts';

/** How many sales are summed up at most: some tenths of a second of reading. */
export const MAX_SALES = 100_000;

/**
 * Sums up what was sold and what came back in a range of time; null when it has too many sales. It
 * costs as much as there are sales in the range, however many there are in the ledger.
 */
export async function summarizeSales(
  { reader }: { readonly reader: Pick<LedgerReader, 'countSales' | 'eachSale' | 'eachReturn'> },
  {
    from,
    to,
    ...what
  }: InstantSpan & {
    readonly group: SalesGroup;
    /** Null: of all. */
    readonly products: ReadonlySet<number> | null;
  },
  dayOf: (at: string) => string,
): Promise<SalesSummary[] | null> {
  const range = { from, to };
  if ((await reader.countSales(range)) > MAX_SALES) return null;
  const count = countSales(what, dayOf);
  await reader.eachSale(range, count.sale);
  await reader.eachReturn(range, count.giveBack);
  return count.summaries();
}
