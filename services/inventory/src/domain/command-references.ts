import { assertNever } from './assert-never.ts';
import type { Action, CommandHeader } from './command.ts';
import type { Level } from './level.ts';
import type { PastInstant } from './level-past.ts';
import type { StockStep } from './stock-step.ts';

/** The rows that the fold needs for a command, as far as they exist. */
export interface References {
  readonly levels: readonly Pick<Level, 'productId' | 'location'>[];
  /** Ids. The fold also needs the levels of their lines. */
  readonly reservations: readonly string[];
  /** Ids of the purchases of which units are returned. */
  readonly returns: readonly string[];
  /** The levels that were counted before, and when. */
  readonly counts: readonly PastInstant[];
  /** The owner whose active reservations count against limits; null without limits. */
  readonly owner: string | null;
}

const NOTHING = { levels: [], reservations: [], returns: [], counts: [], owner: null } as const;

export function referencesOf(command: Pick<CommandHeader, 'owner'> & Action): References {
  switch (command.type) {
    case 'purchase':
      return { ...NOTHING, levels: command.purchase.lines };
    case 'reserve': {
      const owner = command.holdLimits ? command.owner : null;
      return { ...NOTHING, levels: command.reservation.lines, owner };
    }
    case 'change-reservation':
      return { ...NOTHING, reservations: [command.reservationId] };
    case 'record-movement':
    case 'change-level':
      return referencesOfSteps([command.step]);
    case 'stock-list':
      return referencesOfSteps(command.steps);
    default:
      return assertNever(command);
  }
}

function referencesOfSteps(steps: readonly StockStep[]): References {
  return { ...NOTHING, levels: steps, returns: returnsOf(steps), counts: countsOf(steps) };
}

function countsOf(steps: readonly StockStep[]): PastInstant[] {
  return steps.flatMap((step) => {
    if (step.type !== 'update' || step.countedAt === undefined) return [];
    const { productId, location, countedAt: instant } = step;
    return { productId, location, instant };
  });
}

function returnsOf(steps: readonly StockStep[]): string[] {
  return steps.flatMap((step) => (step.type === 'return' ? step.purchaseId : []));
}
