import type { DatabaseSync } from 'node:sqlite';
import type { Decisions } from '../../../domain/decide.ts';
import { holdingsOf, type Reservation } from '../../../domain/reservation.ts';
import type { LedgerState } from '../../../domain/working-state.ts';
import {
  LEVEL_COLUMNS,
  MOVEMENT_COLUMNS,
  PURCHASE_COLUMNS,
  RECORD_COLUMNS,
  RESERVATION_COLUMNS,
  storedOutcome,
} from '../rows.ts';

/** Saves what was decided on a batch. `state` is what was loaded for it. */
export function prepareSave(
  database: DatabaseSync,
): (decisions: Decisions, state: LedgerState) => void {
  const upsertLevel = database.prepare(
    `INSERT INTO levels (${LEVEL_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (product_id, location) DO UPDATE SET on_hand = excluded.on_hand, reserved = excluded.reserved,
       low_stock_threshold = excluded.low_stock_threshold, sequence = excluded.sequence, version = excluded.version,
       updated_at = excluded.updated_at`,
  );
  const insertMovement = database.prepare(
    `INSERT INTO movements (${MOVEMENT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertPurchase = database.prepare(
    `INSERT INTO purchases (${PURCHASE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertRecord = database.prepare(
    `INSERT INTO idempotency_records (${RECORD_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`,
  );

  const upsertReservation = database.prepare(
    `INSERT INTO reservations (${RESERVATION_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET status = excluded.status, expires_at = excluded.expires_at, purchase_id = excluded.purchase_id`,
  );
  const insertHold = database.prepare(
    'INSERT INTO holds (product_id, location, expires_at, reservation_id, quantity) VALUES (?, ?, ?, ?, ?)',
  );
  const deleteHold = database.prepare(
    'DELETE FROM holds WHERE product_id = ? AND location = ? AND expires_at = ? AND reservation_id = ?',
  );

  /** Only an active reservation holds anything; `before` is how it was saved. */
  function saveReservation(r: Reservation, before: Reservation | undefined): void {
    const money = [r.currency, r.currencyDecimals, r.total] as const;
    const ends = [r.expiresAt, r.purchaseId] as const;
    const who = [r.owner, r.actor, r.at] as const;
    upsertReservation.run(
      r.id,
      r.status,
      r.reference,
      ...money,
      JSON.stringify(r.lines),
      ...ends,
      ...who,
    );
    for (const { productId, location, quantity } of holdingsOf(r.lines).values()) {
      if (before?.status === 'active') deleteHold.run(productId, location, before.expiresAt, r.id);
      if (r.status === 'active') insertHold.run(productId, location, r.expiresAt, r.id, quantity);
    }
  }

  return ({ levels, movements, purchases, reservations, records }, state) => {
    for (const l of levels) {
      const {
        productId,
        location,
        onHand,
        reserved,
        lowStockThreshold,
        sequence,
        version,
        updatedAt,
      } = l;
      upsertLevel.run(
        productId,
        location,
        onHand,
        reserved,
        lowStockThreshold,
        sequence,
        version,
        updatedAt,
      );
    }
    for (const m of movements) {
      const balances = [m.onHandDelta, m.reservedDelta, m.onHandAfter, m.reservedAfter] as const;
      const why = [
        m.purchaseId,
        m.reason,
        m.actor,
        m.at,
        m.reservationId,
        m.madeLow ? 1 : 0,
      ] as const;
      insertMovement.run(
        m.position,
        m.productId,
        m.location,
        m.sequence,
        m.kind,
        ...balances,
        ...why,
      );
    }
    for (const { purchase: p, firstPosition, lastPosition } of purchases) {
      const money = [p.currency, p.currencyDecimals, p.total] as const;
      const who = [p.owner, p.actor, p.at] as const;
      insertPurchase.run(
        p.id,
        p.reference,
        ...money,
        JSON.stringify(p.lines),
        ...who,
        firstPosition,
        lastPosition,
      );
    }
    for (const reservation of reservations) {
      saveReservation(reservation, state.reservations.get(reservation.id));
    }
    for (const { scope, key, fingerprint, outcome, at, format } of records) {
      insertRecord.run(scope, key, fingerprint, storedOutcome(outcome), at, format);
    }
  };
}
