import { assertNever } from './assert-never.ts';
import type { CommandOutcome, CommandResult, StepResult } from './command-outcome.ts';
import type { Movement } from './movement.ts';

/** The outcome of a command that was decided as if the log were empty: it had `base` movements. */
export function placedOutcome(outcome: CommandOutcome, base: number): CommandOutcome {
  if (!outcome.ok) return outcome;
  const { position, result } = outcome;
  return {
    ...outcome,
    position: position === null ? null : position + base,
    result: placedResult(result, base),
  };
}

function placedResult(result: CommandResult, base: number): CommandResult {
  switch (result.type) {
    case 'movement':
      return { ...result, movement: placed(result.movement, base) };
    case 'level':
      return { ...result, movement: result.movement && placed(result.movement, base) };
    case 'changes':
      return { ...result, changes: result.changes.map((change) => placedStep(change, base)) };
    case 'purchase':
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
