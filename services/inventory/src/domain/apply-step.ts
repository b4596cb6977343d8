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
  const refuse = (refusal: Refusal): Change => ({ refusals: [refusal] });

  if (step.type === 'track') {
    if (level) return refuse({ type: 'already-tracked', step: index, productId });
    const fresh = { ...newLevel(step, context), lowStockThreshold: step.lowStockThreshold };
    return move(fresh, index, context, {
      kind: 'count',
      onHandDelta: step.onHand,
      reservedDelta: 0,
      reason: null,
    });
  }
  if (!level && step.type === 'sell') return sell(undefined, step, index, context);
  if (!level) {
    if (step.type !== 'count' || !step.startTracking)
      return refuse({ type: 'not-tracked', step: index, productId });
    if (step.expectedVersions !== null)
      return refuse({ type: 'version-mismatch', step: index, productId });
    return move(newLevel(step, context), index, context, {
      kind: 'count',
      onHandDelta: step.onHand,
      reservedDelta: 0,
      reason: step.reason,
    });
  }

  switch (step.type) {
    case 'count': {
      if (isStale(level, step)) return refuse({ type: 'version-mismatch', step: index, productId });
      if (step.onHand < level.reserved) {
        return refuse({
          type: 'count-below-reserved',
          step: index,
          productId,
          reserved: level.reserved,
        });
      }
      const onHandDelta = step.onHand - level.onHand;
      return move(level, index, context, {
        kind: 'count',
        onHandDelta,
        reservedDelta: 0,
        reason: step.reason,
      });
    }
    case 'set-low-stock-threshold': {
      if (isStale(level, step)) return refuse({ type: 'version-mismatch', step: index, productId });
      const { lowStockThreshold } = step;
      if (lowStockThreshold === level.lowStockThreshold) return { level, movement: null };
      const updated = {
        ...level,
        lowStockThreshold,
        version: level.version + 1,
        updatedAt: context.command.at,
      };
      return { level: updated, movement: null };
    }
    case 'receive':
      return move(level, index, context, {
        kind: 'receipt',
        onHandDelta: step.quantity,
        reservedDelta: 0,
        reason: step.reason,
      });
    case 'adjust':
      return move(level, index, context, {
        kind: 'adjustment',
        onHandDelta: step.quantity,
        reservedDelta: 0,
        reason: step.reason,
      });
    case 'sell':
      return sell(level, step, index, context);
  }
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

function isStale(
  level: Level,
  step: { readonly expectedVersions: readonly number[] | null },
): boolean {
  return step.expectedVersions !== null && !step.expectedVersions.includes(level.version);
}
