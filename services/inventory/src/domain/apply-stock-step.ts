import { assertNever } from './assert-never.ts';
import type { LevelResult, MovementResult } from './command-outcome.ts';
import { levelKey, type Level } from './level.ts';
import { countUnits } from './count-units.ts';
import { move, type Author, type MovementChange, type StepContext } from './move.ts';
import { accepted, refused, type Outcome } from './outcome.ts';
import type { Refusal } from './refusal.ts';
import type { LevelStep, MovementStep, ReturnStep, TrackStep, UpdateStep } from './stock-step.ts';
import type { WorkingState } from './working-state.ts';

/** Receives, adjusts or takes back units of a product that is tracked. */
export function applyMovementStep(
  step: MovementStep,
  context: StepContext,
): Outcome<MovementResult, Refusal> {
  const { index, state } = context;
  const { productId } = step;
  const refusal = step.type === 'return' ? returnRefusal(step, context) : null;
  if (refusal) return refused(refusal);
  const before = levelOf(step, state);
  if (!before) return refused({ type: 'not-tracked', step: index, productId });
  const outcome = move(before, { ...changeOf(step), reservedDelta: 0 }, context);
  if (!outcome.ok) return outcome;
  if (step.type === 'return') countReturn(step, state);
  return accepted({ type: 'movement', ...outcome.result });
}

function changeOf(step: MovementStep): Omit<MovementChange, 'reservedDelta'> {
  const { quantity, reason } = step;
  switch (step.type) {
    case 'receive':
      return { kind: 'receipt', onHandDelta: quantity, reason };
    case 'adjust':
      return { kind: 'adjustment', onHandDelta: quantity, reason };
    case 'return':
      return { kind: 'return', onHandDelta: quantity, reason, purchaseId: step.purchaseId };
    default:
      return assertNever(step);
  }
}

/** Why the purchase doesn't cover the returned units; null when it does. */
function returnRefusal(
  { productId, quantity, purchaseId }: ReturnStep,
  { index, state }: StepContext,
): Refusal | null {
  const returns = state.returns.get(purchaseId);
  if (!returns) return { type: 'purchase-not-found', step: index };
  const lines = returns.purchase.lines.filter((line) => line.productId === productId);
  const sold = lines.reduce((sum, line) => sum + line.quantity, 0);
  const returnable = sold - (returns.returned.get(productId) ?? 0);
  return quantity > returnable
    ? { type: 'return-exceeds-sale', step: index, productId, returnable }
    : null;
}

function countReturn({ productId, quantity, purchaseId }: ReturnStep, state: WorkingState): void {
  const returns = state.returns.get(purchaseId);
  if (!returns) return;
  const returned = new Map(returns.returned);
  returned.set(productId, (returned.get(productId) ?? 0) + quantity);
  state.returns.set(purchaseId, { ...returns, returned });
}

/** Starts tracking a product, counts its units or sets its threshold. */
export function applyLevelStep(
  step: LevelStep,
  context: StepContext,
): Outcome<LevelResult, Refusal> {
  switch (step.type) {
    case 'track':
      return track(step, context);
    case 'update':
      return update(step, context);
    default:
      return assertNever(step);
  }
}

function track(step: TrackStep, context: StepContext): Outcome<LevelResult, Refusal> {
  const { productId, onHand, lowStockThreshold } = step;
  const { author, index, state } = context;
  if (levelOf(step, state)) return refused({ type: 'already-tracked', step: index, productId });
  const level = { ...newLevel(step, author), lowStockThreshold };
  return levelResult(countUnits(level, { onHand, countedAt: undefined }, context));
}

function update(step: UpdateStep, context: StepContext): Outcome<LevelResult, Refusal> {
  const { productId, onHand, countedAt, lowStockThreshold } = step;
  const { startTracking, expectedVersions } = step;
  const { author, index, state } = context;
  const before = levelOf(step, state);
  if (!before && !(startTracking && onHand !== undefined))
    return refused({ type: 'not-tracked', step: index, productId });
  if (expectedVersions?.includes(before?.version ?? 0) === false)
    return refused({ type: 'version-mismatch', step: index, productId });

  const level = before ?? newLevel(step, author);
  const outcome =
    onHand === undefined
      ? accepted({ level, movement: null })
      : countUnits(level, { onHand, countedAt }, context);
  if (!outcome.ok || lowStockThreshold === undefined) return levelResult(outcome);
  const { movement } = outcome.result;
  const withThreshold = setThreshold(outcome.result.level, lowStockThreshold, context);
  return accepted({ type: 'level', level: withThreshold, movement });
}

function levelResult(
  outcome: Outcome<Omit<LevelResult, 'type'>, Refusal>,
): Outcome<LevelResult, Refusal> {
  return outcome.ok ? accepted({ type: 'level', ...outcome.result }) : outcome;
}

/** A new threshold is a new version of the level, and no movement. */
function setThreshold(
  level: Level,
  lowStockThreshold: number | null,
  { author, state }: StepContext,
): Level {
  if (lowStockThreshold === level.lowStockThreshold) return level;
  const version = level.version + 1;
  const next = { ...level, lowStockThreshold, version, updatedAt: author.at };
  state.levels.set(levelKey(level.productId, level.location), next);
  return next;
}

type LevelId = Pick<Level, 'productId' | 'location'>;

function levelOf({ productId, location }: LevelId, { levels }: WorkingState): Level | undefined {
  return levels.get(levelKey(productId, location));
}

function newLevel({ productId, location }: LevelId, { at }: Author): Level {
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
