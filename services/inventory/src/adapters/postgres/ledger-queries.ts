import { column, pairOf, rowCodec, select, sql, type SqlReads } from '@anaquel/runtime/sql';
import { recordKey, type IdempotencyRecord } from '../../domain/idempotency-record.ts';
import type { Movement } from '../../domain/movement.ts';
import type { Purchase } from '../../domain/purchase.ts';
import { keyHashOf } from '../sql/key-hash.ts';
import { MOVEMENT, PURCHASE } from '../sql/ledger-columns.ts';
import {
  placedRecord,
  positionsIn,
  purchaseIdIn,
  RECORD,
  RECORD_OF_PURCHASE,
  recordFrom,
  type StoredRecord,
} from '../sql/stored-record.ts';
import { anyOf, unnest } from './row-arrays.ts';

// What the reader and the writer both look up.

/** The name of a record. */
export interface RecordKey {
  readonly scope: string;
  readonly key: string;
}

/** Keys as the table `wanted (hash, scope, key)`. */
export function wantedKeys(keys: readonly RecordKey[]) {
  return unnest(
    [
      { type: 'bigint', values: keys.map(({ scope, key }) => keyHashOf(scope, key)) },
      { type: 'text', values: keys.map(({ scope }) => scope) },
      { type: 'text', values: keys.map(({ key }) => key) },
    ],
    'wanted (wanted_hash, wanted_scope, wanted_key)',
  );
}

/** That a row of purchases, or of records, has a wanted key. */
export const IS_WANTED_PURCHASE = sql`key_hash = wanted_hash and idempotency_scope = wanted_scope
  and idempotency_key = wanted_key`;
export const IS_WANTED_RECORD = sql`key = wanted_key and scope = wanted_scope`;

const BASED_RECORD = pairOf(RECORD, rowCodec<{ base: number }>({ base: column('base') }));

/** The records of some keys, by `recordKey`. */
export async function readRecords(
  reads: SqlReads,
  keys: readonly RecordKey[],
): Promise<Map<string, IdempotencyRecord>> {
  if (keys.length === 0) return new Map();
  // One key after the other, each by its index: a planner that doesn't know how few purchases have
  // the same hash reads all of them.
  const rows = await reads.all(select(BASED_RECORD)`from (
    with wanted as (select * from ${wantedKeys(keys)})
    select found.* from wanted cross join lateral (
      select ${RECORD_OF_PURCHASE.columns}, 0 from purchases where ${IS_WANTED_PURCHASE} limit 1
    ) as found
    union all
    select found.* from wanted cross join lateral (
      select ${RECORD.columns}, base from idempotency_records where ${IS_WANTED_RECORD} limit 1
    ) as found
  ) as records (${RECORD.columns}, base)`);
  const records = rows.map(([record, { base }]) => placedRecord(record, base));
  const found = await readReferences(reads, records);
  return new Map(
    records.map((record) => [recordKey(record.scope, record.key), recordFrom(record, found)]),
  );
}

/** What records only name. */
async function readReferences(reads: SqlReads, records: readonly StoredRecord[]) {
  const purchaseIds = records.flatMap((record) => purchaseIdIn(record) ?? []);
  const positions = records.flatMap(positionsIn);
  const [purchases, movements] = await Promise.all([
    readPurchases(reads, purchaseIds),
    readMovements(reads, positions),
  ]);
  return {
    purchase: (id: string): Purchase | undefined => purchases.get(id),
    movement: (position: number): Movement | undefined => movements.get(position),
  };
}

/** By id. */
export async function readPurchases(
  reads: SqlReads,
  ids: readonly string[],
): Promise<Map<string, Purchase>> {
  if (ids.length === 0) return new Map();
  const query = select(PURCHASE)`from purchases where id ${anyOf('text', ids)}`;
  return new Map((await reads.all(query)).map((purchase) => [purchase.id, purchase]));
}

/** By position. */
export async function readMovements(
  reads: SqlReads,
  positions: readonly number[],
): Promise<Map<number, Movement>> {
  if (positions.length === 0) return new Map();
  const query = select(MOVEMENT)`from movements where position ${anyOf('bigint', positions)}`;
  return new Map((await reads.all(query)).map((movement) => [movement.position, movement]));
}
