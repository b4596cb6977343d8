import type { Movement } from '../../api/index.ts';

/**
 * What a movement did for buyers, in units; where they notice nothing, as when a hold becomes a
 * sale, what it did on the shelf.
 */
export function changeOf({
  onHandDelta,
  reservedDelta,
}: Pick<Movement, 'onHandDelta' | 'reservedDelta'>): number {
  return onHandDelta - reservedDelta || onHandDelta;
}
