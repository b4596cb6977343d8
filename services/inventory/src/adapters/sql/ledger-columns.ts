import { column, flag, json, nullableJson, rowCodec, type Columns } from '@anaquel/runtime/sql';
import type { Hold } from '../../domain/audit-reservations.ts';
import type { Level } from '../../domain/level.ts';
import type { Movement } from '../../domain/movement.ts';
import type { PositionedPurchase, Purchase, PurchaseDraft } from '../../domain/purchase.ts';
import type { Reservation } from '../../domain/reservation.ts';
import { recordInPurchase, type RecordInPurchase } from './stored-record.ts';

// The columns of the ledger's tables. The tables are STRICT: SQLite enforces the types of values.

type LevelBalances = Omit<Level, 'productId' | 'location'>;

const levelBalances: Columns<LevelBalances> = {
  onHand: column('on_hand'),
  reserved: column('reserved'),
  lowStockThreshold: column('low_stock_threshold'),
  sequence: column('sequence'),
  version: column('version'),
  updatedAt: column('updated_at'),
};

export const LEVEL = rowCodec<Level>({
  productId: column('product_id'),
  location: column('location'),
  ...levelBalances,
});
/** What changes of a level. */
export const LEVEL_BALANCES = rowCodec<LevelBalances>(levelBalances);

export const MOVEMENT = rowCodec<Movement>({
  position: column('position'),
  productId: column('product_id'),
  location: column('location'),
  sequence: column('sequence'),
  kind: column('kind'),
  onHandDelta: column('on_hand_delta'),
  reservedDelta: column('reserved_delta'),
  onHandAfter: column('on_hand_after'),
  reservedAfter: column('reserved_after'),
  purchaseId: column('purchase_id'),
  reason: column('reason'),
  actor: column('actor'),
  at: column('at'),
  traceparent: column('traceparent'),
  reservationId: column('reservation_id'),
  madeLow: flag('made_low'),
  crossing: column('crossing'),
  reservationChange: nullableJson('reservation_change'),
  countedOnHand: column('counted_on_hand'),
  countedAt: column('counted_at'),
});

export const purchaseColumns: Columns<Purchase> = {
  id: column('id'),
  number: column('number'),
  reference: column('reference'),
  currency: column('currency'),
  currencyDecimals: column('currency_decimals'),
  total: column('total'),
  lines: json('lines'),
  owner: column('owner'),
  actor: column('actor'),
  at: column('at'),
};
export const PURCHASE = rowCodec<Purchase>(purchaseColumns);

/** Where the movements of a purchase are in the log. */
export type PurchaseRange = Omit<PositionedPurchase, 'purchase'>;

const purchaseRange: Columns<PurchaseRange> = {
  firstPosition: column('first_position'),
  lastPosition: column('last_position'),
};
export const PURCHASE_RANGE = rowCodec<PurchaseRange>(purchaseRange);
/** A row as it is inserted. */
export const PLACED_PURCHASE = rowCodec<Purchase & PurchaseRange & RecordInPurchase>({
  ...purchaseColumns,
  ...purchaseRange,
  ...recordInPurchase,
});

type ReservationEnd = Pick<Reservation, 'status' | 'expiresAt' | 'purchaseId'>;

const reservationEnd: Columns<ReservationEnd> = {
  status: column('status'),
  expiresAt: column('expires_at'),
  purchaseId: column('purchase_id'),
};
export const reservationColumns: Columns<Reservation> = {
  id: column('id'),
  ...reservationEnd,
  reference: column('reference'),
  currency: column('currency'),
  currencyDecimals: column('currency_decimals'),
  total: column('total'),
  lines: json('lines'),
  owner: column('owner'),
  actor: column('actor'),
  at: column('at'),
};
/** What was reserved, which no change of the reservation changes. */
export const RESERVED = rowCodec<PurchaseDraft>({
  currency: column('currency'),
  currencyDecimals: column('currency_decimals'),
  total: column('total'),
  lines: json('lines'),
  reference: column('reference'),
});
export const RESERVATION = rowCodec<Reservation>(reservationColumns);
/** What changes of a reservation. */
export const RESERVATION_END = rowCodec<ReservationEnd>(reservationEnd);

/** What an active reservation holds of a level. */
export const HOLD = rowCodec<Hold>({
  productId: column('product_id'),
  location: column('location'),
  expiresAt: column('expires_at'),
  reservationId: column('reservation_id'),
  quantity: column('quantity'),
});
