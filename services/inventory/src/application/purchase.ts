import { MAIN_LOCATION } from '../domain/level.ts';
import { draftLines, withoutPrices, type RequestedLine } from './price-lines.ts';
import type { ProductCatalogue } from './product-catalogue.ts';
import type { Requester } from './requester.ts';
import type { RequestOutcome, SubmitCommand } from './submit-command.ts';

export interface PurchaseRequest {
  /** 1 to 100 lines. */
  readonly lines: readonly RequestedLine[];
  readonly reference: string | null;
}

/** Sells all lines or none, at the prices that Products tells now. */
export function purchase(
  ports: { readonly submitCommand: SubmitCommand; readonly catalogue: ProductCatalogue },
  request: PurchaseRequest,
  requester: Requester,
): Promise<RequestOutcome> {
  const { lines, reference } = request;
  const asked = withoutPrices(lines);
  return ports.submitCommand({
    operation: 'purchase',
    request: { lines: asked, reference },
    requester,
    asksAbout: asked.map(({ productId }) => productId),
    async prepare() {
      const draft = await draftLines(ports.catalogue, lines, reference);
      if ('refusals' in draft) return draft;
      const steps = asked.map(
        (line) => ({ type: 'sell', location: MAIN_LOCATION, ...line }) as const,
      );
      return { steps, purchase: draft };
    },
  });
}
