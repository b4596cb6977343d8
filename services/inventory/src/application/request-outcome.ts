import type { AcceptedCommand, CommandResult } from '../domain/command-outcome.ts';
import type { Refused } from '../domain/outcome.ts';
import type { Refusal } from '../domain/refusal.ts';

/**
 * Why a request was refused: by the ledger's rules, or before it got there. `step` is the line or
 * operation, from 0.
 */
export type RequestRefusal =
  | Refusal
  | { readonly type: 'product-not-found'; readonly step: number; readonly productId: number }
  | { readonly type: 'product-not-active'; readonly step: number; readonly productId: number }
  | {
      readonly type: 'price-changed';
      readonly step: number;
      readonly productId: number;
      /** The product's, which is active. */
      readonly name: string;
      /** In major units. */
      readonly price: number;
      readonly currency: string;
    }
  | { readonly type: 'mixed-currencies'; readonly step: number; readonly currency: string }
  | { readonly type: 'total-too-large' }
  | { readonly type: 'catalogue-unavailable' };

export type RequestOutcome<Result extends CommandResult = CommandResult> =
  | AcceptedCommand<Result>
  | Refused<RequestRefusal>;
