import type { Movement } from './movement.ts';
import type { PositionedPurchase } from './purchase.ts';

export type AuditRule =
  /** Positions count up from 1 without a gap. */
  | 'position-gapless'
  /** The numbers of purchases count up from 1 without a gap, in the order of positions. */
  | 'number-gapless'
  /** Each level's sequences count up from 1 without a gap. */
  | 'sequence-gapless'
  /** A movement's balances are those before it plus its deltas. */
  | 'on-hand-balance'
  | 'reserved-balance'
  /** No balance is negative, and no more is reserved than there is. */
  | 'balance-bounds'
  /** A level has the balances and the sequence of its latest movement. */
  | 'level-on-hand'
  | 'level-reserved'
  | 'level-sequence'
  /** A movement changes the balances as its kind may: a receipt adds, a sale takes away. */
  | 'movement-kind'
  /** Each sale belongs to a purchase. */
  | 'sale-without-purchase'
  /** A purchase has the units of its movements, their positions, and the total of its lines. */
  | 'purchase-units'
  | 'purchase-positions'
  | 'purchase-total'
  /** The idempotency key of a purchase finds one record. */
  | 'purchase-record'
  /** No more units of a purchase are returned than were sold. */
  | 'return-within-sale'
  /**
   * The units that movements reserve are those of active reservations, and those of the rows from
   * which readers learn what is held until when.
   */
  | 'reservation-holds'
  /** A confirmed reservation names the purchase that it became; others name none. */
  | 'reservation-purchase';

/** A purchase as it was saved, and the movements that name it. */
export interface AuditedPurchase extends PositionedPurchase {
  readonly movements: readonly Pick<Movement, 'position' | 'productId' | 'onHandDelta'>[];
  /** How many records are found by the key in the purchase's row; null when it has none. */
  readonly recordsFound: number | null;
}

export interface AuditedMovement extends Movement {
  /** Whether the purchase that it names exists and spans its position. */
  readonly purchaseExists: boolean;
  /** The number of the purchase of which it is the first movement; null of all others. */
  readonly beginsNumber: number | null;
}

/** Compares what should be with what is. */
export type Check = (
  rule: AuditRule,
  productId: number | null,
  expected: number | string,
  actual: number | string,
  place: AuditPlace,
) => void;

/** Where a disagreement is: a movement, a purchase, a reservation, or (null) the level itself. */
export type AuditPlace =
  | { readonly position: number }
  | { readonly id: string }
  | { readonly reservationId: string }
  | null;
