import type { Reservation } from './reservation.ts';

export const MOVEMENT_KINDS = [
  'receipt',
  'adjustment',
  'count',
  'sale',
  'reservation',
  'release',
  'return',
] as const;
/** Where the available units came to zero or came from zero. */
export type Crossing = 'sold-out' | 'back-in-stock';
export type MovementKind = (typeof MOVEMENT_KINDS)[number];

/** What of a reservation a change may change, as it is after it. */
export type ReservationChange = Pick<Reservation, 'status' | 'expiresAt'>;

/** One row of the ledger, never changed: the change, the balances after it, who, why and when. */
export interface Movement {
  /** Its number among all movements, without gaps, in commit order. Also its id. */
  readonly position: number;
  readonly productId: number;
  readonly location: string;
  /** Its number among the movements of its level, without gaps, from 1. */
  readonly sequence: number;
  readonly kind: MovementKind;
  readonly onHandDelta: number;
  readonly reservedDelta: number;
  readonly onHandAfter: number;
  readonly reservedAfter: number;
  /** The purchase that a sale carries out, or of which a return takes units back. */
  readonly purchaseId: string | null;
  /** The reservation that a movement makes, ends, or turns into a sale. */
  readonly reservationId: string | null;
  /**
   * Whether the available units fell from above the low-stock threshold to it or below, while the
   * product was for sale.
   */
  readonly madeLow: boolean;
  /** Null also when the product was not for sale, and in movements of earlier releases. */
  readonly crossing: Crossing | null;
  /**
   * How a change left the reservation, in the last movement of the change; null in all others, and
   * in those of earlier releases.
   */
  readonly reservationChange: ReservationChange | null;
  /** What was counted, of a count that was taken before it was recorded; null of all others. */
  readonly countedOnHand: number | null;
  /** When it was counted; RFC 3339, UTC. Null where `countedOnHand` is. */
  readonly countedAt: string | null;
  readonly reason: string | null;
  readonly actor: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** Where its change was traced; null where it wasn't. */
  readonly traceparent: string | null;
}
