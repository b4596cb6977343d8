import type { Command, Refusal } from './command.ts';
import { available, MAX_ON_HAND, type Level } from './level.ts';
import type { Movement } from './movement.ts';

/** A movement that has no place in the log yet. */
export type MovementDraft = Omit<Movement, 'position'>;

/** A level after a step and the movement that explains it; a change of settings has none. */
export type Change =
  | { readonly level: Level; readonly movement: MovementDraft | null }
  | { readonly refusals: readonly Refusal[] };

export type Deltas = Pick<Movement, 'kind' | 'onHandDelta' | 'reservedDelta' | 'reason'> &
  Partial<Pick<Movement, 'purchaseId' | 'reservationId'>>;

/**
 * The one place where balances change: neither may fall below zero, nor what is on hand below what
 * is reserved or past its limit.
 */
export function move(
  level: Level,
  step: number,
  { actor, at, notForSale }: Pick<Command, 'actor' | 'at' | 'notForSale'>,
  deltas: Deltas,
): Change {
  const { productId, location, lowStockThreshold } = level;
  const {
    kind,
    onHandDelta,
    reservedDelta,
    reason,
    purchaseId = null,
    reservationId = null,
  } = deltas;
  const onHand = level.onHand + onHandDelta;
  const reserved = level.reserved + reservedDelta;
  const left = available(level);
  if (reserved < 0 || onHand < reserved) {
    const requested = reservedDelta - onHandDelta;
    return refuse({ type: 'insufficient-stock', step, productId, requested, available: left });
  }
  if (onHand > MAX_ON_HAND) {
    return refuse({ type: 'stock-limit-exceeded', step, productId, onHand: level.onHand });
  }
  const sequence = level.sequence + 1;
  const madeLow =
    lowStockThreshold !== null &&
    left > lowStockThreshold &&
    onHand - reserved <= lowStockThreshold &&
    notForSale?.includes(productId) !== true;
  return {
    level: { ...level, onHand, reserved, sequence, version: level.version + 1, updatedAt: at },
    movement: {
      productId,
      location,
      sequence,
      kind,
      onHandDelta,
      reservedDelta,
      onHandAfter: onHand,
      reservedAfter: reserved,
      purchaseId,
      reservationId,
      reason,
      madeLow,
      actor,
      at,
    },
  };
}

export function refuse(...refusals: Refusal[]): { readonly refusals: readonly Refusal[] } {
  return { refusals };
}
