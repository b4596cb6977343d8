import type { Step } from '../domain/command.ts';
import { MAIN_LOCATION } from '../domain/level.ts';
import type { ProductCatalogue } from './product-catalogue.ts';
import { requireProduct } from './require-product.ts';
import type { Requester } from './requester.ts';
import type { SubmitCommand, RequestOutcome } from './submit-command.ts';

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
 * Receives units, takes them back or corrects their number. Products must know the product before
 * units are added. It need not where the purchase proves them, nor where units are taken away, so
 * that the stock of a deleted product can be cleared.
 */
export function recordMovement(
  ports: { readonly submitCommand: SubmitCommand; readonly catalogue: ProductCatalogue },
  request: MovementRequest,
  requester: Requester,
): Promise<RequestOutcome> {
  return ports.submitCommand({
    operation: 'movement',
    request,
    requester,
    asksAbout: needsProduct(request) ? [request.productId] : [],
    async prepare() {
      if (needsProduct(request)) {
        const refusal = await requireProduct(ports.catalogue, request.productId);
        if (refusal) return { refusals: [refusal] };
      }
      return { steps: [movementStep(request)] };
    },
  });
}

/** Whether it adds units that nothing proves. */
export function needsProduct({ kind, quantity }: MovementRequest): boolean {
  return quantity > 0 && kind !== 'return';
}

export function movementStep(request: MovementRequest): Step {
  const { productId, quantity } = request;
  const at = { productId, location: MAIN_LOCATION, quantity };
  switch (request.kind) {
    case 'receipt':
      return { type: 'receive', ...at, reason: request.reason };
    case 'return':
      return { type: 'return', ...at, purchaseId: request.purchaseId, reason: request.reason };
    case 'adjustment':
      return { type: 'adjust', ...at, reason: request.reason };
  }
}
