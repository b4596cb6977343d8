import { insertInto, sql, withParameters, type SqliteConnection } from '@anaquel/runtime/sql';
import type { Decisions } from '../../../domain/decide.ts';
import { holdingsOf, type Reservation } from '../../../domain/reservation.ts';
import type { LedgerState } from '../../../domain/working-state.ts';
import {
  HOLD,
  LEVEL,
  LEVEL_BALANCES,
  MOVEMENT,
  PLACED_PURCHASE,
  RESERVATION,
  RESERVATION_END,
} from '../../sql/ledger-columns.ts';
import { purchaseRows, recordRows } from '../../sql/saved-records.ts';
import { RECORD } from '../../sql/stored-record.ts';

const saveLevel = insertInto(
  'levels',
  LEVEL,
  `on conflict (product_id, location) do update set ${LEVEL_BALANCES.excluded.text}`,
);
const insertMovement = insertInto('movements', MOVEMENT);
const insertPurchase = insertInto('purchases', PLACED_PURCHASE);
const saveReservation = insertInto(
  'reservations',
  RESERVATION,
  `on conflict (id) do update set ${RESERVATION_END.excluded.text}`,
);
const insertHold = insertInto('holds', HOLD);
const deleteHold = withParameters<
  [productId: number, location: string, expiresAt: string, reservationId: string]
>(
  (productId, location, expiresAt, reservationId) => sql`delete from holds
    where product_id = ${productId} and location = ${location} and expires_at = ${expiresAt}
    and reservation_id = ${reservationId}`,
);
const insertRecord = insertInto('idempotency_records', RECORD);

/** Saves what was decided on a batch. `state` is what was loaded for it. */
export function saveDecisions(
  connection: SqliteConnection,
  { levels, movements, purchases, reservations, records }: Decisions,
  state: LedgerState,
): void {
  for (const level of levels) connection.run(saveLevel(level));
  for (const movement of movements) connection.run(insertMovement(movement));
  for (const row of purchaseRows(purchases, records)) connection.run(insertPurchase(row));
  for (const row of recordRows(records)) connection.run(insertRecord(row));
  for (const reservation of reservations) {
    const before = state.reservations.get(reservation.id);
    connection.run(saveReservation(reservation));
    moveHolds(connection, reservation, before);
  }
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
      connection.run(deleteHold(productId, location, before.expiresAt, reservationId));
    if (status !== 'active') continue;
    connection.run(insertHold({ ...holding, reservationId, expiresAt }));
  }
}
