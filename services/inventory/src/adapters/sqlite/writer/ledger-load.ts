import type { DatabaseSync } from 'node:sqlite';
import type { Command } from '../../../domain/command.ts';
import { referencesOf } from '../../../domain/command-references.ts';
import { recordKey, type IdempotencyRecord } from '../../../domain/idempotency-record.ts';
import { levelKey, type Level } from '../../../domain/level.ts';
import type { Reservation } from '../../../domain/reservation.ts';
import type { LedgerState, Returns } from '../../../domain/working-state.ts';
import {
  LEVEL_COLUMNS,
  levelFrom,
  MOVEMENT_COLUMNS,
  movementFrom,
  prepareRows,
  PURCHASE_COLUMNS,
  purchaseFrom,
  RECORD_COLUMNS,
  recordFrom,
  RESERVATION_COLUMNS,
  reservationFrom,
  type Named,
} from '../rows.ts';

/**
 * Loads all that the commands of a batch name, the reservations that are due on their levels, and
 * what owners hold who want to hold more.
 */
export function prepareLoad(database: DatabaseSync): (commands: readonly Command[]) => LedgerState {
  const selectHead = prepareRows(database, 'SELECT coalesce(max(position), 0) FROM movements');
  const selectLevel = prepareRows(
    database,
    `SELECT ${LEVEL_COLUMNS} FROM levels WHERE product_id = ? AND location = ?`,
  );
  const selectRecord = prepareRows(
    database,
    `SELECT ${RECORD_COLUMNS} FROM idempotency_records WHERE scope = ? AND key = ?`,
  );
  const selectReservation = prepareRows(
    database,
    `SELECT ${RESERVATION_COLUMNS} FROM reservations WHERE id = ?`,
  );
  const selectLive = prepareRows(
    database,
    `SELECT ${RESERVATION_COLUMNS} FROM reservations WHERE owner = ? AND status = 'active'`,
  );
  const selectDue = prepareRows(
    database,
    'SELECT reservation_id FROM holds WHERE product_id = ? AND location = ? AND expires_at <= ?',
  );
  const selectPurchase = prepareRows(
    database,
    `SELECT ${PURCHASE_COLUMNS} FROM purchases WHERE id = ?`,
  );
  const selectMovement = prepareRows(
    database,
    `SELECT ${MOVEMENT_COLUMNS} FROM movements WHERE position = ?`,
  );
  const selectReturned = prepareRows(
    database,
    `SELECT product_id, sum(on_hand_delta) FROM movements WHERE kind = 'return' AND purchase_id = ? GROUP BY product_id`,
  );

  const named: Named = {
    purchase(id) {
      const row = selectPurchase.get(id);
      return row ? purchaseFrom(row) : null;
    },
    movement(position) {
      const row = selectMovement.get(position);
      return row ? movementFrom(row) : null;
    },
  };

  return (commands) => {
    const levels = new Map<string, Level>();
    const records = new Map<string, IdempotencyRecord>();
    const reservations = new Map<string, Reservation>();
    const returns = new Map<string, Returns>();
    const looked = new Set<string>();
    const owners = new Set<string>();
    let latest = '';

    function lookAtLevel(productId: number, location: string): void {
      const key = levelKey(productId, location);
      if (looked.has(key)) return;
      looked.add(key);
      const row = selectLevel.get(productId, location);
      if (row) levels.set(key, levelFrom(row));
    }

    function lookAtReservation(id: string): void {
      if (reservations.has(id)) return;
      const row = selectReservation.get(id);
      if (row) addReservation(reservationFrom(row));
    }

    function addReservation(reservation: Reservation): void {
      reservations.set(reservation.id, reservation);
      for (const { productId, location } of reservation.lines) lookAtLevel(productId, location);
    }

    /** As many as the limits let an owner have. */
    function lookAtHoldings(owner: string): void {
      if (owners.has(owner)) return;
      owners.add(owner);
      for (const row of selectLive.all(owner)) addReservation(reservationFrom(row));
    }

    function lookAtReturns(purchaseId: string): void {
      if (returns.has(purchaseId)) return;
      const purchase = named.purchase(purchaseId);
      if (!purchase) return;
      const returned = selectReturned.all(purchaseId) as [number, number][];
      returns.set(purchaseId, { purchase, returned: new Map(returned) });
    }

    for (const command of commands) {
      const { idempotency, at } = command;
      const references = referencesOf(command);
      if (at > latest) latest = at;
      if (references.owner !== null) lookAtHoldings(references.owner);
      for (const { productId, location } of references.levels) lookAtLevel(productId, location);
      for (const id of references.reservations) lookAtReservation(id);
      for (const id of references.returns) lookAtReturns(id);
      if (!idempotency) continue;
      const row = selectRecord.get(idempotency.scope, idempotency.key);
      if (row) records.set(recordKey(idempotency.scope, idempotency.key), recordFrom(row, named));
    }
    // Grows as it goes: a due reservation brings its other levels, and what ran out there before it
    // goes first.
    for (const { productId, location, reserved } of levels.values()) {
      if (reserved === 0) continue;
      for (const [id] of selectDue.all(productId, location, latest))
        lookAtReservation(id as string);
    }
    return { head: selectHead.get()?.[0] as number, levels, records, reservations, returns };
  };
}
