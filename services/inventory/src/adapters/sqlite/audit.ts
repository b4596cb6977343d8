import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { StartupError } from '@anaquel/runtime';
import { openSqlite } from '@anaquel/runtime/sql';
import { startAudit, type AuditReport } from '../../domain/audit.ts';
import {
  LEVEL_COLUMNS,
  levelFrom,
  MOVEMENT_COLUMNS,
  prepareRows,
  QUALIFIED_MOVEMENT_COLUMNS,
  movementFrom,
  PURCHASE_COLUMNS,
  purchaseFrom,
  QUALIFIED_RESERVATION_COLUMNS,
  RESERVATION_COLUMNS,
  reservationFrom,
  type Row,
} from './rows.ts';

type HoldRow = readonly [string, number, string, number, string];

const ROWS_A_TURN = 500;

/** Where the lines stand in a row of purchases, and of reservations. */
const LINES = PURCHASE_COLUMNS.split(', ').indexOf('lines');
const RESERVED_LINES = RESERVATION_COLUMNS.split(', ').indexOf('lines');

/**
 * Runs the audit over one snapshot of the database at `path`, through a connection of its own.
 * Gives way to other work every few hundred rows, so a service can answer requests meanwhile, and
 * stops there when `signal` says so.
 *
 * @throws {StartupError} when a row cannot be read at all.
 */
export async function auditSqliteFile(path: string, signal?: AbortSignal): Promise<AuditReport> {
  const database = openSqlite(path, { readOnly: true });
  try {
    return await auditSnapshot(database, signal);
  } catch (error) {
    if (signal?.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(`The ledger in ${path} cannot be read: ${reason}`, { cause: error });
  } finally {
    database.close();
  }
}

async function auditSnapshot(database: DatabaseSync, signal?: AbortSignal): Promise<AuditReport> {
  const audit = startAudit();

  async function each(rows: Iterable<Row>, visit: (row: Row) => void): Promise<void> {
    let visited = 0;
    for (const row of rows) {
      visit(row);
      visited += 1;
      if (visited % ROWS_A_TURN !== 0) continue;
      await nextTurn();
      signal?.throwIfAborted();
    }
  }

  database.exec('BEGIN');
  try {
    const movements = prepareRows(
      database,
      `SELECT ${QUALIFIED_MOVEMENT_COLUMNS},
         p.id IS NOT NULL AND m.position BETWEEN p.first_position AND p.last_position AS purchase_exists
       FROM movements m LEFT JOIN purchases p ON p.id = m.purchase_id ORDER BY m.position`,
    );
    await each(movements.iterate(), (row) => {
      audit.movement({ ...movementFrom(row), purchaseExists: row.at(-1) === 1 });
    });
    const levels = prepareRows(database, `SELECT ${LEVEL_COLUMNS} FROM levels`);
    await each(levels.iterate(), (row) => audit.level(levelFrom(row)));

    const purchases = prepareRows(database, `SELECT ${PURCHASE_COLUMNS} FROM purchases`);
    const itsMovements = prepareRows(
      database,
      `SELECT ${MOVEMENT_COLUMNS} FROM movements WHERE position BETWEEN ? AND ? AND purchase_id = ? ORDER BY position`,
    );
    await each(purchases.iterate(), (row) => {
      const [firstPosition, lastPosition] = row.slice(-2) as [number, number];
      const purchase = purchaseFrom(row.with(LINES, readableLines(row[LINES])));
      const rows = itsMovements.all(firstPosition, lastPosition, purchase.id);
      audit.purchase({ purchase, firstPosition, lastPosition, movements: rows.map(movementFrom) });
    });

    const holds = prepareRows(
      database,
      'SELECT reservation_id, product_id, location, quantity, expires_at FROM holds',
    );
    await each(holds.iterate(), (row) => {
      const [reservationId, productId, location, quantity, expiresAt] = row as HoldRow;
      audit.hold({ reservationId, productId, location, quantity, expiresAt });
    });
    const reservations = prepareRows(
      database,
      `SELECT ${QUALIFIED_RESERVATION_COLUMNS}, p.id IS NOT NULL AS purchase_exists
       FROM reservations r LEFT JOIN purchases p ON p.id = r.purchase_id`,
    );
    await each(reservations.iterate(), (row) => {
      const lines = readableLines(row[RESERVED_LINES]);
      const reservation = reservationFrom(row.with(RESERVED_LINES, lines));
      audit.reservation({ reservation, purchaseExists: row.at(-1) === 1 });
    });
    return audit.report();
  } finally {
    database.exec('ROLLBACK');
  }
}

/**
 * Lines that cannot be read count as none, so that the audit names the purchase instead of failing
 * on it.
 */
function readableLines(lines: unknown): string {
  const isLine = (line: unknown): boolean =>
    typeof line === 'object' &&
    line !== null &&
    ['productId', 'quantity', 'unitPrice'].every((name) =>
      Number.isSafeInteger((line as Record<string, unknown>)[name]),
    );
  try {
    const parsed: unknown = JSON.parse(String(lines));
    return Array.isArray(parsed) && parsed.every(isLine) ? String(lines) : '[]';
  } catch {
    return '[]';
  }
}
