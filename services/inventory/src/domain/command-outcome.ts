import type { Action } from './command.ts';
import type { Level } from './level.ts';
import type { Movement } from './movement.ts';
import type { Accepted, Refused } from './outcome.ts';
import type { Purchase } from './purchase.ts';
import type { Refusal, StatusUnknown } from './refusal.ts';
import type { Reservation } from './reservation.ts';

/** What an accepted command leaves. */
export type CommandResult =
  | PurchaseResult
  | ReservationResult
  | MovementResult
  | LevelResult
  | StockListResult;

export interface PurchaseResult {
  readonly type: 'purchase';
  readonly purchase: Purchase;
}

export interface ReservationResult {
  readonly type: 'reservation';
  readonly reservation: Reservation;
}

export interface MovementResult {
  readonly type: 'movement';
  readonly movement: Movement;
  /** As the movement left it. */
  readonly level: Level;
}

export interface LevelResult {
  readonly type: 'level';
  readonly level: Level;
  /** Null when only the threshold was set. */
  readonly movement: Movement | null;
}

export interface StockListResult {
  readonly type: 'changes';
  /** One for each part of each step (see `partsOf`), as it left its level. */
  readonly changes: readonly StepResult[];
}

export type StepResult = { readonly movement: Movement } | { readonly level: Level };

/** By the type of command: the type of its result. */
const RESULT_TYPES = {
  purchase: 'purchase',
  reserve: 'reservation',
  'change-reservation': 'reservation',
  'record-movement': 'movement',
  'change-level': 'level',
  'stock-list': 'changes',
} as const satisfies Record<Action['type'], CommandResult['type']>;

export type ResultOf<Type extends Action['type']> = Extract<
  CommandResult,
  { readonly type: (typeof RESULT_TYPES)[Type] }
>;

export interface AcceptedCommand<Result = CommandResult> extends Accepted<Result> {
  /** The position of the command's last movement; null when it made none. */
  readonly position: number | null;
  /** Whether this is the outcome of an earlier command with the same key. */
  readonly replayed: boolean;
}

/** What the ledger says to a command. */
export type CommandOutcome<Result = CommandResult> =
  | AcceptedCommand<Result>
  | Refused<Refusal | StatusUnknown>;

/** What it says in the end. */
export type SettledOutcome<Result = CommandResult> = AcceptedCommand<Result> | Refused<Refusal>;

/**
 * Gives an outcome its type. Outcomes come from another thread or from a record, and both carry any
 * type.
 *
 * @throws {Error} The result is not one of this type of command: a bug.
 */
export function outcomeOf<Type extends Action['type']>(
  type: Type,
  outcome: SettledOutcome,
): SettledOutcome<ResultOf<Type>> {
  if (isOutcomeOf(type, outcome)) return outcome;
  throw new Error(`A command of the type ${type} has the outcome ${JSON.stringify(outcome)}`);
}

function isOutcomeOf<Type extends Action['type']>(
  type: Type,
  outcome: SettledOutcome,
): outcome is SettledOutcome<ResultOf<Type>> {
  return !outcome.ok || outcome.result.type === RESULT_TYPES[type];
}
