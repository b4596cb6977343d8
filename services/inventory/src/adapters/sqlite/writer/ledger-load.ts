import {
  select,
  sql,
  withParameters,
  type Query,
  type SqliteConnection,
} from '@anaquel/runtime/sql';
import type { Command } from '../../../domain/command.ts';
import { referencesOf } from '../../../domain/command-references.ts';
import { recordKey, type IdempotencyRecord } from '../../../domain/idempotency-record.ts';
import { levelKey, type Level } from '../../../domain/level.ts';
import { pastsOf, type PastInstant, type PastReading } from '../../../domain/level-past.ts';
import type { Reservation } from '../../../domain/reservation.ts';
import type { LedgerState, Returns } from '../../../domain/working-state.ts';
import { LEVEL, RESERVATION } from '../../sql/ledger-columns.ts';
import { pastReadings } from '../../sql/level-pasts.ts';
import {
  purchaseQuery,
  readHead,
  readLastNumber,
  readRecord,
  reservationQuery,
} from '../ledger-queries.ts';

/**
 * Loads all that the commands of a batch name, the reservations that are due on their levels, and
 * what owners hold who want to hold more.
 */
export function loadState(connection: SqliteConnection, commands: readonly Command[]): LedgerState {
  const levels = new Map<string, Level>();
  const records = new Map<string, IdempotencyRecord>();
  const reservations = new Map<string, Reservation>();
  const returns = new Map<string, Returns>();
  const levelKeys = new Set<string>();
  const owners = new Set<string>();
  const readings: PastReading[] = [];
  let latest = '';

  function loadLevel(productId: number, location: string): void {
    const key = levelKey(productId, location);
    if (levelKeys.has(key)) return;
    levelKeys.add(key);
    const level = connection.first(levelQuery(productId, location));
    if (level) levels.set(key, level);
  }

  function loadReservation(id: string): void {
    if (reservations.has(id)) return;
    const reservation = connection.first(reservationQuery(id));
    if (reservation) addReservation(reservation);
  }

  function addReservation(reservation: Reservation): void {
    reservations.set(reservation.id, reservation);
    for (const { productId, location } of reservation.lines) loadLevel(productId, location);
  }

  /** As many as the limits let an owner have. */
  function loadReservationsOf(owner: string): void {
    if (owners.has(owner)) return;
    owners.add(owner);
    for (const reservation of connection.all(activeReservations(owner)))
      addReservation(reservation);
  }

  function loadReturns(purchaseId: string): void {
    if (returns.has(purchaseId)) return;
    const purchase = connection.first(purchaseQuery(purchaseId));
    if (!purchase) return;
    returns.set(purchaseId, { purchase, returned: returnedUnits(connection, purchaseId) });
  }

  function loadPast({ productId, location, instant }: PastInstant): void {
    const wanted = sql`(select ${productId} as product_id, ${location} as location,
      ${instant} as instant)`;
    readings.push(...connection.all(pastReadings(wanted)));
  }

  function loadRecord({ scope, key }: { readonly scope: string; readonly key: string }): void {
    const record = readRecord(connection, scope, key);
    if (record) records.set(recordKey(scope, key), record);
  }

  for (const command of commands) {
    const { idempotency, at } = command;
    const references = referencesOf(command);
    if (at > latest) latest = at;
    if (references.owner !== null) loadReservationsOf(references.owner);
    for (const { productId, location } of references.levels) loadLevel(productId, location);
    for (const id of references.reservations) loadReservation(id);
    for (const id of references.returns) loadReturns(id);
    for (const past of references.counts) loadPast(past);
    if (idempotency) loadRecord(idempotency);
  }
  // `levels` grows during this loop: a due reservation adds its other levels. Their due
  // reservations are loaded, too, because the older ones expire first.
  for (const level of levels.values()) {
    if (level.reserved === 0) continue;
    for (const id of dueReservations(connection, level, latest)) loadReservation(id);
  }
  const head = readHead(connection);
  const lastNumber = readLastNumber(connection);
  const pasts = pastsOf(readings);
  return { head, lastNumber, levels, records, reservations, returns, pasts };
}

const levelQuery = withParameters<[productId: number, location: string], Query<Level>>(
  (productId, location) =>
    select(LEVEL)`from levels where product_id = ${productId} and location = ${location}`,
);

const activeReservations = withParameters<[owner: string], Query<Reservation>>(
  (owner) => select(RESERVATION)`from reservations where owner = ${owner} and status = 'active'`,
);

const dueHolds = withParameters<[productId: number, location: string, at: string]>(
  (productId, location, at) => sql`select reservation_id from holds
    where product_id = ${productId} and location = ${location} and expires_at <= ${at}`,
);

function dueReservations(connection: SqliteConnection, level: Level, at: string): string[] {
  const rows = connection.rows(dueHolds(level.productId, level.location, at));
  return rows.map(([id]) => String(id));
}

/** By product. */
function returnedUnits(connection: SqliteConnection, purchaseId: string): Map<number, number> {
  const rows = connection.rows(sql`select product_id, sum(on_hand_delta) from movements
    where kind = 'return' and purchase_id = ${purchaseId} group by product_id`);
  return new Map(rows.map(([productId, units]) => [Number(productId), Number(units)]));
}
