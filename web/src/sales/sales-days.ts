import type { SalesSummary } from '../api/index.ts';
import { daysAfter, type ShopDay } from './shop-days.ts';

/** The sales of a day in one currency. */
export interface DaySales {
  readonly day: ShopDay;
  readonly sales: number;
  readonly revenue: number;
}

/** That of most sales first. */
export function currenciesOf(summaries: readonly SalesSummary[]): string[] {
  const sales = new Map<string, number>();
  for (const { currency, sales: count } of summaries)
    sales.set(currency, (sales.get(currency) ?? 0) + count);
  return [...sales].toSorted(([, a], [, b]) => b - a).map(([currency]) => currency);
}

/** The last `count` days in one currency, the last one today; those without sales too. */
export function latestDays(
  summaries: readonly SalesSummary[],
  { currency, today, count }: { currency: string | null; today: ShopDay; count: number },
): DaySales[] {
  const own = summaries.filter((summary) => summary.currency === currency);
  const byDay = new Map(own.map((summary) => [summary.day, summary]));
  return Array.from({ length: count }, (_, at) => {
    const day = daysAfter(today, at + 1 - count);
    const { sales = 0, revenue = 0 } = byDay.get(day) ?? {};
    return { day, sales, revenue };
  });
}

/** As a part of what it was; null where there was nothing to compare with. */
export function changeSince(now: number, before: number): number | null {
  return before > 0 ? (now - before) / before : null;
}
