export const MOVEMENT_KINDS = [
  'receipt',
  'adjustment',
  'count',
  'sale',
  'reservation',
  'release',
  'return',
] as const;
export type MovementKind = (typeof MOVEMENT_KINDS)[number];

/** One append-only row of the ledger: what changed, the balances it left, and who, why and when. */
export interface Movement {
  /** Its place in the log: global, gapless, in commit order. Also its id. */
  readonly position: number;
  readonly productId: number;
  readonly location: string;
  /** Its place among the level's own movements: gapless, from 1. */
  readonly sequence: number;
  readonly kind: MovementKind;
  readonly onHandDelta: number;
  readonly reservedDelta: number;
  readonly onHandAfter: number;
  readonly reservedAfter: number;
  /** The purchase that a sale carries out, or that a return gives back a part of. */
  readonly purchaseId: string | null;
  /** The reservation that a movement makes, ends, or turns into a sale. */
  readonly reservationId: string | null;
  /**
   * Whether what is available fell to the low-stock threshold, or below it, from above, and the
   * product was for sale.
   */
  readonly madeLow: boolean;
  readonly reason: string | null;
  readonly actor: string;
  /** RFC 3339, UTC. */
  readonly at: string;
}
