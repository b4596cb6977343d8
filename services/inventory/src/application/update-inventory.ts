import type { Step } from '../domain/command.ts';
import { MAIN_LOCATION } from '../domain/level.ts';
import type { LedgerReader } from './ledger.ts';
import type { ProductCatalogue } from './product-catalogue.ts';
import { requireProduct } from './require-product.ts';
import type { Requester } from './requester.ts';
import type { SubmitCommand, RequestOutcome } from './submit-command.ts';

export interface InventoryUpdate {
  readonly productId: number;
  /** A count: how many units are there. */
  readonly onHand?: number | undefined;
  readonly lowStockThreshold?: number | null | undefined;
}

export interface UpdateConditions {
  /** The level must have one of these versions; null for any. */
  readonly expectedVersions: readonly number[] | null;
  /** Whether counting a product that has no level yet gives it one. Products must know it then. */
  readonly startTracking: boolean;
  /** See `Intent`. */
  readonly check?: (() => Promise<void>) | undefined;
}

/**
 * Counts a product's units, sets its low-stock threshold, or both at once. At least one of them
 * must be given.
 */
export function updateInventory(
  ports: {
    readonly submitCommand: SubmitCommand;
    readonly reader: Pick<LedgerReader, 'level'>;
    readonly catalogue: ProductCatalogue;
  },
  update: InventoryUpdate,
  conditions: UpdateConditions,
  requester: Requester,
): Promise<RequestOutcome> {
  return ports.submitCommand({
    operation: 'update-inventory',
    request: update,
    requester,
    check: conditions.check,
    asksAbout: conditions.startTracking ? [update.productId] : [],
    async prepare() {
      const { productId } = update;
      if (conditions.startTracking && !(await ports.reader.level(productId, MAIN_LOCATION))) {
        const refusal = await requireProduct(ports.catalogue, productId);
        if (refusal) return { refusals: [refusal] };
      }
      return { steps: inventorySteps(update, conditions) };
    },
  });
}

export function inventorySteps(
  update: InventoryUpdate,
  { expectedVersions, startTracking }: UpdateConditions,
): Step[] {
  const { productId, onHand, lowStockThreshold } = update;
  const at = { productId, location: MAIN_LOCATION };
  const steps: Step[] = [];
  if (onHand !== undefined) {
    steps.push({ type: 'count', ...at, onHand, startTracking, reason: null, expectedVersions });
  }
  if (lowStockThreshold !== undefined) {
    // The count before it, if there is one, has met the condition already and moved the version on.
    const condition = steps.length === 0 ? expectedVersions : null;
    steps.push({
      type: 'set-low-stock-threshold',
      ...at,
      lowStockThreshold,
      expectedVersions: condition,
    });
  }
  return steps;
}
