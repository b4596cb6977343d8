import { type Clock } from '@anaquel/runtime';
import { openSqlite } from '@anaquel/runtime/sql';
import type { LatestMovements, LedgerReader, LogEntry } from '../../application/ledger.ts';
import type { AuditReport } from '../../domain/audit.ts';
import { MAIN_LOCATION, withoutDueHolds, type Level } from '../../domain/level.ts';
import { seenAt } from '../../domain/reservation.ts';
import { createTurns } from './in-turn.ts';
import { auditSqliteFile } from './audit.ts';
import { readLevelList } from './lists/level-list.ts';
import { latestOfPurchase, readMovementList } from './lists/movement-list.ts';
import { readPurchaseList } from './lists/purchase-list.ts';
import { readReservationList } from './lists/reservation-list.ts';
import {
  LEVEL_COLUMNS,
  levelFrom,
  MOVEMENT_COLUMNS,
  movementFrom,
  PURCHASE_COLUMNS,
  PURCHASE_WIDTH,
  prepareRows,
  purchaseFrom,
  QUALIFIED_MOVEMENT_COLUMNS,
  QUALIFIED_PURCHASE_COLUMNS,
  RESERVATION_COLUMNS,
  reservationFrom,
  RECORD_COLUMNS,
  recordFrom,
  type Row,
} from './rows.ts';
import { createStatements } from './statements.ts';

/**
 * Reads through a connection of its own, beside the writer's: in WAL mode neither waits for the
 * other.
 */
export function createSqliteLedgerReader(path: string, clock: Clock): LedgerReader {
  const database = openSqlite(path, { readOnly: true });
  const one = (sql: string) => prepareRows(database, sql);
  const selectRecord = one(
    `SELECT ${RECORD_COLUMNS} FROM idempotency_records WHERE scope = ? AND key = ?`,
  );
  const selectLevel = one(
    `SELECT ${LEVEL_COLUMNS} FROM levels WHERE product_id = ? AND location = ?`,
  );
  const selectMovement = one(`SELECT ${MOVEMENT_COLUMNS} FROM movements WHERE position = ?`);
  const selectPurchase = one(`SELECT ${PURCHASE_COLUMNS} FROM purchases WHERE id = ?`);
  const selectHead = one('SELECT coalesce(max(position), 0) FROM movements');
  const selectSequence = one(
    'SELECT coalesce(max(sequence), 0) FROM movements WHERE product_id = ? AND location = ?',
  );
  const selectEntries = one(
    `SELECT ${QUALIFIED_PURCHASE_COLUMNS}, ${QUALIFIED_MOVEMENT_COLUMNS}
     FROM movements m LEFT JOIN purchases p ON p.id = m.purchase_id AND p.last_position = m.position
     WHERE m.position > ? ORDER BY m.position LIMIT ?`,
  );
  const selectReservation = one(`SELECT ${RESERVATION_COLUMNS} FROM reservations WHERE id = ?`);
  const selectDue = one(
    'SELECT coalesce(sum(quantity), 0), count(*), max(expires_at) FROM holds WHERE product_id = ? AND location = ? AND expires_at <= ?',
  );
  const selectDueIds = one(
    'SELECT DISTINCT reservation_id FROM holds WHERE expires_at <= ? ORDER BY expires_at LIMIT ?',
  );
  const ping = one('SELECT 1 FROM movements LIMIT 1');
  const selectLatest = one(
    `SELECT ${MOVEMENT_COLUMNS} FROM movements WHERE product_id = ? AND location = ? ORDER BY sequence DESC LIMIT ?`,
  );
  const run = createStatements(database);
  const inTurn = createTurns();
  let auditing: Promise<AuditReport> | null = null;
  const closing = new AbortController();

  const head = (): number => count(selectHead.get());
  const findPurchase = (id: string) => mapRow(selectPurchase.get(id), purchaseFrom);
  const findMovement = (position: number) => mapRow(selectMovement.get(position), movementFrom);
  const named = { purchase: findPurchase, movement: findMovement };
  const now = (): string => clock().toISOString();

  function levelOf(productId: number, location: string): Level | null {
    const row = selectLevel.get(productId, location);
    if (!row) return null;
    const level = levelFrom(row);
    if (level.reserved === 0) return level;
    const due = selectDue.get(productId, location, now());
    const [quantity, holds, latest] = due as [number, number, string | null];
    return withoutDueHolds(level, { quantity, count: holds, latest });
  }

  function latestOf(productId: number, limit: number): LatestMovements {
    const items = selectLatest.all(productId, MAIN_LOCATION, limit).map(movementFrom);
    // Sequences have no gaps: the latest one is how many there are.
    return {
      items,
      total: items[0]?.sequence ?? count(selectSequence.get(productId, MAIN_LOCATION)),
    };
  }

  return {
    record: async (scope, key) =>
      mapRow(selectRecord.get(scope, key), (row) => recordFrom(row, named)),
    level: async (productId, location) => levelOf(productId, location),
    levels: (request, notForSale = []) =>
      readLevelList(run, request, { at: now(), inTurn, notForSale }),
    levelsOf: async (productIds) =>
      present(productIds.map((productId) => levelOf(productId, MAIN_LOCATION))),
    movement: async (position) => findMovement(position),
    movements: (request) => readMovementList(run, request),
    movementsAt: async (positions) => present(positions.map(findMovement)),
    latestMovements: async (productIds, limit) =>
      new Map(productIds.map((productId) => [productId, latestOf(productId, limit)])),
    purchaseMovements: async (purchaseIds, limit) =>
      new Map(purchaseIds.map((id) => [id, latestOfPurchase(run, id, limit)])),
    async reservation(id) {
      const row = selectReservation.get(id);
      return row ? seenAt(reservationFrom(row), now()) : null;
    },
    reservations: (request, owner) => readReservationList(run, request, { owner, at: now() }),
    async reservationsById(ids) {
      const at = now();
      const found = ids.map((id) => mapRow(selectReservation.get(id), reservationFrom));
      return present(found).map((reservation) => seenAt(reservation, at));
    },
    dueReservations: async (at, limit) => selectDueIds.all(at, limit).map(([id]) => id as string),
    purchase: async (id) => findPurchase(id),
    purchases: (request, owner) => readPurchaseList(run, request, owner),
    purchasesById: async (ids) => present(ids.map(findPurchase)),
    head: async () => head(),
    async entriesAfter(position, limit) {
      return selectEntries.all(position, limit).map((row): LogEntry => {
        const completes = row[0] === null ? null : purchaseFrom(row);
        return { movement: movementFrom(row.slice(PURCHASE_WIDTH)), completes };
      });
    },
    audit() {
      // Whoever asks while an audit runs gets that one's report: it is as new as a queue of audits
      // could make it.
      auditing ??= auditSqliteFile(path, closing.signal).finally(() => {
        auditing = null;
      });
      return auditing;
    },
    async ping() {
      ping.get();
    },
    async close() {
      closing.abort();
      await auditing?.catch(() => {});
      database.close();
    },
  };
}

/** The one number that a statement gives. */
function count(row: Row | undefined): number {
  return row?.[0] as number;
}

function mapRow<Item>(row: Row | undefined, from: (row: Row) => Item): Item | null {
  return row ? from(row) : null;
}

function present<Item>(items: readonly (Item | null)[]): Item[] {
  return items.filter((item) => item !== null);
}
