import { assertNever } from '../domain/assert-never.ts';
import type { StockListResult } from '../domain/command-outcome.ts';
import { partsOf, type StockStep } from '../domain/stock-step.ts';
import type { Once } from './once.ts';
import type { ProductCatalogue } from './product-catalogue.ts';
import { movementStep, needsProduct, type MovementRequest } from './record-movement.ts';
import type { RequestOutcome, RequestRefusal } from './request-outcome.ts';
import type { Requester } from './requester.ts';
import { trackStep, type TrackingRequest } from './start-tracking.ts';
import { updateStep, type InventoryUpdate } from './update-inventory.ts';

export type StockChange =
  | { readonly type: 'movement'; readonly request: MovementRequest }
  | { readonly type: 'tracking'; readonly request: TrackingRequest }
  | { readonly type: 'update'; readonly request: InventoryUpdate };

/**
 * Carries out all changes in their order, or none: they are the steps of one command. At most
 * 1,000, and at least one. The result has one entry for each change.
 */
export async function changeStock(
  ports: {
    readonly once: Once;
    readonly catalogue: ProductCatalogue;
  },
  changes: readonly StockChange[],
  requester: Requester,
  check?: () => Promise<void>,
): Promise<RequestOutcome<StockListResult>> {
  const { once, catalogue } = ports;
  const changeRequest = { operation: 'stock-operations', request: { changes }, requester } as const;
  const steps = changes.map(stepOf);
  const outcome = await once(changeRequest, async ({ replay, submit }) => {
    const placeByProduct = productsNeeded(changes);
    const mayAsk = check || !catalogue.hasFresh([...placeByProduct.keys()]);
    const earlier = mayAsk ? await replay() : null;
    if (earlier) return earlier;
    await check?.();
    const refusals = await unknownProducts(catalogue, placeByProduct);
    if (refusals.length > 0) return { ok: false, refusals };
    return submit({ type: 'stock-list', steps });
  });
  return outcome.ok ? { ...outcome, result: lastOfEach(steps, outcome.result) } : outcome;
}

/** Of each step the result of its last part. */
function lastOfEach(steps: readonly StockStep[], { type, changes }: StockListResult) {
  let end = 0;
  return {
    type,
    changes: steps.flatMap((step) => {
      end += partsOf(step).length;
      return changes[end - 1] ?? [];
    }),
  };
}

function stepOf(changeRequest: StockChange): StockStep {
  switch (changeRequest.type) {
    case 'movement':
      return movementStep(changeRequest.request);
    case 'tracking':
      return trackStep(changeRequest.request);
    case 'update':
      return updateStep(changeRequest.request, { expectedVersions: null, startTracking: false });
    default:
      return assertNever(changeRequest);
  }
}

/** The products that must exist, each with the place of the first change that needs it. */
function productsNeeded(changes: readonly StockChange[]): Map<number, number> {
  const places = new Map<number, number>();
  changes.forEach(({ type, request }, place) => {
    const needs = type === 'tracking' || (type === 'movement' && needsProduct(request));
    if (needs && !places.has(request.productId)) places.set(request.productId, place);
  });
  return places;
}

async function unknownProducts(
  catalogue: ProductCatalogue,
  placeByProduct: ReadonlyMap<number, number>,
): Promise<RequestRefusal[]> {
  const productIds = [...placeByProduct.keys()];
  const answers = await catalogue.lookUp(productIds);
  if (answers.some(({ type }) => type === 'unavailable'))
    return [{ type: 'catalogue-unavailable' }];
  return productIds.flatMap((productId, index): RequestRefusal[] => {
    if (answers[index]?.type === 'found') return [];
    return [{ type: 'product-not-found', step: placeByProduct.get(productId) ?? 0, productId }];
  });
}
