import { assertNever } from './assert-never.ts';
import type { Action, CommandHeader } from './command.ts';
import type { Level } from './level.ts';
import type { StockStep } from './stock-step.ts';

/** What a command names: the fold needs each of it that exists. */
export interface References {
  readonly levels: readonly Pick<Level, 'productId' | 'location'>[];
  /** Ids. With a reservation the fold needs the levels of its lines, too. */
  readonly reservations: readonly string[];
  /** Ids of purchases that units are returned of. */
  readonly returns: readonly string[];
  /** Whose active reservations are held against limits; null for nobody's. */
  readonly owner: string | null;
}

const NOTHING = { levels: [], reservations: [], returns: [], owner: null } as const;

export function referencesOf(command: Pick<CommandHeader, 'caller'> & Action): References {
  switch (command.type) {
    case 'purchase':
      return { ...NOTHING, levels: command.purchase.lines };
    case 'reserve': {
      const owner = command.holdLimits ? command.caller : null;
      return { ...NOTHING, levels: command.reservation.lines, owner };
    }
    case 'change-reservation':
      return { ...NOTHING, reservations: [command.reservationId] };
    case 'record-movement':
    case 'change-level':
      return { ...NOTHING, levels: [command.step], returns: returnsOf([command.step]) };
    case 'stock-list':
      return { ...NOTHING, levels: command.steps, returns: returnsOf(command.steps) };
    default:
      return assertNever(command);
  }
}

function returnsOf(steps: readonly StockStep[]): string[] {
  return steps.flatMap((step) => (step.type === 'return' ? step.purchaseId : []));
}
