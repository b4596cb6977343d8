import type { PurchaseResult } from '../domain/command-outcome.ts';
import type { Once } from './once.ts';
import { priceKnownLines, priceLines, withoutPrices, type RequestedLine } from './price-lines.ts';
import type { ProductCatalogue } from './product-catalogue.ts';
import type { RequestOutcome } from './request-outcome.ts';
import type { Requester } from './requester.ts';

export interface PurchaseRequest {
  /** 1 to 100 lines. */
  readonly lines: readonly RequestedLine[];
  readonly reference: string | null;
}

/** Sells all lines or none, at the current prices of Products. */
export function purchase(
  { once, catalogue }: { readonly once: Once; readonly catalogue: ProductCatalogue },
  { lines, reference }: PurchaseRequest,
  requester: Requester,
): Promise<RequestOutcome<PurchaseResult>> {
  const request = { lines: withoutPrices(lines), reference };
  return once({ operation: 'purchase', request, requester }, async ({ replay, submit }) => {
    const known = priceKnownLines(catalogue, lines, reference);
    const earlier = known ? null : await replay();
    if (earlier) return earlier;
    const draft = known ?? (await priceLines(catalogue, lines, reference));
    return draft.ok ? submit({ type: 'purchase', purchase: draft.result }) : draft;
  });
}
