import {
  select,
  sql,
  withParameters,
  type Query,
  type SqliteConnection,
} from '@anaquel/runtime/sql';
import type { IdempotencyRecord } from '../../domain/idempotency-record.ts';
import type { Movement } from '../../domain/movement.ts';
import type { Purchase } from '../../domain/purchase.ts';
import type { Reservation } from '../../domain/reservation.ts';
import { MOVEMENT, PURCHASE, RESERVATION } from '../sql/ledger-columns.ts';
import { keyHashOf } from '../sql/key-hash.ts';
import { RECORD, RECORD_OF_PURCHASE, recordFrom, type StoredRecord } from '../sql/stored-record.ts';

// What the reader and the writer both look up.

export const movementQuery = withParameters<[position: number], Query<Movement>>(
  (position) => select(MOVEMENT)`from movements where position = ${position}`,
);

export const purchaseQuery = withParameters<[id: string], Query<Purchase>>(
  (id) => select(PURCHASE)`from purchases where id = ${id}`,
);

export const reservationQuery = withParameters<[id: string], Query<Reservation>>(
  (id) => select(RESERVATION)`from reservations where id = ${id}`,
);

/** A purchase's own row has its record, but for one that isn't adopted yet. */
const recordQuery = withParameters<
  [keyHash: number, scope: string, key: string],
  Query<StoredRecord>
>(
  (keyHash, scope, key) => select(RECORD_OF_PURCHASE)`from purchases
    where key_hash = ${keyHash} and idempotency_scope = ${scope} and idempotency_key = ${key}
    union all select ${RECORD.columns} from idempotency_records
    where scope = ${scope} and key = ${key}`,
);

const HEAD = sql`select coalesce(max(position), 0) from movements`;

/** The position of the latest movement; 0 when there is none. */
export function readHead(connection: SqliteConnection): number {
  return connection.number(HEAD);
}

const LAST_NUMBER = sql`select coalesce(max(number), 0) from purchases`;

/** The number of the latest purchase; 0 when there is none. */
export function readLastNumber(connection: SqliteConnection): number {
  return connection.number(LAST_NUMBER);
}

/** How many records a key has: one at most, in a ledger that nobody has tampered with. */
export function countRecords(connection: SqliteConnection, scope: string, key: string): number {
  return connection.all(recordQuery(keyHashOf(scope, key), scope, key)).length;
}

export function readRecord(
  connection: SqliteConnection,
  scope: string,
  key: string,
): IdempotencyRecord | undefined {
  const record = connection.first(recordQuery(keyHashOf(scope, key), scope, key));
  return (
    record &&
    recordFrom(record, {
      purchase: (id) => connection.first(purchaseQuery(id)),
      movement: (position) => connection.first(movementQuery(position)),
    })
  );
}
