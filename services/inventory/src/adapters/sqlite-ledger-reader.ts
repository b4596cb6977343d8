import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { openSqlite, type Clock } from '@anaquel/runtime';
import type {
  LedgerReader,
  LevelQuery,
  LevelSortField,
  LogEntry,
  Page,
  PageRequest,
} from '../application/ledger.ts';
import type { AuditReport } from '../domain/audit.ts';
import { MAIN_LOCATION, withoutDueHolds } from '../domain/level.ts';
import { seenAt } from '../domain/reservation.ts';
import { auditSqliteFile } from './sqlite-audit.ts';
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
} from './sqlite-rows.ts';

/** Reads through a connection of its own, beside the writer's: in WAL mode neither waits for the other. */
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
  const movementRanges = prepareMovementRanges(database);
  let auditing: Promise<AuditReport> | null = null;
  const closing = new AbortController();

  const head = (): number => count(selectHead.get());
  const findPurchase = (id: string) => mapRow(selectPurchase.get(id), purchaseFrom);

  return {
    record: async (scope, key) =>
      mapRow(selectRecord.get(scope, key), (row) => recordFrom(row, findPurchase)),
    async level(productId, location) {
      const row = selectLevel.get(productId, location);
      if (!row) return null;
      const level = levelFrom(row);
      if (level.reserved === 0) return level;
      const due = selectDue.get(productId, location, clock().toISOString());
      const [quantity, holds, latest] = due as [number, number, string | null];
      return withoutDueHolds(level, { quantity, count: holds, latest });
    },
    levels: async (query) => readLevels(database, query, clock().toISOString()),
    movement: async (position) => mapRow(selectMovement.get(position), movementFrom),
    async movements({ productId, latestFirst, page }) {
      // Positions and sequences have no gaps, so a page is a range of them and needs no rows skipped.
      const total =
        productId === undefined ? head() : count(selectSequence.get(productId, MAIN_LOCATION));
      const [from, to] = rangeOf(page, total, latestFirst);
      const order = latestFirst ? 'latestFirst' : 'inOrder';
      const rows =
        productId === undefined
          ? movementRanges.log[order].all(from, to)
          : movementRanges.product[order].all(productId, MAIN_LOCATION, from, to);
      return { items: rows.map(movementFrom), total };
    },
    async reservation(id) {
      const row = selectReservation.get(id);
      return row ? seenAt(reservationFrom(row), clock().toISOString()) : null;
    },
    async reservations(query) {
      const at = clock().toISOString();
      const read = (row: Row) => seenAt(reservationFrom(row), at);
      return readOwned(
        database,
        { table: 'reservations', columns: RESERVATION_COLUMNS, read },
        query,
      );
    },
    dueReservations: async (at, limit) => selectDueIds.all(at, limit).map(([id]) => id as string),
    purchase: async (id) => findPurchase(id),
    purchases: async (query) =>
      readOwned(
        database,
        { table: 'purchases', columns: PURCHASE_COLUMNS, read: purchaseFrom },
        query,
      ),
    head: async () => head(),
    async entriesAfter(position, limit) {
      return selectEntries.all(position, limit).map((row): LogEntry => {
        const completes = row[0] === null ? null : purchaseFrom(row);
        return { movement: movementFrom(row.slice(PURCHASE_WIDTH)), completes };
      });
    },
    audit() {
      // Whoever asks while an audit runs gets that one's report: it is as new as a queue of audits could make it.
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

/** The first and last of the gapless numbers 1 to `total` that a page shows. */
function rangeOf(
  { number, size }: PageRequest,
  total: number,
  latestFirst: boolean,
): [number, number] {
  const skipped = (number - 1) * size;
  return latestFirst
    ? [total - skipped - size + 1, total - skipped]
    : [skipped + 1, skipped + size];
}

function prepareMovementRanges(database: DatabaseSync) {
  const select = (where: string, number: string, order: 'ASC' | 'DESC') =>
    prepareRows(
      database,
      `SELECT ${MOVEMENT_COLUMNS} FROM movements WHERE ${where} ${number} BETWEEN ? AND ? ORDER BY ${number} ${order}`,
    );
  const ofProduct = 'product_id = ? AND location = ? AND';
  return {
    log: { inOrder: select('', 'position', 'ASC'), latestFirst: select('', 'position', 'DESC') },
    product: {
      inOrder: select(ofProduct, 'sequence', 'ASC'),
      latestFirst: select(ofProduct, 'sequence', 'DESC'),
    },
  };
}

/** Levels as they are once what is due has been released. */
const LEVELS = `(
  SELECT l.product_id, l.location, l.on_hand, l.reserved - coalesce(d.quantity, 0) AS reserved, l.low_stock_threshold,
    l.sequence + coalesce(d.holds, 0) AS sequence, l.version + coalesce(d.holds, 0) AS version,
    coalesce(d.latest, l.updated_at) AS updated_at
  FROM levels l LEFT JOIN (
    SELECT product_id, location, sum(quantity) AS quantity, count(*) AS holds, max(expires_at) AS latest
    FROM holds WHERE expires_at <= ? GROUP BY product_id, location
  ) d ON d.product_id = l.product_id AND d.location = l.location)`;

const LEVEL_ORDER: Record<LevelSortField, string> = {
  id: 'product_id',
  onHand: 'on_hand',
  available: 'on_hand - reserved',
  updatedAt: 'updated_at',
};

function readLevels(database: DatabaseSync, { ids, lowStock, sort, page }: LevelQuery, at: string) {
  const conditions: string[] = [];
  const values: SQLInputValue[] = [];
  if (ids) {
    conditions.push('product_id IN (SELECT value FROM json_each(?))');
    values.push(JSON.stringify(ids));
  }
  if (lowStock !== undefined) {
    const low = 'coalesce(on_hand - reserved <= low_stock_threshold, 0)';
    conditions.push(lowStock ? low : `NOT ${low}`);
  }
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  const order = sort.map(
    ({ field, descending }) => `${LEVEL_ORDER[field]} ${descending ? 'DESC' : 'ASC'}`,
  );
  const sql = `SELECT ${LEVEL_COLUMNS} FROM ${LEVELS} ${where} ORDER BY ${[...order, 'product_id'].join(', ')} LIMIT ? OFFSET ?`;
  const rows = prepareRows(database, sql).all(
    at,
    ...values,
    page.size,
    (page.number - 1) * page.size,
  );
  const total = count(
    prepareRows(database, `SELECT count(*) FROM ${LEVELS} ${where}`).get(at, ...values),
  );
  return { items: rows.map(levelFrom), total };
}

interface OwnedTable<Item> {
  readonly table: 'purchases' | 'reservations';
  readonly columns: string;
  readonly read: (row: Row) => Item;
}

/** A page of what belongs to callers; ids sort by time. */
function readOwned<Item>(
  database: DatabaseSync,
  { table, columns, read }: OwnedTable<Item>,
  {
    owner,
    latestFirst,
    page,
  }: { owner?: string | undefined; latestFirst: boolean; page: PageRequest },
): Page<Item> {
  const where = owner === undefined ? '' : 'WHERE owner = ?';
  const values = owner === undefined ? [] : [owner];
  const sql = `SELECT ${columns} FROM ${table} ${where} ORDER BY id ${latestFirst ? 'DESC' : 'ASC'} LIMIT ? OFFSET ?`;
  const rows = prepareRows(database, sql).all(...values, page.size, (page.number - 1) * page.size);
  const total = count(
    prepareRows(database, `SELECT count(*) FROM ${table} ${where}`).get(...values),
  );
  return { items: rows.map(read), total };
}
