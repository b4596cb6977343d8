import { levelKey } from './level.ts';
import type { PurchaseDraft } from './purchase.ts';

export const RESERVATION_STATUSES = ['active', 'confirmed', 'released', 'expired'] as const;
export type ReservationStatus = (typeof RESERVATION_STATUSES)[number];

/**
 * Units promised until `expiresAt`, at the prices of the moment it was made. Only an active one
 * holds anything.
 */
export interface Reservation extends PurchaseDraft {
  /** UUID version 7, so that ids sort by time. */
  readonly id: string;
  readonly status: ReservationStatus;
  /**
   * RFC 3339, UTC, always with milliseconds: texts compare as times do. From this instant on
   * nothing is held.
   */
  readonly expiresAt: string;
  /** The purchase that it became, if it was confirmed. */
  readonly purchaseId: string | null;
  /** The caller whose reservation this is; decides who may read and change it. */
  readonly owner: string;
  readonly actor: string;
  readonly at: string;
}

/** A reservation before the ledger has decided on it. */
export interface ReservationDraft extends PurchaseDraft {
  readonly expiresAt: string;
}

export function isDue(reservation: Reservation, at: string): boolean {
  return reservation.status === 'active' && reservation.expiresAt <= at;
}

/**
 * What a reader sees at a moment: expiry binds at its instant, whether it has been written down yet
 * or not.
 */
export function seenAt(reservation: Reservation, at: string): Reservation {
  return isDue(reservation, at) ? { ...reservation, status: 'expired' } : reservation;
}

export interface Holding {
  readonly productId: number;
  readonly location: string;
  readonly quantity: number;
}

/** What a reservation holds of each level: lines of one product are one holding. */
export function holdingsOf(lines: readonly Holding[]): Map<string, Holding> {
  const holdings = new Map<string, Holding>();
  for (const { productId, location, quantity } of lines) {
    const key = levelKey(productId, location);
    const sum = (holdings.get(key)?.quantity ?? 0) + quantity;
    holdings.set(key, { productId, location, quantity: sum });
  }
  return holdings;
}
