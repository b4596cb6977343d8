import { assertNever } from '../domain/assert-never.ts';
import { MAIN_LOCATION } from '../domain/level.ts';
import type { StockStep } from '../domain/stock-step.ts';
import type { LedgerReader } from './ledger.ts';
import type { ProductCatalogue } from './product-catalogue.ts';

/**
 * The drafts and the archived and deleted ones among these products. It always asks Products; when
 * Products doesn't answer, its last answer counts, and a product without one counts as for sale.
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

/** Whether it may lower stock of a product that is not for sale. */
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
 * The products that are not for sale among those whose stock these steps may make low. Asks nobody
 * unless a step may lower stock.
 */
export async function notForSaleIn(
  steps: readonly StockStep[],
  ports: {
    readonly reader: Pick<LedgerReader, 'level'>;
    readonly catalogue: Pick<ProductCatalogue, 'lookUp'>;
  },
): Promise<readonly number[]> {
  const loweredIds = new Set<number>();
  const thresholdIds = new Set<number>();
  for (const step of steps) {
    if (mayLower(step)) loweredIds.add(step.productId);
    if ('lowStockThreshold' in step && step.lowStockThreshold !== undefined)
      thresholdIds.add(step.productId);
  }
  const watchedIds: number[] = [];
  for (const productId of loweredIds) {
    const level = await ports.reader.level(productId, MAIN_LOCATION);
    const threshold = level?.lowStockThreshold ?? null;
    if (threshold !== null || thresholdIds.has(productId)) watchedIds.push(productId);
  }
  return notForSaleAmong(ports.catalogue, watchedIds);
}
