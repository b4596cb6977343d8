import { expire } from './change-reservation.ts';
import { isDue, type Reservation } from './reservation.ts';
import { merge, stateOver, type LedgerState, type WorkingState } from './working-state.ts';

/** The reservations of a batch: those that were loaded for it and those that it makes. */
export interface BatchReservations {
  /** Expires those that are due at this instant (RFC 3339). */
  expireDue(at: string): void;
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
    expireDue(at) {
      if (at < nextExpiry) return;
      const active = activeAmong(ids).toSorted(byExpiry);
      for (const reservation of active.filter((one) => isDue(one, at))) {
        const changes = stateOver(state);
        expire(reservation, changes);
        merge(changes, state);
      }
      nextExpiry = active.find((one) => !isDue(one, at))?.expiresAt ?? NEVER;
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
