import {
  column,
  flag,
  pairOf,
  rowCodec,
  select,
  type Column,
  type Query,
  type SqlValue,
} from '@anaquel/runtime/sql';
import { startAudit, type AuditReport } from '../../domain/audit.ts';
import type { AuditedMovement, AuditedPurchase } from '../../domain/audit-check.ts';
import type { Purchase } from '../../domain/purchase.ts';
import type { Reservation } from '../../domain/reservation.ts';
import {
  HOLD,
  LEVEL,
  MOVEMENT,
  PURCHASE_RANGE,
  purchaseColumns,
  reservationColumns,
  type PurchaseRange,
} from './ledger-columns.ts';
import { RECORD_IN_PURCHASE, type RecordInPurchase } from './stored-record.ts';

/** A purchase as it was saved. */
export interface PurchaseRow {
  readonly purchase: Purchase;
  readonly range: PurchaseRange;
  readonly record: RecordInPurchase;
}

/** One state of the ledger, whatever is written meanwhile. */
export interface LedgerSnapshot {
  /** All rows, some hundred at a time. Other work is done between two pages. */
  pages<Item>(query: Query<Item>): AsyncIterable<readonly Item[]>;
  /** Of each of these purchases, in their order, the movements that carry it out. */
  movementsOf(rows: readonly PurchaseRow[]): Promise<readonly AuditedPurchase['movements'][]>;
  /** Of each of these purchases, in their order, how many records the key in its row has. */
  recordCounts(rows: readonly PurchaseRow[]): Promise<readonly number[]>;
}

/** Whether the purchase that a row names is there and, for a movement, knows of it. */
interface PurchaseCheck {
  readonly purchaseExists: boolean;
}

type MovementCheck = Pick<AuditedMovement, 'purchaseExists' | 'beginsNumber'>;

const AUDITED_MOVEMENT = pairOf(
  MOVEMENT.of('m'),
  rowCodec<MovementCheck>({
    purchaseExists: flag(
      'p.id is not null and m.position between p.first_position and p.last_position',
    ),
    beginsNumber: column('case when m.position = p.first_position then p.number end'),
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

/** Runs the audit over a snapshot. */
export async function auditLedger(snapshot: LedgerSnapshot): Promise<AuditReport> {
  const audit = startAudit();

  async function each<Item>(query: Query<Item>, visit: (item: Item) => void): Promise<void> {
    for await (const page of snapshot.pages(query)) for (const item of page) visit(item);
  }

  const movements = select(AUDITED_MOVEMENT)`from movements m
    left join purchases p on p.id = m.purchase_id order by m.position`;
  await each(movements, ([movement, check]) => audit.movement({ ...movement, ...check }));
  await each(select(LEVEL)`from levels`, (level) => audit.level(level));
  for await (const page of snapshot.pages(select(AUDITED_PURCHASE)`from purchases`)) {
    const rows = page.map(([[range, record], purchase]) => ({ purchase, range, record }));
    for (const purchase of await auditedPurchases(snapshot, rows)) audit.purchase(purchase);
  }
  await each(select(HOLD)`from holds`, (hold) => audit.hold(hold));
  const reservations = select(AUDITED_RESERVATION)`from reservations r
    left join purchases p on p.id = r.purchase_id`;
  await each(reservations, ([reservation, check]) => audit.reservation({ reservation, ...check }));
  return audit.report();
}

async function auditedPurchases(
  snapshot: LedgerSnapshot,
  rows: readonly PurchaseRow[],
): Promise<AuditedPurchase[]> {
  const [movements, recordCounts] = await Promise.all([
    snapshot.movementsOf(rows),
    snapshot.recordCounts(rows),
  ]);
  return rows.map(({ purchase, range, record }, index) => ({
    purchase,
    ...range,
    movements: movements[index] ?? [],
    recordsFound: recordsFound(record, recordCounts[index] ?? 0),
  }));
}

/** 0 when only a part of the record is in the purchase's row; null when there is none. */
function recordsFound(
  { scope, key, fingerprint, keyHash }: RecordInPurchase,
  count: number,
): number | null {
  const parts = [scope, key, fingerprint, keyHash];
  if (parts.every((part) => part === null)) return null;
  return parts.includes(null) ? 0 : count;
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
