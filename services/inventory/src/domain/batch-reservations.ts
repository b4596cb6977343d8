import { expire } from './change-reservation.ts';
import { isDue, type Reservation } from './reservation.ts';
import { merge, stateOver, type LedgerState, type WorkingState } from './working-state.ts';

/** The reservations that a batch knows of: those it loaded and those it made. */
export interface BatchReservations {
  /** Lets go of all that are due at an instant. */
  expireDue(at: string): void;
  /** Those of one owner that are active. */
  activeOf(owner: string): Reservation[];
  /** Takes note of one that was made or changed. */
  note(reservation: Reservation): void;
}

export function batchReservations(
  { reservations }: LedgerState,
  state: WorkingState,
): BatchReservations {
  const ids = new Set(reservations.keys());
  const idsByOwner = Map.groupBy(ids, (id) => reservations.get(id)?.owner);
  /** None is due before it. */
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

/** Sorts after every time. */
const NEVER = '~';

/** In the order in which they ran out, however they were loaded. */
function byExpiry(one: Reservation, other: Reservation): number {
  if (one.expiresAt !== other.expiresAt) return one.expiresAt < other.expiresAt ? -1 : 1;
  return one.id < other.id ? -1 : 1;
}
