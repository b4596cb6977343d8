import type { CommandHeader } from './command.ts';
import { available, levelKey, MAX_ON_HAND, type Level } from './level.ts';
import { pastAfter } from './level-past.ts';
import type { Crossing, Movement } from './movement.ts';
import { accepted, refused, type Outcome } from './outcome.ts';
import type { Refusal } from './refusal.ts';
import type { Reservation } from './reservation.ts';
import type { WorkingState } from './working-state.ts';

/** Whose name, which time and which trace a movement gets. */
export type Author = Pick<CommandHeader, 'actor' | 'at' | 'traceparent'>;

export type MovementChange = Pick<Movement, 'kind' | 'onHandDelta' | 'reservedDelta' | 'reason'> &
  Partial<Pick<Movement, 'purchaseId' | 'reservationId' | 'countedOnHand' | 'countedAt'>>;

/** Where a step is applied; `index` is its place in the command. */
export interface StepContext {
  readonly author: Author;
  readonly index: number;
  readonly state: WorkingState;
}

/** A movement and the level that it left. */
export interface Move {
  readonly level: Level;
  readonly movement: Movement;
}

/**
 * Changes the balances of a level and appends the movement that explains the change. Nothing else
 * changes balances. Reserved is at least 0, on hand at least reserved and at most
 * {@link MAX_ON_HAND}. A refusal names the step or line by `index`.
 */
export function move(
  before: Level,
  change: MovementChange,
  { author, index, state }: StepContext,
): Outcome<Move, Refusal> {
  const { productId, location, lowStockThreshold } = before;
  const { onHandDelta, reservedDelta } = change;
  const onHand = before.onHand + onHandDelta;
  const reserved = before.reserved + reservedDelta;
  const availableBefore = available(before);
  if (reserved < 0 || onHand < reserved) {
    const requested = reservedDelta - onHandDelta;
    const type = 'insufficient-stock';
    return refused({ type, step: index, productId, requested, available: availableBefore });
  }
  if (onHand > MAX_ON_HAND) {
    return refused({ type: 'stock-limit-exceeded', step: index, productId, onHand: before.onHand });
  }
  const { actor, at, traceparent } = author;
  const sequence = before.sequence + 1;
  const version = before.version + 1;
  const level = { ...before, onHand, reserved, sequence, version, updatedAt: at };
  const availableAfter = onHand - reserved;
  const fell =
    lowStockThreshold !== null &&
    availableBefore > lowStockThreshold &&
    availableAfter <= lowStockThreshold;
  const crossing = crossingOf(availableBefore, availableAfter);
  // Only then it matters whether the product is for sale.
  const isNews = (fell || crossing !== null) && state.sale.isForSale(productId);
  state.head += 1;
  const movement = {
    position: state.head,
    productId,
    location,
    sequence,
    kind: change.kind,
    onHandDelta,
    reservedDelta,
    onHandAfter: onHand,
    reservedAfter: reserved,
    purchaseId: change.purchaseId ?? null,
    reservationId: change.reservationId ?? null,
    countedOnHand: change.countedOnHand ?? null,
    countedAt: change.countedAt ?? null,
    reason: change.reason,
    madeLow: fell && isNews,
    crossing: isNews ? crossing : null,
    reservationChange: null,
    actor,
    at,
    traceparent,
  };
  const key = levelKey(productId, location);
  state.levels.set(key, level);
  state.movements.push(movement);
  const past = state.pasts.get(key);
  if (past) state.pasts.set(key, pastAfter(past, movement));
  return accepted({ level, movement });
}

function crossingOf(before: number, after: number): Crossing | null {
  if (after === 0) return before > 0 ? 'sold-out' : null;
  return before === 0 ? 'back-in-stock' : null;
}

/** Notes in the last movement how the change left the reservation. */
export function noteChange({ status, expiresAt }: Reservation, { movements }: WorkingState): void {
  const last = movements.pop();
  if (last) movements.push({ ...last, reservationChange: { status, expiresAt } });
}
