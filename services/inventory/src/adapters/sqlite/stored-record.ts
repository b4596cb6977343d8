import { column, rowCodec } from '@anaquel/runtime/sql';
import { assertNever } from '../../domain/assert-never.ts';
import type { AcceptedCommand, CommandResult, StepResult } from '../../domain/command-outcome.ts';
import {
  RECORD_FORMAT,
  type IdempotencyRecord,
  type NewRecord,
} from '../../domain/idempotency-record.ts';
import type { Level } from '../../domain/level.ts';
import type { Movement } from '../../domain/movement.ts';
import type { Purchase } from '../../domain/purchase.ts';

export interface StoredRecord extends Omit<IdempotencyRecord, 'outcome'> {
  /** A {@link StoredOutcome} as JSON, in the format of the record. */
  readonly outcome: string;
}

export const RECORD = rowCodec<StoredRecord>({
  scope: column('scope'),
  key: column('key'),
  fingerprint: column('fingerprint'),
  outcome: column('outcome'),
  at: column('at'),
  format: column('format'),
});

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

export function storedRecord(record: NewRecord): StoredRecord {
  const { outcome } = record;
  const stored: StoredOutcome = { ...outcome, result: storedResult(outcome.result) };
  return { ...record, outcome: JSON.stringify(stored) };
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

/** Finds what records only name, and what was saved in the same transactions as they. */
export interface RecordReferences {
  purchase(id: string): Purchase | undefined;
  movement(position: number): Movement | undefined;
}

/** @throws {Error} Something that a record names is missing: the database is damaged. */
export function recordFrom(record: StoredRecord, references: RecordReferences): IdempotencyRecord {
  const isReadable = record.format === null || record.format <= RECORD_FORMAT;
  return { ...record, outcome: isReadable ? outcomeFrom(record.outcome, references) : null };
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
      return 'purchase' in result ? result : purchaseOf(result.purchaseId, references);
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
