import type { MovementResult } from '../domain/command-outcome.ts';
import { MAIN_LOCATION } from '../domain/level.ts';
import type { MovementStep } from '../domain/stock-step.ts';
import { assertNever } from '../domain/assert-never.ts';
import type { Once } from './once.ts';
import type { ProductCatalogue } from './product-catalogue.ts';
import type { RequestOutcome } from './request-outcome.ts';
import { requireProduct } from './require-product.ts';
import type { Requester } from './requester.ts';

export type MovementRequest =
  /** `quantity` is 1 or more. */
  | {
      readonly kind: 'receipt';
      readonly productId: number;
      readonly quantity: number;
      readonly reason: string | null;
    }
  /** `quantity` is 1 or more; the purchase must have had as many of the product. */
  | {
      readonly kind: 'return';
      readonly productId: number;
      readonly quantity: number;
      readonly purchaseId: string;
      readonly reason: string | null;
    }
  /** `quantity` is signed and not 0. */
  | {
      readonly kind: 'adjustment';
      readonly productId: number;
      readonly quantity: number;
      readonly reason: string;
    };

/**
 * Receives units, takes them back or corrects their number. To add units the product must exist in
 * Products. To return units of a purchase or to take units away it need not, so that the stock of a
 * deleted product can be cleared.
 */
export function recordMovement(
  { once, catalogue }: { readonly once: Once; readonly catalogue: ProductCatalogue },
  request: MovementRequest,
  requester: Requester,
): Promise<RequestOutcome<MovementResult>> {
  return once({ operation: 'movement', request, requester }, async ({ replay, submit }) => {
    const productIds = needsProduct(request) ? [request.productId] : [];
    const earlier = catalogue.hasFresh(productIds) ? null : await replay();
    if (earlier) return earlier;
    for (const productId of productIds) {
      const product = await requireProduct(catalogue, productId);
      if (!product.ok) return product;
    }
    return submit({ type: 'record-movement', step: movementStep(request) });
  });
}

/** Whether the product must exist in Products. */
export function needsProduct(request: MovementRequest): boolean {
  switch (request.kind) {
    case 'receipt':
      return true;
    case 'adjustment':
      return request.quantity > 0;
    case 'return':
      return false;
    default:
      return assertNever(request);
  }
}

export function movementStep(request: MovementRequest): MovementStep {
  const { productId, quantity } = request;
  const units = { productId, location: MAIN_LOCATION, quantity };
  switch (request.kind) {
    case 'receipt':
      return { type: 'receive', ...units, reason: request.reason };
    case 'return':
      return { type: 'return', ...units, purchaseId: request.purchaseId, reason: request.reason };
    case 'adjustment':
      return { type: 'adjust', ...units, reason: request.reason };
    default:
      return assertNever(request);
  }
}
