import { remembered, type Clock } from '@anaquel/runtime';
import {
  column,
  createWorkQueue,
  pairOf,
  readLogId,
  rowCodec,
  select,
  sql,
  type SqlReads,
} from '@anaquel/runtime/sql';
import type { Postgres } from '@anaquel/runtime/postgres';
import type { LatestMovements, LedgerReader, LogEntry } from '../../application/ledger.ts';
import type { AuditReport } from '../../domain/audit.ts';
import { recordKey } from '../../domain/idempotency-record.ts';
import { MAIN_LOCATION, withoutDueHolds, type DueHolds, type Level } from '../../domain/level.ts';
import { seenAt, type Reservation } from '../../domain/reservation.ts';
import { readLevelList } from '../sql/lists/level-list.ts';
import { readMovementList } from '../sql/lists/movement-list.ts';
import { readPurchaseList } from '../sql/lists/purchase-list.ts';
import { readReservationList } from '../sql/lists/reservation-list.ts';
import { readSalesSummaryList } from '../sql/lists/sales-summary-list.ts';
import { LEVEL, MOVEMENT, RESERVATION } from '../sql/ledger-columns.ts';
import { levelBefores } from '../sql/level-befores.ts';
import { seenPurchases } from '../sql/returned-units.ts';
import { entryOf, LOG_ENTRY, LOGGED } from '../sql/log-entry.ts';
import { auditPostgres } from './audit.ts';
import { readMovements, readPurchases, readRecords } from './ledger-queries.ts';
import { postgresLists } from './list-database.ts';
import { anyOf, unnest } from './row-arrays.ts';

/** A level, and what is due on it. */
const LEVEL_WITH_DUE = pairOf(
  LEVEL.of('l'),
  rowCodec<DueHolds>({
    quantity: column('coalesce(due.quantity, 0)'),
    count: column('coalesce(due.count, 0)'),
    latest: column('due.latest'),
  }),
);

const NUMBER_OF = rowCodec<{ name: string; total: number }>({
  name: column('name'),
  total: column('total'),
});

/** Reads what the server that takes writes has committed. */
export function createPostgresLedgerReader(postgres: Postgres, clock: Clock): LedgerReader {
  const { reads } = postgres;
  const lists = postgresLists(reads);
  const searches = createWorkQueue();
  let auditing: Promise<AuditReport> | null = null;
  const closing = new AbortController();

  const now = (): string => clock().toISOString();
  const purchasesWith = async (ids: readonly string[]) =>
    seenPurchases(reads, inOrder(ids, await readPurchases(reads, ids)));

  return {
    async record(scope, key) {
      const records = await readRecords(reads, [{ scope, key }]);
      return records.get(recordKey(scope, key)) ?? null;
    },
    async level(productId, location) {
      return (await readLevels(reads, [productId], location, now())).get(productId) ?? null;
    },
    levels: (request, notForSale = []) =>
      readLevelList(lists, request, { at: now(), searches, notForSale }),
    async levelsOf(productIds) {
      return inOrder(productIds, await readLevels(reads, productIds, MAIN_LOCATION, now()));
    },
    async movement(position) {
      return (await readMovements(reads, [position])).get(position) ?? null;
    },
    levelBefores: (productId, instants) => levelBefores(reads, productId, instants),
    movements: (request) => readMovementList(lists, request),
    movementsAt: async (positions) => inOrder(positions, await readMovements(reads, positions)),
    latestMovements: (productIds, limit) => readLatestOfProducts(reads, productIds, limit),
    purchaseMovements: (purchaseIds, limit) => readLatestOfPurchases(reads, purchaseIds, limit),
    async reservation(id) {
      return (await readReservations(reads, [id], now())).get(id) ?? null;
    },
    reservations: (request, owner) => readReservationList(lists, request, { owner, at: now() }),
    reservationsById: async (ids) => inOrder(ids, await readReservations(reads, ids, now())),
    dueReservations: (at, limit) => readDueReservations(reads, at, limit),
    purchase: async (id) => (await purchasesWith([id]))[0] ?? null,
    purchases: (request, owner) => readPurchaseList(lists, request, owner),
    salesSummaries: (request) => readSalesSummaryList(reads, request),
    purchasesById: purchasesWith,
    logId: remembered(() => readLogId(reads)),
    head: () => reads.number(sql`select position from log_head`),
    entriesAfter: (position, limit) => readEntries(reads, position, limit),
    audit() {
      // Whoever asks while an audit runs gets that one's report: it is as new as a queue of audits
      // could make it.
      auditing ??= auditPostgres(postgres, closing.signal).finally(() => {
        auditing = null;
      });
      return auditing;
    },
    async ping() {
      await reads.rows(sql`select 1 from log_head`);
    },
    async close() {
      closing.abort();
      await auditing?.catch(() => {});
    },
  };
}

/** Those that exist, in the order in which they were named. */
function inOrder<Key, Item>(keys: readonly Key[], items: ReadonlyMap<Key, Item>): Item[] {
  return keys.flatMap((key) => items.get(key) ?? []);
}

/** By product. */
async function readLevels(
  reads: SqlReads,
  productIds: readonly number[],
  location: string,
  at: string,
): Promise<Map<number, Level>> {
  const rows = await reads.all(select(LEVEL_WITH_DUE)`from levels l left join lateral (
      select sum(quantity) as quantity, count(*) as count, max(expires_at) as latest from holds h
      where h.product_id = l.product_id and h.location = l.location and h.expires_at <= ${at}
    ) due on l.reserved > 0
    where l.product_id ${anyOf('bigint', productIds)} and l.location = ${location}`);
  return new Map(rows.map(([level, due]) => [level.productId, withoutDueHolds(level, due)]));
}

/** By id. */
async function readReservations(
  reads: SqlReads,
  ids: readonly string[],
  at: string,
): Promise<Map<string, Reservation>> {
  const query = select(RESERVATION)`from reservations where id ${anyOf('text', ids)}`;
  return new Map((await reads.all(query)).map((each) => [each.id, seenAt(each, at)]));
}

async function readLatestOfProducts(
  reads: SqlReads,
  productIds: readonly number[],
  limit: number,
): Promise<Map<number, LatestMovements>> {
  const wanted = unnest([{ type: 'bigint', values: productIds }], 'wanted (id)');
  const items = await reads.all(select(MOVEMENT.of('m'))`from ${wanted} join lateral (
      select * from movements where product_id = wanted.id and location = ${MAIN_LOCATION}
      order by sequence desc limit ${limit}
    ) m on true order by m.sequence desc`);
  const itemsByProduct = Map.groupBy(items, ({ productId }) => productId);
  // Sequences have no gaps: that of the level is how many movements it has.
  const levels = await readSequences(reads, productIds);
  return new Map(
    productIds.map((id) => [
      id,
      { items: itemsByProduct.get(id) ?? [], total: levels.get(id) ?? 0 },
    ]),
  );
}

async function readSequences(
  reads: SqlReads,
  productIds: readonly number[],
): Promise<Map<number, number>> {
  const rows = await reads.rows(sql`select product_id, sequence from levels
    where product_id ${anyOf('bigint', productIds)} and location = ${MAIN_LOCATION}`);
  return new Map(rows.map(([id, sequence]) => [Number(id), Number(sequence)]));
}

async function readLatestOfPurchases(
  reads: SqlReads,
  purchaseIds: readonly string[],
  limit: number,
): Promise<Map<string, LatestMovements>> {
  const wanted = unnest([{ type: 'text', values: purchaseIds }], 'wanted (id)');
  // The movements of a purchase are neighbours in the log, and returns have an index.
  const sold = sql`from movements s where s.purchase_id = p.id
    and s.position between p.first_position and p.last_position`;
  const returned = sql`from movements r where r.kind = 'return' and r.purchase_id = p.id`;
  const [items, totals] = await Promise.all([
    reads.all(select(MOVEMENT.of('m'))`from ${wanted} join purchases p on p.id = wanted.id
      join lateral (
        (select s.* ${sold} order by s.position desc limit ${limit}) union all
        (select r.* ${returned} order by r.position desc limit ${limit})
        order by position desc limit ${limit}
      ) m on true order by m.position desc`),
    reads.all(select(NUMBER_OF)`from (
        select p.id as name, (select count(*) ${sold}) + (select count(*) ${returned}) as total
        from ${wanted} join purchases p on p.id = wanted.id
      ) as counted`),
  ]);
  const itemsById = Map.groupBy(items, ({ purchaseId }) => purchaseId);
  const totalsById = new Map(totals.map(({ name, total }) => [name, total]));
  return new Map(
    purchaseIds.map((id) => [
      id,
      { items: itemsById.get(id) ?? [], total: totalsById.get(id) ?? 0 },
    ]),
  );
}

async function readDueReservations(reads: SqlReads, at: string, limit: number): Promise<string[]> {
  const rows = await reads.rows(sql`select distinct expires_at, reservation_id from holds
    where expires_at <= ${at} order by expires_at, reservation_id limit ${limit}`);
  return rows.map(([, id]) => String(id));
}

/** See `LedgerReader`. */
export async function readEntries(
  reads: SqlReads,
  position: number,
  limit: number,
): Promise<LogEntry[]> {
  const query = select(LOG_ENTRY)`${LOGGED}
    where m.position > ${position} order by m.position limit ${limit}`;
  return (await reads.all(query)).map(entryOf);
}
