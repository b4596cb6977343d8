import { assertNever } from './assert-never.ts';
import type { CommandOutcome, CommandResult, StepResult } from './command-outcome.ts';
import type { Movement } from './movement.ts';

/** What a log had before a batch: the latest position, and the number of the latest purchase. */
export interface LogBase {
  readonly position: number;
  readonly number: number;
}

/** The outcome of a command that was decided as if the log were empty: it had all of `base`. */
export function placedOutcome(outcome: CommandOutcome, base: LogBase): CommandOutcome {
  if (!outcome.ok) return outcome;
  const { position, result } = outcome;
  return {
    ...outcome,
    position: position === null ? null : position + base.position,
    result: placedResult(result, base),
  };
}

function placedResult(result: CommandResult, base: LogBase): CommandResult {
  switch (result.type) {
    case 'movement':
      return { ...result, movement: placed(result.movement, base.position) };
    case 'level':
      return { ...result, movement: result.movement && placed(result.movement, base.position) };
    case 'changes':
      return {
        ...result,
        changes: result.changes.map((change) => placedStep(change, base.position)),
      };
    case 'purchase': {
      const { purchase } = result;
      return { ...result, purchase: { ...purchase, number: purchase.number + base.number } };
    }
    case 'reservation':
      return result;
    default:
      return assertNever(result);
  }
}

function placedStep(change: StepResult, base: number): StepResult {
  return 'movement' in change ? { movement: placed(change.movement, base) } : change;
}

function placed(movement: Movement, base: number): Movement {
  return { ...movement, position: movement.position + base };
}
