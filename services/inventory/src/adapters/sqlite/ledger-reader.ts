import { remembered, type Clock } from '@anaquel/runtime';
import {
  column,
  createSqliteConnection,
  openSqlite,
  pairOf,
  readLogId,
  rowCodec,
  select,
  sql,
  withParameters,
  type Query,
  type SqliteConnection,
} from '@anaquel/runtime/sql';
import type { LatestMovements, LedgerReader, LogEntry } from '../../application/ledger.ts';
import type { AuditReport } from '../../domain/audit.ts';
import { MAIN_LOCATION, withoutDueHolds, type DueHolds, type Level } from '../../domain/level.ts';
import { seenAt, type Reservation } from '../../domain/reservation.ts';
import type { KnownLevels, StoredLevel } from './known-levels.ts';
import { startLedgerSearches } from './ledger-searches.ts';
import { LEVEL, MOVEMENT } from '../sql/ledger-columns.ts';
import { seenPurchases } from '../sql/returned-units.ts';
import { entryOf, LOG_ENTRY, LOGGED } from '../sql/log-entry.ts';
import {
  movementQuery,
  purchaseQuery,
  readHead,
  readRecord,
  reservationQuery,
} from './ledger-queries.ts';
import { latestOfPurchase } from '../sql/lists/movement-list.ts';

const FIRST_EXPIRY = rowCodec<Pick<StoredLevel, 'firstExpiry'>>({
  firstExpiry: column(`case when reserved > 0 then (select min(expires_at) from holds h
    where h.product_id = levels.product_id and h.location = levels.location) end`),
});

const storedLevelQuery = withParameters<
  [productId: number, location: string],
  Query<readonly [Level, Pick<StoredLevel, 'firstExpiry'>]>
>(
  (productId, location) => select(pairOf(LEVEL, FIRST_EXPIRY))`from levels
    where product_id = ${productId} and location = ${location}`,
);

function readStoredLevel(
  reads: SqliteConnection,
  productId: number,
  location: string,
): StoredLevel | undefined {
  const row = reads.first(storedLevelQuery(productId, location));
  return row && { level: row[0], ...row[1] };
}

const DUE_HOLDS = rowCodec<DueHolds>({
  quantity: column('coalesce(sum(quantity), 0)'),
  count: column('count(*)'),
  latest: column('max(expires_at)'),
});

const dueHolds = withParameters<[productId: number, location: string, at: string], Query<DueHolds>>(
  (productId, location, at) => select(DUE_HOLDS)`from holds
    where product_id = ${productId} and location = ${location} and expires_at <= ${at}`,
);

export interface SqliteLedgerReaderOptions {
  readonly path: string;
  readonly clock: Clock;
  /** What the writer of this process changes is forgotten there. */
  readonly knownLevels: KnownLevels;
  /** Called when the thread of searches died; it starts again. */
  readonly onSearchesDied: (error: unknown) => void;
}

/**
 * Reads through connections of its own, beside the writer's: in WAL mode neither waits for the
 * other. What has to search does so in a thread of its own.
 */
export function createSqliteLedgerReader({
  path,
  clock,
  knownLevels,
  onSearchesDied,
}: SqliteLedgerReaderOptions): LedgerReader {
  const database = openSqlite(path, { readOnly: true });
  const reads = createSqliteConnection(database);
  const searches = startLedgerSearches(path, reads, onSearchesDied);
  const audits = oneAtATime(searches.audit);

  const now = (): string => clock().toISOString();
  const levelOf = levelLookUp(reads, knownLevels, now);
  const purchasesWith = (ids: readonly string[]) =>
    seenPurchases(
      reads,
      ids.flatMap((id) => reads.first(purchaseQuery(id)) ?? []),
    );
  const movementAt = (position: number) => reads.first(movementQuery(position)) ?? null;
  function reservationWith(id: string, at: string): Reservation | null {
    const reservation = reads.first(reservationQuery(id));
    return reservation ? seenAt(reservation, at) : null;
  }

  return {
    record: async (scope, key) => readRecord(reads, scope, key) ?? null,
    level: async (productId, location) => levelOf(productId, location),
    levels: (request, notForSale = []) => searches.levels(request, { at: now(), notForSale }),
    levelsOf: async (productIds) =>
      present(productIds.map((productId) => levelOf(productId, MAIN_LOCATION))),
    movement: async (position) => movementAt(position),
    levelBefores: (productId, instants) => searches.levelBefores(productId, instants),
    movements: (request) => searches.movements(request),
    movementsAt: async (positions) => present(positions.map(movementAt)),
    latestMovements: async (productIds, limit) =>
      new Map(productIds.map((productId) => [productId, latestOf(reads, productId, limit)])),
    async purchaseMovements(purchaseIds, limit) {
      const latest = purchaseIds.map(
        async (id) => [id, await latestOfPurchase(reads, id, limit)] as const,
      );
      return new Map(await Promise.all(latest));
    },
    reservation: async (id) => reservationWith(id, now()),
    reservations: (request, owner) => searches.reservations(request, { owner, at: now() }),
    async reservationsById(ids) {
      const at = now();
      return present(ids.map((id) => reservationWith(id, at)));
    },
    dueReservations: async (at, limit) => readDueReservations(reads, at, limit),
    purchase: async (id) => (await purchasesWith([id]))[0] ?? null,
    purchases: (request, owner) => searches.purchases(request, owner),
    salesSummaries: (request) => searches.salesSummaries(request),
    purchasesById: purchasesWith,
    logId: remembered(async () => readLogId(reads)),
    head: async () => readHead(reads),
    entriesAfter: async (position, limit) => readEntries(reads, position, limit),
    audit: audits.audit,
    async ping() {
      reads.rows(sql`select 1 from movements limit 1`);
    },
    async close() {
      await searches.close();
      await audits.ended();
      database.close();
    },
  };
}

/**
 * Whoever asks while an audit runs gets that one's report: it is as new as a queue of audits could
 * make it.
 */
function oneAtATime(run: () => Promise<AuditReport>) {
  let auditing: Promise<AuditReport> | null = null;
  return {
    audit() {
      auditing ??= run().finally(() => {
        auditing = null;
      });
      return auditing;
    },
    async ended(): Promise<void> {
      await auditing?.catch(() => {});
    },
  };
}

function levelLookUp(reads: SqliteConnection, knownLevels: KnownLevels, now: () => string) {
  return (productId: number, location: string): Level | null => {
    const read = () => readStoredLevel(reads, productId, location);
    const stored = knownLevels.get(productId, location, read);
    if (stored === undefined) return null;
    const { level, firstExpiry } = stored;
    if (firstExpiry === null) return level;
    const at = now();
    if (firstExpiry > at) return level;
    const due = reads.first(dueHolds(productId, location, at));
    return due ? withoutDueHolds(level, due) : level;
  };
}

function latestOf(reads: SqliteConnection, productId: number, limit: number): LatestMovements {
  const ofLevel = sql`from movements where product_id = ${productId} and location = ${MAIN_LOCATION}`;
  const query = select(MOVEMENT)`${ofLevel} order by sequence desc limit ${limit}`;
  const items = reads.all(query);
  // Sequences have no gaps: the latest one is how many there are.
  const count = () => reads.number(sql`select coalesce(max(sequence), 0) ${ofLevel}`);
  return { items, total: items[0]?.sequence ?? count() };
}

function readDueReservations(reads: SqliteConnection, at: string, limit: number): string[] {
  const rows = reads.rows(sql`select distinct reservation_id from holds where expires_at <= ${at}
    order by expires_at limit ${limit}`);
  return rows.map(([id]) => String(id));
}

function readEntries(reads: SqliteConnection, position: number, limit: number): LogEntry[] {
  const query = select(LOG_ENTRY)`${LOGGED}
    where m.position > ${position} order by m.position limit ${limit}`;
  return reads.all(query).map(entryOf);
}

function present<Item>(items: readonly (Item | null)[]): Item[] {
  return items.filter((item) => item !== null);
}
