import type { Movement } from './movement.ts';
import type { PlacedPurchase } from './purchase.ts';

export type AuditRule =
  /** Positions count up from 1 without a gap. */
  | 'position-gapless'
  /** Each level's sequences count up from 1 without a gap. */
  | 'sequence-gapless'
  /** A movement's balances are those before it plus its deltas. */
  | 'on-hand-balance'
  | 'reserved-balance'
  /** No balance is negative, and no more is reserved than there is. */
  | 'balance-bounds'
  /** A level says what its latest movement left, and has had as many movements as it says. */
  | 'level-on-hand'
  | 'level-reserved'
  | 'level-sequence'
  /** A movement does what its kind says: a receipt adds, a sale takes away. */
  | 'movement-kind'
  /** Each sale belongs to a purchase, and nothing but sales and returns does. */
  | 'sale-without-purchase'
  /**
   * A purchase's lines are the units that its movements took, at the positions that it names, for
   * its total.
   */
  | 'purchase-units'
  | 'purchase-positions'
  | 'purchase-total'
  /** Of a purchase no more comes back than was sold. */
  | 'return-within-sale'
  /**
   * What movements promised is what active reservations ask for, and what readers find held until
   * they expire.
   */
  | 'reservation-holds'
  /** A confirmed reservation names the purchase that it became; others name none. */
  | 'reservation-purchase';

/** A purchase as it was saved, and the movements that name it. */
export interface AuditedPurchase extends PlacedPurchase {
  readonly movements: readonly Pick<Movement, 'position' | 'productId' | 'onHandDelta'>[];
}

export interface AuditedMovement extends Movement {
  /** Whether the purchase that it names is there and knows of it. */
  readonly purchaseExists: boolean;
}

/** Compares what should be with what is. */
export type Check = (
  rule: AuditRule,
  productId: number | null,
  expected: number | string,
  actual: number | string,
  place: AuditPlace,
) => void;

/** Where the disagreement is: a movement, a purchase or a reservation, or the level itself. */
export type AuditPlace =
  | { readonly position: number }
  | { readonly id: string }
  | { readonly reservationId: string }
  | null;
