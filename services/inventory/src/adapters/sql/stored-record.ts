import { column, rowCodec, type Columns } from '@anaquel/runtime/sql';
import { assertNever } from '../../domain/assert-never.ts';
import type {
  AcceptedCommand,
  CommandResult,
  PurchaseResult,
  StepResult,
} from '../../domain/command-outcome.ts';
import {
  RECORD_FORMAT,
  type IdempotencyRecord,
  type NewRecord,
} from '../../domain/idempotency-record.ts';
import type { Level } from '../../domain/level.ts';
import type { Movement } from '../../domain/movement.ts';
import type { Purchase } from '../../domain/purchase.ts';
import { keyHashOf } from './key-hash.ts';

export interface StoredRecord extends Omit<IdempotencyRecord, 'outcome'> {
  /** A {@link StoredOutcome} as JSON, in the format of the record. */
  readonly outcome: string;
}

export const recordColumns: Columns<StoredRecord> = {
  scope: column('scope'),
  key: column('key'),
  fingerprint: column('fingerprint'),
  outcome: column('outcome'),
  at: column('at'),
  format: column('format'),
};
export const RECORD = rowCodec<StoredRecord>(recordColumns);

/** What a purchase's row keeps of the record of its key; all null without one. */
export interface RecordInPurchase {
  readonly scope: string | null;
  readonly key: string | null;
  readonly fingerprint: string | null;
  readonly keyHash: number | null;
  readonly recordFormat: number | null;
}

export const NO_RECORD: RecordInPurchase = {
  scope: null,
  key: null,
  fingerprint: null,
  keyHash: null,
  recordFormat: null,
};

export const recordInPurchase: Columns<RecordInPurchase> = {
  scope: column('idempotency_scope'),
  key: column('idempotency_key'),
  fingerprint: column('fingerprint'),
  keyHash: column('key_hash'),
  recordFormat: column('record_format'),
};
export const RECORD_IN_PURCHASE = rowCodec<RecordInPurchase>(recordInPurchase);

export function inPurchase({
  scope,
  key,
  fingerprint,
  format,
}: Omit<IdempotencyRecord, 'outcome'>): RecordInPurchase {
  return { scope, key, fingerprint, keyHash: keyHashOf(scope, key), recordFormat: format };
}

/** A purchase's row, read as the record of its key: a {@link StoredOutcome} that names it. */
export const RECORD_OF_PURCHASE = rowCodec<StoredRecord>({
  scope: column('idempotency_scope'),
  key: column('idempotency_key'),
  fingerprint: column('fingerprint'),
  outcome: column(
    `'{"ok":true,"result":{"type":"purchase","purchaseId":"' || id || '"},"position":' ||
      last_position || ',"replayed":false}'`,
  ),
  at: column('at'),
  format: column('record_format'),
});

/**
 * A result as a record keeps it: of what never changes, purchases and movements of a list, only the
 * id or the position. The position of a single movement is that of its outcome.
 */
type StoredResult =
  /** In the purchase's own row, and in records of releases that had none there. */
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

/** All but purchases, whose own rows are their results. */
type ResultApart = Exclude<CommandResult, PurchaseResult>;

/** The record of a command with this result, for the table of records. */
export function storedRecord(record: NewRecord, result: ResultApart): StoredRecord {
  const stored: StoredOutcome = { ...record.outcome, result: storedResult(result) };
  return { ...record, outcome: JSON.stringify(stored) };
}

function storedResult(result: ResultApart): StoredResult {
  switch (result.type) {
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

/** Finds what records only name, and what was saved in the same transactions as they. */
export interface RecordReferences {
  purchase(id: string): Purchase | undefined;
  movement(position: number): Movement | undefined;
}

/** @throws {Error} Something that a record names is missing: the database is damaged. */
export function recordFrom(record: StoredRecord, references: RecordReferences): IdempotencyRecord {
  return {
    ...record,
    outcome: isReadable(record) ? outcomeFrom(record.outcome, references) : null,
  };
}

/** The id of the purchase that a record is of; null when it is of something else. */
export function purchaseIdIn(record: StoredRecord): string | null {
  if (!isReadable(record)) return null;
  const { result } = JSON.parse(record.outcome) as StoredOutcome;
  if (result.type !== 'purchase') return null;
  return idIn(result);
}

/** Purchases that records hold whole have no number: the purchase's row has it. */
function idIn(result: Extract<StoredResult, { readonly type: 'purchase' }>): string {
  return 'purchase' in result ? result.purchase.id : result.purchaseId;
}

/** The positions of the movements that a record names. */
export function positionsIn(record: StoredRecord): number[] {
  if (!isReadable(record)) return [];
  const { result } = JSON.parse(record.outcome) as StoredOutcome;
  return result.type === 'changes'
    ? result.changes.filter((change) => typeof change === 'number')
    : [];
}

/** A record whose positions count from the start of its batch, with its positions in the log. */
export function placedRecord(record: StoredRecord, base: number): StoredRecord {
  if (base === 0 || !isReadable(record)) return record;
  const outcome = JSON.parse(record.outcome) as StoredOutcome;
  const { position, result } = outcome;
  const placed: StoredOutcome = {
    ...outcome,
    position: position === null ? null : position + base,
    result:
      result.type === 'changes'
        ? { ...result, changes: placedChanges(result.changes, base) }
        : result,
  };
  return { ...record, outcome: JSON.stringify(placed) };
}

function placedChanges(changes: readonly (number | Level)[], base: number): (number | Level)[] {
  return changes.map((change) => (typeof change === 'number' ? change + base : change));
}

function isReadable({ format }: StoredRecord): boolean {
  return format === null || format <= RECORD_FORMAT;
}

function outcomeFrom(text: string, references: RecordReferences): AcceptedCommand {
  const outcome = JSON.parse(text) as StoredOutcome;
  return { ...outcome, result: resultFrom(outcome.result, outcome.position, references) };
}

function resultFrom(
  result: StoredResult,
  position: number | null,
  references: RecordReferences,
): CommandResult {
  switch (result.type) {
    case 'purchase':
      return purchaseOf(idIn(result), references);
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
          ? { movement: movementOf(change, references) }
          : { level: change };
      });
      return { type: 'changes', changes };
    }
    default:
      return assertNever(result);
  }
}

function purchaseOf(id: string, references: RecordReferences): CommandResult {
  const purchase = references.purchase(id);
  if (!purchase) throw new Error(`The purchase ${id} of a record is missing`);
  return { type: 'purchase', purchase };
}

function movementOf(position: number, references: RecordReferences): Movement {
  const movement = references.movement(position);
  if (!movement) throw new Error(`The movement ${position} of a record is missing`);
  return movement;
}
