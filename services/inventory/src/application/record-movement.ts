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
  /** `quantity` is signed and not 0. */
  | {
      readonly kind: 'adjustment';
      readonly productId: number;
      readonly quantity: number;
      readonly reason: string;
    };

/**
 * Receives units or corrects their number. Products must know the product before units are added; taking units away is
 * always possible, so that the stock of a deleted product can be cleared.
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
    async prepare() {
      const { kind, productId, quantity, reason } = request;
      if (quantity > 0) {
        const refusal = await requireProduct(ports.catalogue, productId);
        if (refusal) return { refusals: [refusal] };
      }
      const at = { productId, location: MAIN_LOCATION, quantity };
      const step =
        kind === 'receipt'
          ? ({ type: 'receive', ...at, reason } as const)
          : ({ type: 'adjust', ...at, reason } as const);
      return { steps: [step], purchase: null };
    },
  });
}
