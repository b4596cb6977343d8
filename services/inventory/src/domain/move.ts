import type { CommandHeader } from './command.ts';
import { available, levelKey, MAX_ON_HAND, type Level } from './level.ts';
import type { Movement } from './movement.ts';
import { accepted, refused, type Outcome } from './outcome.ts';
import type { Refusal } from './refusal.ts';
import type { WorkingState } from './working-state.ts';

/** Whose name and which time a movement gets. */
export interface Author extends Pick<CommandHeader, 'actor' | 'at'> {
  /** Products that are not for sale, and so have no low stock. */
  readonly notForSale?: readonly number[];
}

export type MovementChange = Pick<Movement, 'kind' | 'onHandDelta' | 'reservedDelta' | 'reason'> &
  Partial<Pick<Movement, 'purchaseId' | 'reservationId'>>;

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
  { author, index, state }: { author: Author; index: number; state: WorkingState },
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
  const { actor, at, notForSale } = author;
  const sequence = before.sequence + 1;
  const version = before.version + 1;
  const level = { ...before, onHand, reserved, sequence, version, updatedAt: at };
  const madeLow =
    lowStockThreshold !== null &&
    availableBefore > lowStockThreshold &&
    onHand - reserved <= lowStockThreshold &&
    notForSale?.includes(productId) !== true;
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
    reason: change.reason,
    madeLow,
    actor,
    at,
  };
  state.levels.set(levelKey(productId, location), level);
  state.movements.push(movement);
  return accepted({ level, movement });
}
