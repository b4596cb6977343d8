import { applyLevelStep, applyMovementStep } from './apply-stock-step.ts';
import type { CommandHeader, StockListAction } from './command.ts';
import type { StepResult, StockListResult } from './command-outcome.ts';
import type { StepContext } from './move.ts';
import { accepted, refused, type Outcome } from './outcome.ts';
import type { Refusal } from './refusal.ts';
import { isMovementStep, partsOf, type StockStep } from './stock-step.ts';
import type { WorkingState } from './working-state.ts';

/** Applies all steps of a list in their order, or none. Each sees what those before it did. */
export function applyStockList(
  command: CommandHeader & StockListAction,
  state: WorkingState,
): Outcome<StockListResult, Refusal> {
  const refusals: Refusal[] = [];
  const changes: StepResult[] = [];
  for (const [index, step] of command.steps.entries()) {
    for (const part of partsOf(step)) {
      const outcome = applyStep(part, { author: command, index, state });
      if (outcome.ok) changes.push(outcome.result);
      else {
        refusals.push(...outcome.refusals);
        break;
      }
    }
  }
  return refusals.length > 0 ? refused(...refusals) : accepted({ type: 'changes', changes });
}

function applyStep(step: StockStep, context: StepContext): Outcome<StepResult, Refusal> {
  if (isMovementStep(step)) {
    const outcome = applyMovementStep(step, context);
    return outcome.ok ? accepted({ movement: outcome.result.movement }) : outcome;
  }
  const outcome = applyLevelStep(step, context);
  return outcome.ok ? accepted({ level: outcome.result.level }) : outcome;
}
