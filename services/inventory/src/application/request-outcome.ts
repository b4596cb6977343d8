import type { AcceptedCommand, CommandResult } from '../domain/command-outcome.ts';
import type { Refused } from '../domain/outcome.ts';
import type { Refusal } from '../domain/refusal.ts';

/** Why a request was refused: by the ledger, or for what Products says. */
export type RequestRefusal = Refusal | CatalogueRefusal;

/** `step` is the place, from 0, of the line or operation. */
export type CatalogueRefusal =
  | { readonly type: 'product-not-found'; readonly step: number; readonly productId: number }
  | { readonly type: 'product-not-active'; readonly step: number; readonly productId: number }
  | {
      readonly type: 'price-changed';
      readonly step: number;
      readonly productId: number;
      /** Anyone may know it, because the product is active. */
      readonly name: string;
      /** In major units. */
      readonly price: number;
      readonly currency: string;
    }
  | { readonly type: 'mixed-currencies'; readonly step: number; readonly currency: string }
  | { readonly type: 'total-too-large' }
  | { readonly type: 'catalogue-unavailable' };

/** Why lines can neither be sold nor held, whatever the stock. */
export type LineRefusal = Exclude<CatalogueRefusal, { readonly type: 'catalogue-unavailable' }>;

export type RequestOutcome<Result extends CommandResult = CommandResult> =
  | AcceptedCommand<Result>
  | Refused<RequestRefusal>;

const PASSING: ReadonlySet<RequestRefusal['type']> = new Set([
  'catalogue-unavailable',
  'overloaded',
  'ledger-unavailable',
  'outcome-unknown',
]);

/** Whether the same request may succeed a moment later. */
export function isPassing({ type }: RequestRefusal): boolean {
  return PASSING.has(type);
}

const CATALOGUE_REFUSALS: Record<CatalogueRefusal['type'], true> = {
  'product-not-found': true,
  'product-not-active': true,
  'price-changed': true,
  'mixed-currencies': true,
  'total-too-large': true,
  'catalogue-unavailable': true,
};

/**
 * Whether the request may have a record all the same. Only the ledger looks at the key's record: a
 * refusal by Products, or by a ledger that did not answer, says nothing about it. And the ledger
 * knows the fingerprints of this release only.
 */
export function mayHaveRecord(refusal: RequestRefusal): boolean {
  const { type } = refusal;
  return isPassing(refusal) || type in CATALOGUE_REFUSALS || type === 'idempotency-key-reused';
}
