import type { CommandHeader, PurchaseAction } from './command.ts';
import type { PurchaseResult } from './command-outcome.ts';
import { makePurchase } from './make-purchase.ts';
import { accepted, type Outcome } from './outcome.ts';
import type { Refusal } from './refusal.ts';
import { takeLines } from './take-lines.ts';
import type { WorkingState } from './working-state.ts';

/** Sells all lines of a purchase or none. */
export function sell(
  command: CommandHeader & PurchaseAction,
  state: WorkingState,
): Outcome<PurchaseResult, Refusal> {
  const { id, owner, purchase: draft } = command;
  const outcome = takeLines(
    draft.lines,
    (quantity) => ({
      kind: 'sale',
      onHandDelta: -quantity,
      reservedDelta: 0,
      reason: null,
      purchaseId: id,
    }),
    { author: command, state },
  );
  if (!outcome.ok) return outcome;
  return accepted({ type: 'purchase', purchase: makePurchase(command, draft, { owner, state }) });
}
