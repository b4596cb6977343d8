import type { Command } from './command.ts';
import { expire } from './change-reservation.ts';
import { isDue, type Reservation } from './reservation.ts';
import type { SaleStatus } from './sale-status.ts';
import { stuckReservations } from './stuck-reservations.ts';
import { merge, stateOver, type LedgerState, type WorkingState } from './working-state.ts';

/** The reservations of a batch: those that were loaded for it and those that it makes. */
export interface BatchReservations {
  /**
   * Expires those that are due at the time of a command. Gives the products of which the command
   * must know whether they are for sale before it can be decided on; mostly none.
   */
  expireDue(command: Command, sale: SaleStatus): readonly number[];
  /** The active ones of one owner. */
  activeOf(owner: string): Reservation[];
  /** To be called for each that was made or changed. */
  note(reservation: Reservation): void;
}

export function batchReservations(
  { reservations }: LedgerState,
  state: WorkingState,
): BatchReservations {
  const ids = new Set(reservations.keys());
  const idsByOwner = Map.groupBy(ids, (id) => reservations.get(id)?.owner);
  /** Until then none is due but those that are stuck, and the last of these since `stuckTo`. */
  let nextExpiry = '';
  let stuckTo = '';
  let stuck = stuckReservations();

  function activeAmong(some: Iterable<string>): Reservation[] {
    return [...some]
      .flatMap((id) => state.reservations.get(id) ?? [])
      .filter(({ status }) => status === 'active');
  }

  /** Null when it has expired, or the products that must be known before it can. */
  function expireOne(reservation: Reservation, sale: SaleStatus): readonly number[] | null {
    const changes = stateOver(state, sale);
    expire(reservation, changes);
    const unknown = sale.takeUnknown();
    if (unknown.length > 0) return unknown;
    merge(changes, state);
    return null;
  }

  function expireAt(at: string, sale: SaleStatus): void {
    const active = activeAmong(ids).toSorted(byExpiry);
    const due = active.filter((one) => isDue(one, at));
    nextExpiry = active[due.length]?.expiresAt ?? NEVER;
    stuck = stuckReservations();
    stuckTo = '';
    for (const reservation of due) {
      // Those of one level expire in their order.
      const unknown = stuck.touch(reservation)
        ? productsUnknownTo(sale, reservation)
        : expireOne(reservation, sale);
      if (unknown === null) continue;
      stuck.add(reservation, unknown);
      stuckTo = reservation.expiresAt;
    }
  }

  return {
    expireDue(command, sale) {
      const { at } = command;
      // A command that knows no more than those before finds the same ones stuck.
      if (at < stuckTo || at >= nextExpiry || stuck.mayEndBy(sale)) expireAt(at, sale);
      return stuck.unknownTo(command, state.reservations);
    },
    activeOf: (owner) => activeAmong(idsByOwner.get(owner) ?? []),
    note({ id, owner, expiresAt }) {
      if (!ids.has(id)) {
        ids.add(id);
        const owned = idsByOwner.get(owner);
        if (owned) owned.push(id);
        else idsByOwner.set(owner, [id]);
      }
      if (expiresAt < nextExpiry) nextExpiry = expiresAt;
    },
  };
}

function productsUnknownTo(sale: SaleStatus, { lines }: Reservation): readonly number[] {
  return lines.map(({ productId }) => productId).filter((productId) => !sale.knows(productId));
}

/** Sorts after every instant. */
const NEVER = '~';

/** The order in which they expire, whatever the order in which they were loaded. */
function byExpiry(one: Reservation, other: Reservation): number {
  if (one.expiresAt !== other.expiresAt) return one.expiresAt < other.expiresAt ? -1 : 1;
  return one.id < other.id ? -1 : 1;
}
