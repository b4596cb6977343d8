import type { Books } from './books.ts';
import type { Command, LevelStep, Refusal, Step } from './command.ts';
import { available, levelKey, type Level } from './level.ts';
import { move, refuse, type Change } from './move.ts';
import type { MovementKind } from './movement.ts';

/** All lines of one command that take from one level. */
export interface Taking {
  readonly quantity: number;
  readonly steps: readonly number[];
}

type TakingStep = LevelStep & { readonly type: 'sell' | 'hold' };

export function isTaking(step: Step): step is TakingStep {
  return step.type === 'sell' || step.type === 'hold';
}

/**
 * Sums what is sold or held of each level, so that two lines of one product are held against its
 * stock together.
 */
export function sumTakings(steps: readonly Step[]): Map<string, Taking> {
  const takings = new Map<string, Taking>();
  for (const [index, step] of steps.entries()) {
    if (!isTaking(step)) continue;
    const key = levelKey(step.productId, step.location);
    const taking = takings.get(key);
    takings.set(key, {
      quantity: (taking?.quantity ?? 0) + step.quantity,
      steps: [...(taking?.steps ?? []), index],
    });
  }
  return takings;
}

/** Sells or holds all that a command takes of one level, or refuses each of its lines. */
export function take(
  level: Level | undefined,
  step: TakingStep,
  { quantity, steps }: Taking,
  command: Command,
): Change {
  const { productId } = step;
  const left = level ? available(level) : 0;
  if (!level || quantity > left) {
    const { lines = [] } = command.purchase ?? command.reservation ?? {};
    const refusals = steps.map((line): Refusal => {
      return {
        type: 'insufficient-stock',
        step: line,
        productId,
        ...(lines[line] && { name: lines[line].name }),
        requested: quantity,
        available: left,
      };
    });
    return refuse(...refusals);
  }
  const [first = 0] = steps;
  const { id } = command;
  return step.type === 'sell'
    ? move(level, first, command, {
        kind: 'sale',
        onHandDelta: -quantity,
        reservedDelta: 0,
        reason: null,
        purchaseId: id,
      })
    : move(level, first, command, {
        kind: 'reservation',
        onHandDelta: 0,
        reservedDelta: quantity,
        reason: null,
        reservationId: id,
      });
}

/**
 * The rules of stock. Gives the level after `step`, or why it cannot be: what is available never
 * falls below zero, and nothing but `track` and a count that says so makes a level.
 */
export function applyStep(
  level: Level | undefined,
  step: Exclude<LevelStep, TakingStep>,
  index: number,
  { command, books }: { readonly command: Command; readonly books: Books },
): Change {
  const { productId } = step;
  const excess = step.type === 'return' ? excessOf(step, index, books) : null;
  if (excess) return refuse(excess);
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

  const before = level ?? newLevel(step, command);
  const change = (kind: MovementKind, onHandDelta: number, reason: string | null): Change =>
    move(before, index, command, { kind, onHandDelta, reservedDelta: 0, reason });

  switch (step.type) {
    case 'track': {
      const tracked = { ...before, lowStockThreshold: step.lowStockThreshold };
      const deltas = {
        kind: 'count',
        onHandDelta: step.onHand,
        reservedDelta: 0,
        reason: null,
      } as const;
      return move(tracked, index, command, deltas);
    }
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
    case 'return':
      return takeBack(before, step, index, { command, books });
    case 'set-low-stock-threshold': {
      const { lowStockThreshold } = step;
      if (lowStockThreshold === before.lowStockThreshold) return { level: before, movement: null };
      const version = before.version + 1;
      return {
        level: { ...before, lowStockThreshold, version, updatedAt: command.at },
        movement: null,
      };
    }
  }
}

type ReturnStep = LevelStep & { readonly type: 'return' };

/** Why a purchase doesn't prove that so many units can come back; null when it does. */
function excessOf(step: ReturnStep, index: number, books: Books): Refusal | null {
  const { productId, quantity, purchaseId } = step;
  const returns = books.returns.get(purchaseId);
  if (!returns) return { type: 'purchase-not-found', step: index };
  const lines = returns.purchase.lines.filter((line) => line.productId === productId);
  const sold = lines.reduce((sum, line) => sum + line.quantity, 0);
  const returnable = sold - (returns.returned.get(productId) ?? 0);
  if (quantity <= returnable) return null;
  return { type: 'return-exceeds-sale', step: index, productId, returnable };
}

/** Only after {@link excessOf} found nothing. */
function takeBack(
  level: Level,
  step: ReturnStep,
  index: number,
  { command, books }: { readonly command: Command; readonly books: Books },
): Change {
  const { productId, quantity, purchaseId, reason } = step;
  const change = move(level, index, command, {
    kind: 'return',
    onHandDelta: quantity,
    reservedDelta: 0,
    reason,
    purchaseId,
  });
  const returns = books.returns.get(purchaseId);
  if (!('refusals' in change) && returns) {
    const returned = new Map(returns.returned);
    returned.set(productId, (returned.get(productId) ?? 0) + quantity);
    books.returns.set(purchaseId, { ...returns, returned });
  }
  return change;
}

function newLevel({ productId, location }: LevelStep, { at }: Command): Level {
  return {
    productId,
    location,
    onHand: 0,
    reserved: 0,
    lowStockThreshold: null,
    sequence: 0,
    version: 0,
    updatedAt: at,
  };
}
