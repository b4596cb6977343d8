/** The stock of one product at one location. `available` is on hand less reserved. */
export interface Level {
  readonly productId: number;
  readonly location: string;
  /** Units physically there, 0 to {@link MAX_ON_HAND}. */
  readonly onHand: number;
  /** Units that live reservations hold, 0 to `onHand`. */
  readonly reserved: number;
  /** At or below this many available units the stock counts as low; null turns that off. */
  readonly lowStockThreshold: number | null;
  /** The sequence of the latest movement: the number of movements. */
  readonly sequence: number;
  /** Grows with every change, also of the threshold. A client names by it the state it saw. */
  readonly version: number;
  /** RFC 3339, UTC. */
  readonly updatedAt: string;
}

/** The only location today. */
export const MAIN_LOCATION = 'main';

export const MAX_ON_HAND = 1_000_000_000;

export function available(level: Level): number {
  return level.onHand - level.reserved;
}

/** The due holds on a level: they have expired, and no movement says so yet. */
export interface DueHolds {
  readonly quantity: number;
  readonly count: number;
  /** When the last of them expired; null when there are none. */
  readonly latest: string | null;
}

/** The level as it will be when its due holds are released, each by one movement. */
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

/** The key of a level in maps. */
export function levelKey(productId: number, location: string): string {
  return `${productId}/${location}`;
}
