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
  /** None is due before this instant, so nobody looks before it. */
  let nextExpiry = '';

  function activeAmong(some: Iterable<string>): Reservation[] {
    return [...some]
      .flatMap((id) => state.reservations.get(id) ?? [])
      .filter(({ status }) => status === 'active');
  }

  return {
    expireDue(command, sale) {
      const { at } = command;
      if (at < nextExpiry) return [];
      const active = activeAmong(ids).toSorted(byExpiry);
      nextExpiry = active.find((one) => !isDue(one, at))?.expiresAt ?? NEVER;
      const stuck = stuckReservations();
      for (const reservation of active.filter((one) => isDue(one, at))) {
        const changes = stateOver(state, sale);
        expire(reservation, changes);
        const unknown = sale.takeUnknown();
        // Those of one level expire in their order.
        if (unknown.length > 0 || stuck.touch(reservation)) {
          stuck.add(reservation, unknown);
          nextExpiry = '';
        } else merge(changes, state);
      }
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

/** Sorts after every instant. */
const NEVER = '~';

/** The order in which they expire, whatever the order in which they were loaded. */
function byExpiry(one: Reservation, other: Reservation): number {
  if (one.expiresAt !== other.expiresAt) return one.expiresAt < other.expiresAt ? -1 : 1;
  return one.id < other.id ? -1 : 1;
}
