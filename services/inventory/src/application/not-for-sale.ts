import { assertNever } from '../domain/assert-never.ts';
import { MAIN_LOCATION } from '../domain/level.ts';
import type { StockStep } from '../domain/stock-step.ts';
import type { LedgerReader } from './ledger.ts';
import type { ProductCatalogue } from './product-catalogue.ts';

/**
 * Which of these products are drafts, archived or deleted. Products is asked in any case; where it
 * doesn't answer, what was heard last counts, and a product that nobody heard of may be for sale.
 */
export async function notForSaleAmong(
  catalogue: Pick<ProductCatalogue, 'lookUp'>,
  productIds: readonly number[],
): Promise<readonly number[]> {
  if (productIds.length === 0) return [];
  const answers = await catalogue.lookUp(productIds, 'now');
  return productIds.filter((_, index) => {
    const answer = answers[index];
    return answer?.type === 'found'
      ? answer.product.status !== 'active'
      : answer?.type === 'not-found';
  });
}

/** Whether it may take stock down without a sale, for which a product must be active. */
export function mayLower(step: StockStep): boolean {
  switch (step.type) {
    case 'update':
      return step.onHand !== undefined;
    case 'adjust':
      return step.quantity < 0;
    case 'track':
    case 'receive':
    case 'return':
      return false;
    default:
      return assertNever(step);
  }
}

/**
 * Which products of these steps are known not to be for sale, among those whose stock the steps may
 * make low. Asks nobody unless a step may lower stock.
 */
export async function notForSaleIn(
  steps: readonly StockStep[],
  ports: {
    readonly reader: Pick<LedgerReader, 'level'>;
    readonly catalogue: Pick<ProductCatalogue, 'lookUp'>;
  },
): Promise<readonly number[]> {
  const lowered = new Set<number>();
  const thresholdSet = new Set<number>();
  for (const step of steps) {
    if (mayLower(step)) lowered.add(step.productId);
    if ('lowStockThreshold' in step && step.lowStockThreshold !== undefined)
      thresholdSet.add(step.productId);
  }
  const watched: number[] = [];
  for (const productId of lowered) {
    const level = await ports.reader.level(productId, MAIN_LOCATION);
    const threshold = level?.lowStockThreshold ?? null;
    if (threshold !== null || thresholdSet.has(productId)) watched.push(productId);
  }
  return notForSaleAmong(ports.catalogue, watched);
}
