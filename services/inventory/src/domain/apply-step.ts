import type { Command, Refusal, Step } from './command.ts';
import { available, levelKey, MAX_ON_HAND, type Level } from './level.ts';
import type { Movement, MovementKind } from './movement.ts';

/** A level after a step and the movement that explains it; a change of settings has none. */
export type Change =
  | { readonly level: Level; readonly movement: Omit<Movement, 'position'> | null }
  | { readonly refusals: readonly Refusal[] };

/** All lines of one command that sell from one level. */
export interface Sale {
  readonly quantity: number;
  readonly steps: readonly number[];
}

interface Context {
  readonly command: Command;
  readonly sale: Sale | undefined;
}

/** Sums the sold quantities of each level, so that two lines of one product are held against its stock together. */
export function sumSales(steps: readonly Step[]): Map<string, Sale> {
  const sales = new Map<string, Sale>();
  for (const [index, step] of steps.entries()) {
    if (step.type !== 'sell') continue;
    const key = levelKey(step.productId, step.location);
    const sale = sales.get(key);
    sales.set(key, {
      quantity: (sale?.quantity ?? 0) + step.quantity,
      steps: [...(sale?.steps ?? []), index],
    });
  }
  return sales;
}

/**
 * The rules of stock. Gives the level after `step`, or why it cannot be: what is available never falls below zero, what
 * is on hand never past {@link MAX_ON_HAND}, and nothing but `track` and a count that says so makes a level.
 */
export function applyStep(
  level: Level | undefined,
  step: Step,
  index: number,
  context: Context,
): Change {
  const { productId } = step;
  if (step.type === 'sell') return sell(level, step, index, context);
  if (step.type === 'track' && level)
    return refuse({ type: 'already-tracked', step: index, productId });
  if (!level && step.type !== 'track' && !(step.type === 'count' && step.startTracking)) {
    return refuse({ type: 'not-tracked', step: index, productId });
  }
  if (
    'expectedVersions' in step &&
    step.expectedVersions?.includes(level?.version ?? 0) === false
  ) {
    return refuse({ type: 'version-mismatch', step: index, productId });
  }

  const before = level ?? newLevel(step, context);
  const change = (kind: MovementKind, onHandDelta: number, reason: string | null): Change =>
    move(before, index, context, { kind, onHandDelta, reservedDelta: 0, reason });

  switch (step.type) {
    case 'track':
      return move({ ...before, lowStockThreshold: step.lowStockThreshold }, index, context, {
        kind: 'count',
        onHandDelta: step.onHand,
        reservedDelta: 0,
        reason: null,
      });
    case 'count': {
      const { reserved } = before;
      if (step.onHand < reserved) {
        return refuse({ type: 'count-below-reserved', step: index, productId, reserved });
      }
      return change('count', step.onHand - before.onHand, step.reason);
    }
    case 'receive':
      return change('receipt', step.quantity, step.reason);
    case 'adjust':
      return change('adjustment', step.quantity, step.reason);
    case 'set-low-stock-threshold': {
      const { lowStockThreshold } = step;
      if (lowStockThreshold === before.lowStockThreshold) return { level: before, movement: null };
      const { at: updatedAt } = context.command;
      return {
        level: { ...before, lowStockThreshold, version: before.version + 1, updatedAt },
        movement: null,
      };
    }
  }
}

function refuse(...refusals: Refusal[]): Change {
  return { refusals };
}

function sell(
  level: Level | undefined,
  step: Step & { type: 'sell' },
  index: number,
  context: Context,
): Change {
  const { quantity, steps } = context.sale ?? { quantity: step.quantity, steps: [index] };
  const left = level ? available(level) : 0;
  if (!level || quantity > left) {
    const { productId } = step;
    const refusals = steps.map((line): Refusal => {
      return {
        type: 'insufficient-stock',
        step: line,
        productId,
        requested: quantity,
        available: left,
      };
    });
    return { refusals };
  }
  return move(level, index, context, {
    kind: 'sale',
    onHandDelta: -quantity,
    reservedDelta: 0,
    reason: null,
  });
}

interface Deltas {
  readonly kind: MovementKind;
  readonly onHandDelta: number;
  readonly reservedDelta: number;
  readonly reason: string | null;
}

/** The one place where balances change. */
function move(level: Level, index: number, { command }: Context, deltas: Deltas): Change {
  const { productId, location } = level;
  const onHand = level.onHand + deltas.onHandDelta;
  const reserved = level.reserved + deltas.reservedDelta;
  if (reserved < 0 || onHand < reserved) {
    const requested = deltas.reservedDelta - deltas.onHandDelta;
    const left = available(level);
    return {
      refusals: [
        { type: 'insufficient-stock', step: index, productId, requested, available: left },
      ],
    };
  }
  if (onHand > MAX_ON_HAND) {
    return {
      refusals: [{ type: 'stock-limit-exceeded', step: index, productId, onHand: level.onHand }],
    };
  }
  const sequence = level.sequence + 1;
  return {
    level: {
      ...level,
      onHand,
      reserved,
      sequence,
      version: level.version + 1,
      updatedAt: command.at,
    },
    movement: {
      productId,
      location,
      sequence,
      ...deltas,
      onHandAfter: onHand,
      reservedAfter: reserved,
      purchaseId: command.purchase ? command.id : null,
      actor: command.actor,
      at: command.at,
    },
  };
}

function newLevel(step: Step, { command }: Context): Level {
  const { productId, location } = step;
  return {
    productId,
    location,
    onHand: 0,
    reserved: 0,
    lowStockThreshold: null,
    sequence: 0,
    version: 0,
    updatedAt: command.at,
  };
}
