/**
 * The stock of one product at one location. `available` is what can be sold: on hand, less what is
 * promised.
 */
export interface Level {
  readonly productId: number;
  readonly location: string;
  /** Units physically there, 0 to {@link MAX_ON_HAND}. */
  readonly onHand: number;
  /** Units promised to live reservations, 0 to `onHand`. */
  readonly reserved: number;
  /** At or below this many available units the stock counts as low; null turns that off. */
  readonly lowStockThreshold: number | null;
  /** How many movements this level has had: the sequence of its latest one. */
  readonly sequence: number;
  /** Grows with every change, so that a client can say which state it saw. */
  readonly version: number;
  /** RFC 3339, UTC. */
  readonly updatedAt: string;
}

/**
 * The only location there is today; the key of a level has carried it from the first migration on.
 */
export const MAIN_LOCATION = 'main';

export const MAX_ON_HAND = 1_000_000_000;

export function available(level: Level): number {
  return level.onHand - level.reserved;
}

/**
 * Due holds on a level: what a reader has to leave out, because it expired and nobody has written
 * it down yet.
 */
export interface DueHolds {
  readonly quantity: number;
  readonly count: number;
  /** When the last of them expired; null when there are none. */
  readonly latest: string | null;
}

/** A level as it is once its due holds are released: each is one movement. */
export function withoutDueHolds(level: Level, due: DueHolds): Level {
  if (due.latest === null) return level;
  return {
    ...level,
    reserved: level.reserved - due.quantity,
    sequence: level.sequence + due.count,
    version: level.version + due.count,
    updatedAt: due.latest,
  };
}

/** Names a level among others, in maps only. */
export function levelKey(productId: number, location: string): string {
  return `${productId}/${location}`;
}
