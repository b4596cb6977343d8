import type { LevelResult } from '../domain/command-outcome.ts';
import { MAIN_LOCATION } from '../domain/level.ts';
import type { UpdateStep } from '../domain/stock-step.ts';
import type { LedgerReader } from './ledger.ts';
import type { Once } from './once.ts';
import type { ProductCatalogue } from './product-catalogue.ts';
import type { RequestOutcome } from './request-outcome.ts';
import { requireProduct } from './require-product.ts';
import type { Requester } from './requester.ts';

export interface InventoryUpdate {
  readonly productId: number;
  /** The counted units. */
  readonly onHand?: number | undefined;
  /** When they were counted, RFC 3339, UTC; undefined for now. */
  readonly countedAt?: string | undefined;
  readonly lowStockThreshold?: number | null | undefined;
}

export interface UpdateConditions {
  /** The level must have one of these versions; null for any. */
  readonly expectedVersions: readonly number[] | null;
  /** Whether a count gives an untracked product its level; it must exist in Products then. */
  readonly startTracking: boolean;
  /** Throws when the request doesn't fit the level as it is now. */
  readonly check?: (() => Promise<void>) | undefined;
}

/**
 * Counts a product's units, sets its low-stock threshold, or both at once. At least one of them
 * must be given.
 */
export function updateInventory(
  ports: {
    readonly once: Once;
    readonly reader: Pick<LedgerReader, 'level'>;
    readonly catalogue: ProductCatalogue;
  },
  update: InventoryUpdate,
  conditions: UpdateConditions,
  requester: Requester,
): Promise<RequestOutcome<LevelResult>> {
  const { once, reader, catalogue } = ports;
  const { productId } = update;
  const { startTracking, check } = conditions;
  const changeRequest = { operation: 'update-inventory', request: update, requester } as const;
  return once(changeRequest, async ({ replay, submit }) => {
    const mayAsk = check || (startTracking && !catalogue.hasFresh([productId]));
    const earlier = mayAsk ? await replay() : null;
    if (earlier) return earlier;
    await check?.();
    if (startTracking && !(await reader.level(productId, MAIN_LOCATION))) {
      const product = await requireProduct(catalogue, productId);
      if (!product.ok) return product;
    }
    return submit({ type: 'change-level', step: updateStep(update, conditions) });
  });
}

export function updateStep(
  update: InventoryUpdate,
  { expectedVersions, startTracking }: Omit<UpdateConditions, 'check'>,
): UpdateStep {
  return { type: 'update', location: MAIN_LOCATION, ...update, startTracking, expectedVersions };
}
