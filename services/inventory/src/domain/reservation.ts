import { levelKey } from './level.ts';
import type { PurchaseDraft } from './purchase.ts';

export const RESERVATION_STATUSES = ['active', 'confirmed', 'released', 'expired'] as const;
export type ReservationStatus = (typeof RESERVATION_STATUSES)[number];

/** Units held for an owner until `expiresAt`, at fixed prices. Only an active one holds any. */
export interface Reservation extends PurchaseDraft {
  /** UUID version 7, so that ids sort by time. */
  readonly id: string;
  readonly status: ReservationStatus;
  /**
   * RFC 3339, UTC, always with milliseconds, so that texts compare as times do. From this instant
   * on it holds nothing.
   */
  readonly expiresAt: string;
  /** The purchase that it became, if it was confirmed. */
  readonly purchaseId: string | null;
  /** The caller who may read and change it. */
  readonly owner: string;
  readonly actor: string;
  readonly at: string;
}

/** A reservation on which the ledger has not decided yet. */
export interface ReservationDraft extends PurchaseDraft {
  readonly expiresAt: string;
}

export function isDue(reservation: Reservation, at: string): boolean {
  return reservation.status === 'active' && reservation.expiresAt <= at;
}

/** The reservation as a reader sees it at an instant: a due one is expired, recorded or not. */
export function seenAt(reservation: Reservation, at: string): Reservation {
  return isDue(reservation, at) ? { ...reservation, status: 'expired' } : reservation;
}

export interface Holding {
  readonly productId: number;
  readonly location: string;
  readonly quantity: number;
}

/** The units that a reservation holds of each level. Lines of one level are one holding. */
export function holdingsOf(lines: readonly Holding[]): Map<string, Holding> {
  const holdings = new Map<string, Holding>();
  for (const { productId, location, quantity } of lines) {
    const key = levelKey(productId, location);
    const sum = (holdings.get(key)?.quantity ?? 0) + quantity;
    holdings.set(key, { productId, location, quantity: sum });
  }
  return holdings;
}
