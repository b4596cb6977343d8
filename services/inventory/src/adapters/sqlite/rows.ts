import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite';
import type { Accepted, Result, StepResult } from '../../domain/command.ts';
import { RECORD_FORMAT, type IdempotencyRecord } from '../../domain/idempotency-record.ts';
import type { Level } from '../../domain/level.ts';
import type { Movement, MovementKind } from '../../domain/movement.ts';
import type { Purchase, PurchaseLine } from '../../domain/purchase.ts';
import type { Reservation, ReservationLine, ReservationStatus } from '../../domain/reservation.ts';

/**
 * A row, its columns in the order of the statement. The tables are STRICT, so the casts below state
 * what SQLite has enforced.
 */
export type Row = readonly SQLOutputValue[];

export interface RowStatement {
  get(...values: SQLInputValue[]): Row | undefined;
  all(...values: SQLInputValue[]): Row[];
  iterate(...values: SQLInputValue[]): Iterable<Row>;
}

/**
 * A statement whose rows are arrays. Rows as objects take twice the time, and leave garbage that
 * only a full collection finds: under load a service held 200 MB of it.
 */
export function prepareRows(database: DatabaseSync, sql: string): RowStatement {
  const statement = database.prepare(sql);
  statement.setReturnArrays(true);
  return statement as unknown as RowStatement;
}

export const LEVEL_COLUMNS =
  'product_id, location, on_hand, reserved, low_stock_threshold, sequence, version, updated_at';

export function levelFrom(row: Row): Level {
  const [productId, location, onHand, reserved, lowStockThreshold, sequence, version, updatedAt] =
    row;
  return {
    productId: productId as number,
    location: location as string,
    onHand: onHand as number,
    reserved: reserved as number,
    lowStockThreshold: lowStockThreshold as number | null,
    sequence: sequence as number,
    version: version as number,
    updatedAt: updatedAt as string,
  };
}

const movementColumns = [
  'position',
  'product_id',
  'location',
  'sequence',
  'kind',
  'on_hand_delta',
  'reserved_delta',
  'on_hand_after',
  'reserved_after',
  'purchase_id',
  'reason',
  'actor',
  'at',
  'reservation_id',
  'made_low',
];
export const MOVEMENT_COLUMNS = movementColumns.join(', ');
/** For a statement that gives the table the name `m`. */
export const QUALIFIED_MOVEMENT_COLUMNS = movementColumns.map((column) => `m.${column}`).join(', ');

export function movementFrom(row: Row): Movement {
  const [position, productId, location, sequence, kind, ...rest] = row;
  const [onHandDelta, reservedDelta, onHandAfter, reservedAfter, ...why] = rest;
  const [purchaseId, reason, actor, at, reservationId, madeLow] = why;
  return {
    position: position as number,
    productId: productId as number,
    location: location as string,
    sequence: sequence as number,
    kind: kind as MovementKind,
    onHandDelta: onHandDelta as number,
    reservedDelta: reservedDelta as number,
    onHandAfter: onHandAfter as number,
    reservedAfter: reservedAfter as number,
    purchaseId: purchaseId as string | null,
    reason: reason as string | null,
    actor: actor as string,
    at: at as string,
    reservationId: reservationId as string | null,
    madeLow: madeLow === 1,
  };
}

const purchaseColumns = [
  'id',
  'reference',
  'currency',
  'currency_decimals',
  'total',
  'lines',
  'owner',
  'actor',
  'at',
  'first_position',
  'last_position',
];
export const PURCHASE_COLUMNS = purchaseColumns.join(', ');
/** For a statement that gives the table the name `p`. */
export const QUALIFIED_PURCHASE_COLUMNS = purchaseColumns.map((column) => `p.${column}`).join(', ');
export const PURCHASE_WIDTH = purchaseColumns.length;

export function purchaseFrom(row: Row): Purchase {
  const [id, reference, currency, currencyDecimals, total, lines, owner, actor, at] = row;
  return {
    id: id as string,
    reference: reference as string | null,
    currency: currency as string,
    currencyDecimals: currencyDecimals as number,
    total: total as number,
    lines: JSON.parse(lines as string) as PurchaseLine[],
    owner: owner as string,
    actor: actor as string,
    at: at as string,
  };
}

export const RESERVATION_COLUMNS =
  'id, status, reference, currency, currency_decimals, total, lines, expires_at, purchase_id, owner, actor, at';
/** For a statement that gives the table the name `r`. */
export const QUALIFIED_RESERVATION_COLUMNS = RESERVATION_COLUMNS.split(', ')
  .map((column) => `r.${column}`)
  .join(', ');

export function reservationFrom(row: Row): Reservation {
  const [id, status, reference, currency, currencyDecimals, total, lines, ...rest] = row;
  const [expiresAt, purchaseId, owner, actor, at] = rest;
  return {
    id: id as string,
    status: status as ReservationStatus,
    reference: reference as string | null,
    currency: currency as string,
    currencyDecimals: currencyDecimals as number,
    total: total as number,
    lines: JSON.parse(lines as string) as ReservationLine[],
    expiresAt: expiresAt as string,
    purchaseId: purchaseId as string | null,
    owner: owner as string,
    actor: actor as string,
    at: at as string,
  };
}

export const RECORD_COLUMNS = 'scope, key, fingerprint, outcome, at, format';

/**
 * An outcome as a record keeps it: of what never changes, purchases and movements, only the id or
 * the position.
 */
type StoredOutcome = Omit<Accepted, 'result'> & {
  readonly result:
    | Exclude<Result, { type: 'purchase' | 'changes' }>
    | { readonly type: 'purchase'; readonly purchaseId: string }
    | Extract<Result, { type: 'purchase' }>
    | { readonly type: 'changes'; readonly changes: readonly (number | Level)[] };
};

export function storedOutcome({ result, ...outcome }: Accepted): string {
  const stored: StoredOutcome = { ...outcome, result: storedResult(result) };
  return JSON.stringify(stored);
}

function storedResult(result: Result): StoredOutcome['result'] {
  if (result.type === 'purchase') return { type: 'purchase', purchaseId: result.purchase.id };
  if (result.type !== 'changes') return result;
  const changes = result.changes.map((change) =>
    'movement' in change ? change.movement.position : change.level,
  );
  return { type: 'changes', changes };
}

/** Finds what records only name. It was saved in the same transaction as the record. */
export interface Named {
  purchase(id: string): Purchase | null;
  movement(position: number): Movement | null;
}

export function recordFrom(row: Row, named: Named): IdempotencyRecord {
  const [scope, key, fingerprint, outcome, at, format] = row;
  const isReadable = format === null || (format as number) <= RECORD_FORMAT;
  return {
    scope: scope as string,
    key: key as string,
    fingerprint: fingerprint as string,
    outcome: isReadable ? outcomeFrom(outcome as string, named) : null,
    at: at as string,
    format: format as number | null,
  };
}

function outcomeFrom(text: string, named: Named): Accepted {
  const { result, ...outcome } = JSON.parse(text) as StoredOutcome;
  return { ...outcome, result: resultFrom(result, named) };
}

function resultFrom(result: StoredOutcome['result'], named: Named): Result {
  if (result.type === 'purchase') {
    // Among the unnumbered records are some that hold it whole.
    if ('purchase' in result) return result;
    const purchase = named.purchase(result.purchaseId);
    if (!purchase) throw new Error(`The purchase ${result.purchaseId} of a record is missing`);
    return { type: 'purchase', purchase };
  }
  if (result.type !== 'changes') return result;
  const changes = result.changes.map((change): StepResult => {
    if (typeof change !== 'number') return { level: change };
    const movement = named.movement(change);
    if (!movement) throw new Error(`The movement ${change} of a record is missing`);
    return { movement };
  });
  return { type: 'changes', changes };
}
