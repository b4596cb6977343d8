import { setImmediate as nextTurn } from 'node:timers/promises';
import { StartupError } from '@anaquel/runtime';
import {
  createSqliteConnection,
  flag,
  openSqlite,
  pairOf,
  rowCodec,
  select,
  type Column,
  type Query,
  type SqliteConnection,
  type SqlValue,
} from '@anaquel/runtime/sql';
import { startAudit, type AuditReport } from '../../domain/audit.ts';
import type { Purchase } from '../../domain/purchase.ts';
import type { Reservation } from '../../domain/reservation.ts';
import {
  HOLD,
  LEVEL,
  MOVEMENT,
  PURCHASE_RANGE,
  purchaseColumns,
  reservationColumns,
} from './ledger-columns.ts';
import { countRecords } from './ledger-queries.ts';
import { RECORD_IN_PURCHASE, type RecordInPurchase } from './stored-record.ts';

const ROWS_A_TURN = 500;

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
    // One transaction sees one snapshot.
    database.exec('BEGIN');
    return await auditSnapshot(createSqliteConnection(database), signal);
  } catch (error) {
    if (signal?.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(`The ledger in ${path} cannot be read: ${reason}`, { cause: error });
  } finally {
    database.close();
  }
}

/** Whether the purchase that a row names is there and, for a movement, knows of it. */
interface PurchaseCheck {
  readonly purchaseExists: boolean;
}

const AUDITED_MOVEMENT = pairOf(
  MOVEMENT.of('m'),
  rowCodec<PurchaseCheck>({
    purchaseExists: flag(
      'p.id is not null and m.position between p.first_position and p.last_position',
    ),
  }),
);
const AUDITED_PURCHASE = pairOf(
  pairOf(PURCHASE_RANGE, RECORD_IN_PURCHASE),
  rowCodec<Purchase>({ ...purchaseColumns, lines: auditedLines('lines') }),
);
const AUDITED_RESERVATION = pairOf(
  rowCodec<Reservation>({ ...reservationColumns, lines: auditedLines('lines') }).of('r'),
  rowCodec<PurchaseCheck>({ purchaseExists: flag('p.id is not null') }),
);

async function auditSnapshot(
  connection: SqliteConnection,
  signal?: AbortSignal,
): Promise<AuditReport> {
  const audit = startAudit();

  async function each<Item>(query: Query<Item>, visit: (item: Item) => void): Promise<void> {
    let visited = 0;
    for (const item of connection.each(query)) {
      visit(item);
      visited += 1;
      if (visited % ROWS_A_TURN !== 0) continue;
      await nextTurn();
      signal?.throwIfAborted();
    }
  }

  const movements = select(AUDITED_MOVEMENT)`from movements m
    left join purchases p on p.id = m.purchase_id order by m.position`;
  await each(movements, ([movement, check]) => audit.movement({ ...movement, ...check }));
  await each(select(LEVEL)`from levels`, (level) => audit.level(level));
  await each(select(AUDITED_PURCHASE)`from purchases`, ([[range, record], purchase]) => {
    const { firstPosition: first, lastPosition: last } = range;
    const query = select(MOVEMENT)`from movements where position between ${first} and ${last}
      and purchase_id = ${purchase.id} order by position`;
    const movements = connection.all(query);
    audit.purchase({
      purchase,
      ...range,
      movements,
      recordsFound: findRecords(connection, record),
    });
  });
  await each(select(HOLD)`from holds`, (hold) => audit.hold(hold));
  const reservations = select(AUDITED_RESERVATION)`from reservations r
    left join purchases p on p.id = r.purchase_id`;
  await each(reservations, ([reservation, check]) => audit.reservation({ reservation, ...check }));
  return audit.report();
}

/**
 * How many records are found by the key in a purchase's row, 0 when only a part of it is there;
 * null when there is none.
 */
function findRecords(
  connection: SqliteConnection,
  { scope, key, fingerprint, keyHash }: RecordInPurchase,
): number | null {
  if ([scope, key, fingerprint, keyHash].every((part) => part === null)) return null;
  const isWhole = scope !== null && key !== null && fingerprint !== null;
  return isWhole ? countRecords(connection, scope, key) : 0;
}

/**
 * Lines that cannot be read count as none, so that the audit names the purchase instead of failing
 * on it.
 */
function auditedLines<Line extends object>(name: string): Column<readonly Line[]> {
  return {
    name,
    convert: { read: (stored) => readLines(stored) as Line[], write: JSON.stringify },
  };
}

function readLines(stored: SqlValue): object[] {
  try {
    const lines: unknown = JSON.parse(String(stored));
    return Array.isArray(lines) && lines.every(isLine) ? lines : [];
  } catch {
    return [];
  }
}

function isLine(line: unknown): boolean {
  return (
    typeof line === 'object' &&
    line !== null &&
    ['productId', 'quantity', 'unitPrice'].every((name) =>
      Number.isSafeInteger((line as Record<string, unknown>)[name]),
    )
  );
}
