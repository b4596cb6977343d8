import type { HoldLimitRefusal } from './hold-limits.ts';

/**
 * The ledger can't decide before it is known which of these products are for sale. Nothing was
 * changed.
 */
export interface StatusUnknown {
  readonly type: 'status-unknown';
  readonly productIds: readonly number[];
}

/**
 * Why the ledger refused a command. `step` is the place, from 0, of the line of a purchase or
 * reservation, or of the step of a list; 0 in a command of one step.
 */
export type Refusal =
  | {
      readonly type: 'insufficient-stock';
      readonly step: number;
      readonly productId: number;
      /** Only where the command has it: of an active product, so that anyone may know it. */
      readonly name?: string;
      readonly requested: number;
      readonly available: number;
    }
  | { readonly type: 'not-tracked'; readonly step: number; readonly productId: number }
  | { readonly type: 'already-tracked'; readonly step: number; readonly productId: number }
  | {
      readonly type: 'count-below-reserved';
      readonly step: number;
      readonly productId: number;
      readonly reserved: number;
      /** Of a count that was taken before: the units that the ledger has moved since. */
      readonly moved?: number;
    }
  /** The count was taken too long ago, or is of the future. */
  | { readonly type: 'count-not-recent'; readonly step: number; readonly productId: number }
  /** The units were counted again meanwhile, at the instant `counted`. */
  | {
      readonly type: 'count-outdated';
      readonly step: number;
      readonly productId: number;
      readonly counted: string;
    }
  | {
      readonly type: 'stock-limit-exceeded';
      readonly step: number;
      readonly productId: number;
      readonly onHand: number;
    }
  | { readonly type: 'version-mismatch'; readonly step: number; readonly productId: number }
  | { readonly type: 'purchase-not-found'; readonly step: number }
  | {
      readonly type: 'return-exceeds-sale';
      readonly step: number;
      readonly productId: number;
      readonly returnable: number;
    }
  | { readonly type: 'reservation-not-found'; readonly step: number }
  | { readonly type: 'reservation-expired'; readonly step: number }
  /** It was confirmed or released before. */
  | {
      readonly type: 'reservation-closed';
      readonly step: number;
      readonly status: 'confirmed' | 'released';
    }
  | HoldLimitRefusal
  | { readonly type: 'idempotency-key-reused' }
  /** The ledger is too busy. Nothing was tried. */
  | { readonly type: 'overloaded' }
  /** The store cannot write at the moment. Nothing was changed. */
  | { readonly type: 'ledger-unavailable' }
  /** Whether the change was made could not be found out. */
  | { readonly type: 'outcome-unknown' }
  /** A bug: to decide on this command or to store it failed. Nothing was changed. */
  | { readonly type: 'defect'; readonly message: string };
