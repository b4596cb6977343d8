import type { Step } from '../domain/command.ts';
import { MAIN_LOCATION } from '../domain/level.ts';
import type { ProductCatalogue } from './product-catalogue.ts';
import { requireProduct } from './require-product.ts';
import type { Requester } from './requester.ts';
import type { SubmitCommand, RequestOutcome } from './submit-command.ts';

export interface TrackingRequest {
  readonly productId: number;
  readonly onHand: number;
  readonly lowStockThreshold: number | null;
}

/** Gives a product that Products knows its first level, with a first count. */
export function startTracking(
  ports: { readonly submitCommand: SubmitCommand; readonly catalogue: ProductCatalogue },
  request: TrackingRequest,
  requester: Requester,
): Promise<RequestOutcome> {
  return ports.submitCommand({
    operation: 'start-tracking',
    request,
    requester,
    asksAbout: [request.productId],
    async prepare() {
      const refusal = await requireProduct(ports.catalogue, request.productId);
      if (refusal) return { refusals: [refusal] };
      return { steps: [trackingStep(request)] };
    },
  });
}

export function trackingStep(request: TrackingRequest): Step {
  return { type: 'track', location: MAIN_LOCATION, ...request };
}
