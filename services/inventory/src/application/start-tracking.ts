import type { LevelResult } from '../domain/command-outcome.ts';
import { MAIN_LOCATION } from '../domain/level.ts';
import type { TrackStep } from '../domain/stock-step.ts';
import type { Once } from './once.ts';
import type { ProductCatalogue } from './product-catalogue.ts';
import type { RequestOutcome } from './request-outcome.ts';
import { requireProduct } from './require-product.ts';
import type { Requester } from './requester.ts';

export interface TrackingRequest {
  readonly productId: number;
  readonly onHand: number;
  readonly lowStockThreshold: number | null;
}

/** Gives a product, which must exist in Products, its level, with a first count. */
export function startTracking(
  { once, catalogue }: { readonly once: Once; readonly catalogue: ProductCatalogue },
  request: TrackingRequest,
  requester: Requester,
): Promise<RequestOutcome<LevelResult>> {
  return once({ operation: 'start-tracking', request, requester }, async ({ replay, submit }) => {
    const earlier = catalogue.hasFresh([request.productId]) ? null : await replay();
    if (earlier) return earlier;
    const product = await requireProduct(catalogue, request.productId);
    if (!product.ok) return product;
    return submit({ type: 'change-level', step: trackStep(request) });
  });
}

export function trackStep(request: TrackingRequest): TrackStep {
  return { type: 'track', location: MAIN_LOCATION, ...request };
}
