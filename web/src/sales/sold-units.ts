import type { SalesSummary } from '../api/index.ts';

/** What was sold, here and in what is to be ordered: what came back was not. */
export function soldUnits({
  units,
  returnedUnits,
}: Pick<SalesSummary, 'units' | 'returnedUnits'>): number {
  return units - returnedUnits;
}
