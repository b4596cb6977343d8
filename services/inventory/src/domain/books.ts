import type { Level } from './level.ts';
import type { Purchase } from './purchase.ts';
import type { Reservation } from './reservation.ts';

/** A purchase, and what has been given back of it, by product. */
export interface Returns {
  readonly purchase: Purchase;
  readonly returned: ReadonlyMap<number, number>;
}

/** What commands read and change while a batch is decided. */
export interface Books {
  /** By `levelKey`. */
  readonly levels: Map<string, Level>;
  /** By id. */
  readonly reservations: Map<string, Reservation>;
  /** By the id of the purchase. */
  readonly returns: Map<string, Returns>;
}

interface ReadonlyBooks {
  readonly levels: ReadonlyMap<string, Level>;
  readonly reservations: ReadonlyMap<string, Reservation>;
  readonly returns: ReadonlyMap<string, Returns>;
}

/**
 * A map that shows another one until something is written to it, and keeps what was written apart.
 */
class Overlay<Key, Value> extends Map<Key, Value> {
  readonly #below: ReadonlyMap<Key, Value>;

  constructor(below: ReadonlyMap<Key, Value>) {
    super();
    this.#below = below;
  }

  override get(key: Key): Value | undefined {
    return super.get(key) ?? this.#below.get(key);
  }
}

/**
 * Books on top of others: what a command writes is kept apart until it is known that all of it may
 * be.
 */
export function openBooks(below: ReadonlyBooks): Books {
  return {
    levels: new Overlay(below.levels),
    reservations: new Overlay(below.reservations),
    returns: new Overlay(below.returns),
  };
}

/** Writes what one set of books has gained into another. */
export function carryOver(from: Books, into: Books): void {
  for (const [key, level] of from.levels) into.levels.set(key, level);
  for (const [key, reservation] of from.reservations) into.reservations.set(key, reservation);
  for (const [key, returns] of from.returns) into.returns.set(key, returns);
}
