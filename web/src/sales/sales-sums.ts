import type { SalesSummary } from '../api/index.ts';
import { sumOf } from '../money/amounts.ts';

/** What a range of days sold in one currency. */
export type SalesSum = Pick<
  SalesSummary,
  'currency' | 'sales' | 'units' | 'returnedUnits' | 'revenue'
>;

/** Adds up the summaries of days, for each currency; the one with most sales comes first. */
export function sumsOf(days: readonly SalesSum[]): SalesSum[] {
  const sums = new Map<string, SalesSum>();
  for (const day of days) {
    const { currency } = day;
    const before = sums.get(currency);
    sums.set(currency, {
      currency,
      sales: day.sales + (before?.sales ?? 0),
      units: day.units + (before?.units ?? 0),
      returnedUnits: day.returnedUnits + (before?.returnedUnits ?? 0),
      revenue: sumOf([day.revenue, before?.revenue ?? 0].map((price) => ({ price, quantity: 1 }))),
    });
  }
  return [...sums.values()].toSorted((a, b) => b.sales - a.sales);
}
