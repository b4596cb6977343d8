import { column, joinSql, rowCodec, select, sql, type Query, type Sql } from '@anaquel/runtime/sql';
import type { PostgresConnection } from '@anaquel/runtime/postgres';
import { holdingsOf, isDue, type Reservation } from '../../domain/reservation.ts';
import type { LedgerState, Returns } from '../../domain/working-state.ts';
import { levelKey, type Level } from '../../domain/level.ts';
import { pastsOf, type PastInstant, type PastReading } from '../../domain/level-past.ts';
import { LEVEL, RESERVATION } from '../sql/ledger-columns.ts';
import { pastReadings } from '../sql/level-pasts.ts';
import type { BatchReferences, LevelId } from './batch-references.ts';
import { lockHoldsOf } from './hold-locks.ts';
import { readPurchases, readRecords } from './ledger-queries.ts';
import { anyOf, unnest } from './row-arrays.ts';

/** What was loaded, or the levels to lock besides, which only the rows of the batch could tell. */
export type LoadedBatch =
  | { readonly state: LedgerState }
  | { readonly state: null; readonly unlocked: readonly LevelId[] };

/**
 * Locks the levels of a batch in the order of their keys, then loads what its commands name, the
 * reservations that are due on its levels, and what owners hold who want to hold more: all in one
 * round trip. Positions and the numbers of purchases count from 0, because the batch gets its place
 * in the log when it is saved.
 *
 * Whoever changes a reservation locks its levels, so that these locks keep reservations, holds and
 * returns, too. What an owner holds in all has a lock of its own, taken first.
 */
export async function loadBatch(
  transaction: PostgresConnection,
  references: BatchReferences,
): Promise<LoadedBatch> {
  const { owners, returns: purchaseIds, counts, keys } = references;
  const [, levels, reservations, returns, readings, records] = await Promise.all([
    owners.length > 0 ? transaction.rows(lockHoldsOf(owners)) : [],
    transaction.all(lockLevels(references)),
    transaction.all(reservationsOf(references)),
    loadReturns(transaction, purchaseIds),
    counts.length > 0 ? transaction.all(readingsOf(counts)) : [],
    readRecords(transaction, keys),
  ]);
  const levelsByKey = new Map(levels.map((level) => [keyOf(level), level]));
  const unlocked = unlockedLevels(reservations, references, levelsByKey);
  if (unlocked.length > 0) return { state: null, unlocked };
  const byId = new Map(reservations.map((reservation) => [reservation.id, reservation]));
  const counters = { head: 0, lastNumber: 0 };
  const found = { levels: levelsByKey, records, reservations: byId, returns };
  return { state: { ...counters, ...found, pasts: pastsOf(readings) } };
}

function keyOf({ productId, location }: LevelId): string {
  return levelKey(productId, location);
}

/**
 * The levels that commands name, those of reservations that they name, and those of the owners'
 * reservations that are due.
 */
function levelIds({ levels, reservations, owners, latest }: BatchReferences): Sql {
  const named = [
    { type: 'bigint', values: levels.map(({ productId }) => productId) },
    { type: 'text', values: levels.map(({ location }) => location) },
  ] as const;
  const parts = [
    sql`select product_id, location from ${unnest(named, 'named (product_id, location)')}`,
  ];
  if (reservations.length > 0)
    parts.push(sql`select product_id, location from holds
      where reservation_id ${anyOf('text', reservations)}`);
  if (owners.length > 0)
    parts.push(sql`select product_id, location from holds where reservation_id in (
      select id from reservations where owner ${anyOf('text', owners)} and status = 'active'
      and expires_at <= ${latest})`);
  return joinSql(parts, ' union ');
}

function lockLevels(references: BatchReferences): Query<Level> {
  return select(LEVEL)`from levels l join (${levelIds(references)}) ids using (product_id, location)
    order by product_id, location for update of l`;
}

/** Those that commands name, that are due on the levels, or that count against limits. */
function reservationsOf(references: BatchReferences): Query<Reservation> {
  const { reservations, owners, latest } = references;
  const parts = [
    sql`select reservation_id from holds
      join (${levelIds(references)}) ids using (product_id, location) where expires_at <= ${latest}`,
  ];
  if (reservations.length > 0)
    parts.push(sql`select id from reservations where id ${anyOf('text', reservations)}`);
  if (owners.length > 0)
    parts.push(sql`select id from reservations where owner ${anyOf('text', owners)}
      and status = 'active'`);
  return select(RESERVATION)`from reservations where id in (${joinSql(parts, ' union ')})`;
}

/** The levels of reservations that the batch may end, as far as they aren't among those locked. */
function unlockedLevels(
  reservations: readonly Reservation[],
  { reservations: named, latest }: BatchReferences,
  locked: ReadonlyMap<string, Level>,
): LevelId[] {
  const mayEnd = reservations.filter(
    (reservation) =>
      reservation.status === 'active' &&
      (isDue(reservation, latest) || named.includes(reservation.id)),
  );
  const holdings = mayEnd.flatMap(({ lines }) => [...holdingsOf(lines)]);
  return holdings.filter(([key]) => !locked.has(key)).map(([, holding]) => holding);
}

function readingsOf(counts: readonly PastInstant[]): Query<PastReading> {
  const columns = [
    { type: 'bigint', values: counts.map(({ productId }) => productId) },
    { type: 'text', values: counts.map(({ location }) => location) },
    { type: 'text', values: counts.map(({ instant }) => instant) },
  ] as const;
  return pastReadings(unnest(columns, 'counted (product_id, location, instant)'));
}

async function loadReturns(
  transaction: PostgresConnection,
  purchaseIds: readonly string[],
): Promise<Map<string, Returns>> {
  if (purchaseIds.length === 0) return new Map();
  const [purchases, units] = await Promise.all([
    readPurchases(transaction, purchaseIds),
    transaction.all(select(RETURNED_UNITS)`from movements
      where kind = 'return' and purchase_id ${anyOf('text', purchaseIds)}
      group by purchase_id, product_id`),
  ]);
  const unitsById = Map.groupBy(units, ({ purchaseId }) => purchaseId);
  const returns = [...purchases].map(([id, purchase]) => {
    const ofPurchase = unitsById.get(id) ?? [];
    const returned = new Map(ofPurchase.map((each) => [each.productId, each.units]));
    return [id, { purchase, returned }] as const;
  });
  return new Map(returns);
}

const RETURNED_UNITS = rowCodec<{ purchaseId: string; productId: number; units: number }>({
  purchaseId: column('purchase_id'),
  productId: column('product_id'),
  units: column('sum(on_hand_delta)'),
});
