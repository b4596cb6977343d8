import {
  select,
  sql,
  withParameters,
  type Query,
  type SqliteConnection,
} from '@anaquel/runtime/sql';
import type { IdempotencyRecord } from '../../domain/idempotency-record.ts';
import type { Level } from '../../domain/level.ts';
import type { Movement } from '../../domain/movement.ts';
import type { Purchase } from '../../domain/purchase.ts';
import type { Reservation } from '../../domain/reservation.ts';
import { LEVEL, MOVEMENT, PURCHASE, RESERVATION } from './ledger-columns.ts';
import { RECORD, recordFrom, type StoredRecord } from './stored-record.ts';

// What the reader and the writer both look up.

export const levelQuery = withParameters<[productId: number, location: string], Query<Level>>(
  (productId, location) =>
    select(LEVEL)`from levels where product_id = ${productId} and location = ${location}`,
);

export const movementQuery = withParameters<[position: number], Query<Movement>>(
  (position) => select(MOVEMENT)`from movements where position = ${position}`,
);

export const purchaseQuery = withParameters<[id: string], Query<Purchase>>(
  (id) => select(PURCHASE)`from purchases where id = ${id}`,
);

export const reservationQuery = withParameters<[id: string], Query<Reservation>>(
  (id) => select(RESERVATION)`from reservations where id = ${id}`,
);

const recordQuery = withParameters<[scope: string, key: string], Query<StoredRecord>>(
  (scope, key) => select(RECORD)`from idempotency_records where scope = ${scope} and key = ${key}`,
);

const HEAD = sql`select coalesce(max(position), 0) from movements`;

/** The position of the latest movement; 0 when there is none. */
export function readHead(connection: SqliteConnection): number {
  return connection.number(HEAD);
}

export function readRecord(
  connection: SqliteConnection,
  scope: string,
  key: string,
): IdempotencyRecord | undefined {
  const record = connection.first(recordQuery(scope, key));
  return (
    record &&
    recordFrom(record, {
      purchase: (id) => connection.first(purchaseQuery(id)),
      movement: (position) => connection.first(movementQuery(position)),
    })
  );
}
