import { select, sql, type Query, type SqliteConnection } from '@anaquel/runtime/sql';
import type { IdempotencyRecord } from '../../domain/idempotency-record.ts';
import type { Level } from '../../domain/level.ts';
import type { Movement } from '../../domain/movement.ts';
import type { Purchase } from '../../domain/purchase.ts';
import type { Reservation } from '../../domain/reservation.ts';
import { LEVEL, MOVEMENT, PURCHASE, RESERVATION } from './ledger-columns.ts';
import { RECORD, recordFrom } from './stored-record.ts';

// What the reader and the writer both look up.

export function levelQuery(productId: number, location: string): Query<Level> {
  return select(LEVEL)`from levels where product_id = ${productId} and location = ${location}`;
}

export function movementQuery(position: number): Query<Movement> {
  return select(MOVEMENT)`from movements where position = ${position}`;
}

export function purchaseQuery(id: string): Query<Purchase> {
  return select(PURCHASE)`from purchases where id = ${id}`;
}

export function reservationQuery(id: string): Query<Reservation> {
  return select(RESERVATION)`from reservations where id = ${id}`;
}

/** The position of the latest movement; 0 when there is none. */
export function readHead(connection: SqliteConnection): number {
  return connection.number(sql`select coalesce(max(position), 0) from movements`);
}

export function readRecord(
  connection: SqliteConnection,
  scope: string,
  key: string,
): IdempotencyRecord | undefined {
  const query = select(RECORD)`from idempotency_records where scope = ${scope} and key = ${key}`;
  const record = connection.first(query);
  return (
    record &&
    recordFrom(record, {
      purchase: (id) => connection.first(purchaseQuery(id)),
      movement: (position) => connection.first(movementQuery(position)),
    })
  );
}
