import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { assertNever } from '../../domain/assert-never.ts';
import type { AcceptedCommand, CommandResult, StepResult } from '../../domain/command-outcome.ts';
import { RECORD_FORMAT, type IdempotencyRecord } from '../../domain/idempotency-record.ts';
import type { Level } from '../../domain/level.ts';
import type { Movement, MovementKind } from '../../domain/movement.ts';
import type { DraftLine, Purchase, PurchaseLine } from '../../domain/purchase.ts';
import type { Reservation, ReservationStatus } from '../../domain/reservation.ts';

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
  // The driver's types know rows as objects alone.
  const statement = database.prepare(sql) as StatementSync & RowStatement;
  statement.setReturnArrays(true);
  return statement;
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
    lines: JSON.parse(lines as string) as DraftLine[],
    expiresAt: expiresAt as string,
    purchaseId: purchaseId as string | null,
    owner: owner as string,
    actor: actor as string,
    at: at as string,
  };
}

export const RECORD_COLUMNS = 'scope, key, fingerprint, outcome, at, format';

/**
 * A result as a record keeps it: of what never changes, purchases and movements of a list, only the
 * id or the position. The position of a single movement is that of its outcome.
 */
type StoredResult =
  | { readonly type: 'purchase'; readonly purchaseId: string }
  /** Some unnumbered records hold the purchase whole. */
  | Extract<CommandResult, { type: 'purchase' | 'reservation' }>
  | {
      readonly type: 'level';
      readonly level: Level;
      readonly movement: Omit<Movement, 'position'> | null;
    }
  | { readonly type: 'changes'; readonly changes: readonly (number | Level)[] };

type StoredOutcome = Omit<AcceptedCommand, 'result'> & { readonly result: StoredResult };

export function storedOutcome({ result, ...outcome }: AcceptedCommand): string {
  const stored: StoredOutcome = { ...outcome, result: storedResult(result) };
  return JSON.stringify(stored);
}

function storedResult(result: CommandResult): StoredResult {
  switch (result.type) {
    case 'purchase':
      return { type: 'purchase', purchaseId: result.purchase.id };
    case 'reservation':
      return result;
    case 'movement':
    case 'level': {
      const { level, movement } = result;
      return { type: 'level', level, movement: movement && withoutPosition(movement) };
    }
    case 'changes': {
      const changes = result.changes.map((change) =>
        'movement' in change ? change.movement.position : change.level,
      );
      return { type: 'changes', changes };
    }
    default:
      return assertNever(result);
  }
}

function withoutPosition(movement: Movement): Omit<Movement, 'position'> {
  const { position: _, ...rest } = movement;
  return rest;
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

function outcomeFrom(text: string, named: Named): AcceptedCommand {
  const { result, ...outcome } = JSON.parse(text) as StoredOutcome;
  return { ...outcome, result: resultFrom(result, outcome.position, named) };
}

function resultFrom(result: StoredResult, position: number | null, named: Named): CommandResult {
  switch (result.type) {
    case 'purchase':
      return 'purchase' in result ? result : purchaseNamed(result.purchaseId, named);
    case 'reservation':
      return result;
    case 'level': {
      const { level } = result;
      const movement = result.movement && position && { ...result.movement, position };
      if (!movement) return { type: 'level', level, movement: null };
      // Whoever counts asks for the level, and whoever moves units for the movement.
      const type = movement.kind === 'count' ? 'level' : 'movement';
      return { type, level, movement };
    }
    case 'changes': {
      const changes = result.changes.map((change): StepResult => {
        return typeof change === 'number'
          ? { movement: movementNamed(change, named) }
          : { level: change };
      });
      return { type: 'changes', changes };
    }
    default:
      return assertNever(result);
  }
}

function purchaseNamed(id: string, named: Named): CommandResult {
  const purchase = named.purchase(id);
  if (!purchase) throw new Error(`The purchase ${id} of a record is missing`);
  return { type: 'purchase', purchase };
}

function movementNamed(position: number, named: Named): Movement {
  const movement = named.movement(position);
  if (!movement) throw new Error(`The movement ${position} of a record is missing`);
  return movement;
}
