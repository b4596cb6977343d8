import type { LogEntry } from '../../application/ledger.ts';
import type { Decisions } from '../../domain/decide.ts';
import type { LogBase } from '../../domain/placed-outcome.ts';
import type { PurchaseDraft } from '../../domain/purchase.ts';
import type { Reservation } from '../../domain/reservation.ts';

/** As many as a busy ledger adds until the relay reads again, lists of 1,000 included. */
const MOST_ENTRIES = 2_000;

const NOTHING: LogBase = { position: 0, number: 0 };

/**
 * The latest entries of the log that this process added, so that its relay need not read back what
 * was just written. They are what the database gives; where other replicas wrote between, they
 * begin anew.
 */
export interface RecentEntries {
  /**
   * To be called with each batch once it is committed.
   *
   * @param base what it was placed after; left out where it was decided with its places
   */
  add(decisions: Decisions, base?: LogBase): void;
  /** At most `limit` entries after a position; null when only the database knows them. */
  after(position: number, limit: number): readonly LogEntry[] | null;
  /** Lets go of all up to a position. */
  forget(position: number): void;
}

export function createRecentEntries(): RecentEntries {
  let entries: LogEntry[] = [];
  const firstPosition = (): number => entries[0]?.movement.position ?? 0;

  return {
    add(decisions, base = NOTHING) {
      const added = entriesOf(decisions, base);
      const [first] = added;
      if (first === undefined) return;
      const isNext = first.movement.position === firstPosition() + entries.length;
      entries = isNext ? [...entries, ...added].slice(-MOST_ENTRIES) : added.slice(-MOST_ENTRIES);
    },
    after(position, limit) {
      const begin = position + 1 - firstPosition();
      if (begin < 0 || begin >= entries.length) return null;
      return entries.slice(begin, begin + limit);
    },
    forget(position) {
      entries = entries.slice(Math.max(0, position + 1 - firstPosition()));
    },
  };
}

function entriesOf(decisions: Decisions, base: LogBase): LogEntry[] {
  const purchases = new Map(
    decisions.purchases.map(({ purchase, lastPosition }) => [lastPosition, purchase]),
  );
  const reservations = new Map(decisions.reservations.map((one) => [one.id, one]));
  return decisions.movements.map((movement) => {
    const { position, reservationId, reservationChange } = movement;
    const purchase = purchases.get(position);
    const reservation = reservationChange && reservations.get(reservationId ?? '');
    return {
      movement: { ...movement, position: position + base.position },
      completes: purchase ? { ...purchase, number: purchase.number + base.number } : null,
      reserved: reservation ? draftOf(reservation) : null,
    };
  });
}

function draftOf({ reference, currency, ...rest }: Reservation): PurchaseDraft {
  const { currencyDecimals, total, lines } = rest;
  return { reference, currency, currencyDecimals, total, lines };
}
