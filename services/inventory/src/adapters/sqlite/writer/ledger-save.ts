import { sql, type SqliteConnection } from '@anaquel/runtime/sql';
import type { Decisions } from '../../../domain/decide.ts';
import type { Level } from '../../../domain/level.ts';
import type { Movement } from '../../../domain/movement.ts';
import type { PlacedPurchase } from '../../../domain/purchase.ts';
import { holdingsOf, type Reservation } from '../../../domain/reservation.ts';
import type { LedgerState } from '../../../domain/working-state.ts';
import {
  HOLD,
  LEVEL,
  LEVEL_BALANCES,
  MOVEMENT,
  PURCHASE,
  PURCHASE_RANGE,
  RESERVATION,
  RESERVATION_END,
} from '../ledger-columns.ts';
import { RECORD, storedRecord } from '../stored-record.ts';

/** Saves what was decided on a batch. `state` is what was loaded for it. */
export function saveDecisions(
  connection: SqliteConnection,
  { levels, movements, purchases, reservations, records }: Decisions,
  state: LedgerState,
): void {
  for (const level of levels) saveLevel(connection, level);
  for (const movement of movements) insertMovement(connection, movement);
  for (const purchase of purchases) insertPurchase(connection, purchase);
  for (const reservation of reservations) {
    const before = state.reservations.get(reservation.id);
    saveReservation(connection, reservation);
    moveHolds(connection, reservation, before);
  }
  for (const record of records) {
    const row = RECORD.values(storedRecord(record));
    connection.run(sql`insert into idempotency_records (${RECORD.columns}) values (${row})`);
  }
}

function saveLevel(connection: SqliteConnection, level: Level): void {
  connection.run(sql`insert into levels (${LEVEL.columns}) values (${LEVEL.values(level)})
    on conflict (product_id, location) do update set ${LEVEL_BALANCES.excluded}`);
}

function insertMovement(connection: SqliteConnection, movement: Movement): void {
  const row = MOVEMENT.values(movement);
  connection.run(sql`insert into movements (${MOVEMENT.columns}) values (${row})`);
}

function insertPurchase(connection: SqliteConnection, placed: PlacedPurchase): void {
  connection.run(sql`insert into purchases (${PURCHASE.columns}, ${PURCHASE_RANGE.columns})
    values (${PURCHASE.values(placed.purchase)}, ${PURCHASE_RANGE.values(placed)})`);
}

function saveReservation(connection: SqliteConnection, reservation: Reservation): void {
  const row = RESERVATION.values(reservation);
  connection.run(sql`insert into reservations (${RESERVATION.columns}) values (${row})
    on conflict (id) do update set ${RESERVATION_END.excluded}`);
}

/** Only an active reservation holds anything; `before` is how it was saved. */
function moveHolds(
  connection: SqliteConnection,
  { id: reservationId, status, lines, expiresAt }: Reservation,
  before: Reservation | undefined,
): void {
  for (const holding of holdingsOf(lines).values()) {
    const { productId, location } = holding;
    if (before?.status === 'active')
      connection.run(sql`delete from holds where product_id = ${productId}
        and location = ${location} and expires_at = ${before.expiresAt}
        and reservation_id = ${reservationId}`);
    if (status !== 'active') continue;
    const row = HOLD.values({ ...holding, reservationId, expiresAt });
    connection.run(sql`insert into holds (${HOLD.columns}) values (${row})`);
  }
}
