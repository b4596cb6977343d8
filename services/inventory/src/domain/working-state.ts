import type { IdempotencyRecord } from './idempotency-record.ts';
import type { Level } from './level.ts';
import type { LevelPast } from './level-past.ts';
import type { Movement } from './movement.ts';
import type { PositionedPurchase, Purchase } from './purchase.ts';
import type { Reservation } from './reservation.ts';
import type { SaleStatus } from './sale-status.ts';

/** The rows that were loaded for a batch: all that its commands name, as far as it exists. */
export interface LedgerState {
  /** The position of the latest movement; 0 when there is none. */
  readonly head: number;
  /** The number of the latest purchase; 0 when there is none. */
  readonly lastNumber: number;
  /** By `levelKey`. */
  readonly levels: ReadonlyMap<string, Level>;
  /** By `recordKey`. */
  readonly records: ReadonlyMap<string, IdempotencyRecord>;
  /**
   * By id: those that commands name, the active ones that are due on a level of the batch, and the
   * active ones of every owner whose limits are checked.
   */
  readonly reservations: ReadonlyMap<string, Reservation>;
  /** By the id of the purchase: those that units are returned of. */
  readonly returns: ReadonlyMap<string, Returns>;
  /** By `levelKey`: of the levels, since the instants, at which commands say they were counted. */
  readonly pasts: ReadonlyMap<string, LevelPast>;
}

/** A purchase, and the units that were returned of it, by product. */
export interface Returns {
  readonly purchase: Purchase;
  readonly returned: ReadonlyMap<number, number>;
}

/**
 * The ledger's state while commands are decided. Its maps and lists hold the changes; `get` of a
 * map falls back to the state below.
 */
export interface WorkingState {
  /** The position of the latest movement. */
  head: number;
  /** The number of the latest purchase. */
  lastNumber: number;
  readonly levels: Map<string, Level>;
  readonly reservations: Map<string, Reservation>;
  readonly returns: Map<string, Returns>;
  readonly pasts: Map<string, LevelPast>;
  /** In the order of their positions. */
  readonly movements: Movement[];
  readonly purchases: PositionedPurchase[];
  /** What the command knows whose changes these are. */
  readonly sale: SaleStatus;
}

type Below = Pick<
  LedgerState,
  'head' | 'lastNumber' | 'levels' | 'reservations' | 'returns' | 'pasts'
>;

/** A state on top of another. Its changes stay apart until they are merged. */
export function stateOver(
  { head, lastNumber, levels, reservations, returns, pasts }: Below,
  sale: SaleStatus,
): WorkingState {
  return {
    head,
    lastNumber,
    levels: new Overlay(levels),
    reservations: new Overlay(reservations),
    returns: new Overlay(returns),
    pasts: new Overlay(pasts),
    movements: [],
    purchases: [],
    sale,
  };
}

/** Adds the changes of a state on top of `below` to `below`. */
export function merge(changes: WorkingState, below: WorkingState): void {
  for (const [key, level] of changes.levels) below.levels.set(key, level);
  for (const [id, reservation] of changes.reservations) below.reservations.set(id, reservation);
  for (const [id, returns] of changes.returns) below.returns.set(id, returns);
  for (const [key, past] of changes.pasts) below.pasts.set(key, past);
  for (const movement of changes.movements) below.movements.push(movement);
  for (const purchase of changes.purchases) below.purchases.push(purchase);
  below.head = changes.head;
  below.lastNumber = changes.lastNumber;
}

/** A map whose `get` falls back to another one; it iterates over its own entries only. */
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
