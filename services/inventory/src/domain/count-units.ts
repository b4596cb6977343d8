import { levelKey, type Level } from './level.ts';
import { move, type Move, type StepContext } from './move.ts';
import { refused, type Outcome } from './outcome.ts';
import type { Refusal } from './refusal.ts';

/** How long ago units may have been counted. */
export const MAX_COUNT_AGE_HOURS = 24;
/** How far a client's clock may be ahead: such a count was taken now. */
const MAX_AHEAD_MS = 5_000;

/** What was counted, and when; `countedAt` is undefined for a count of now. */
export interface CountedUnits {
  readonly onHand: number;
  /** RFC 3339, UTC. */
  readonly countedAt: string | undefined;
}

/**
 * States how many units a level has: those that were counted, and those that the ledger has moved
 * since. A count that was taken before the latest one says nothing any more.
 */
export function countUnits(
  level: Level,
  { onHand, countedAt }: CountedUnits,
  context: StepContext,
): Outcome<Move, Refusal> {
  if (countedAt !== undefined) return countAt(level, { onHand, countedAt }, context);
  const { productId, reserved } = level;
  if (onHand < reserved)
    return refused({ type: 'count-below-reserved', step: context.index, productId, reserved });
  const onHandDelta = onHand - level.onHand;
  return move(level, { kind: 'count', onHandDelta, reservedDelta: 0, reason: null }, context);
}

function countAt(
  level: Level,
  { onHand: countedOnHand, countedAt: instant }: CountedUnits & { readonly countedAt: string },
  context: StepContext,
): Outcome<Move, Refusal> {
  const { author, index: step, state } = context;
  const { productId, location, reserved } = level;
  if (!isRecent(instant, author.at)) return refused({ type: 'count-not-recent', step, productId });
  const countedAt = instant < author.at ? instant : author.at;
  const past = state.pasts.get(levelKey(productId, location));
  const moved = past?.moved.get(instant);
  if (past === undefined || moved === undefined)
    throw new Error(`What product ${productId} moved since ${instant} was not loaded`);
  const { counted } = past;
  if (counted !== null && countedAt < counted)
    return refused({ type: 'count-outdated', step, productId, counted });
  const onHand = countedOnHand + moved;
  if (onHand < reserved)
    return refused({ type: 'count-below-reserved', step, productId, reserved, moved });
  const onHandDelta = onHand - level.onHand;
  const change = { kind: 'count', onHandDelta, reservedDelta: 0, reason: null } as const;
  return move(level, { ...change, countedOnHand, countedAt }, context);
}

function isRecent(instant: string, at: string): boolean {
  const ageMs = Date.parse(at) - Date.parse(instant);
  return ageMs >= -MAX_AHEAD_MS && ageMs <= MAX_COUNT_AGE_HOURS * 3_600_000;
}
