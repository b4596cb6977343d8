import type { Books } from './books.ts';
import type { Command, Refusal, ReservationStep } from './command.ts';
import { limitsPassedByExtension } from './hold-limits.ts';
import { move, refuse, type Deltas, type MovementDraft } from './move.ts';
import { holdingsOf, isDue, type Holding, type Reservation } from './reservation.ts';

export type ReservationChange =
  | { readonly reservation: Reservation; readonly movements: readonly MovementDraft[] }
  | { readonly refusals: readonly Refusal[] };

/**
 * The rules of reservations. Writes what changes into the books; an expired one can no longer be
 * confirmed or extended.
 */
export function applyReservationStep(
  step: ReservationStep,
  index: number,
  { command, books }: { readonly command: Command; readonly books: Books },
): ReservationChange {
  const reservation = books.reservations.get(step.reservationId);
  if (!reservation) return refuse({ type: 'reservation-not-found', step: index });
  const { status } = reservation;
  const unchanged = { reservation, movements: [] };

  if (step.type === 'expire') {
    return isDue(reservation, command.at)
      ? end(reservation, 'expired', books, expiryOf(reservation))
      : unchanged;
  }
  if (step.type === 'release') {
    if (status === 'confirmed') return refuse({ type: 'reservation-closed', step: index, status });
    return status === 'active'
      ? end(reservation, 'released', books, { command, reason: null })
      : unchanged;
  }
  if (status === 'expired') return refuse({ type: 'reservation-expired', step: index });
  if (status === 'released') return refuse({ type: 'reservation-closed', step: index, status });
  if (step.type === 'extend') {
    if (status === 'confirmed') return refuse({ type: 'reservation-closed', step: index, status });
    const { at, holdLimits: limits } = command;
    const { expiresAt } = step;
    const passed = limits
      ? limitsPassedByExtension(reservation, { until: expiresAt, at, limits })
      : [];
    if (passed.length > 0) return refuse(...passed);
    return save({ ...reservation, expiresAt }, [], books);
  }
  return status === 'active' ? confirm(reservation, command, books) : unchanged;
}

/** Lets go of what a due reservation holds, in the name of nobody. */
export function expire(reservation: Reservation, books: Books): readonly MovementDraft[] {
  const change = end(reservation, 'expired', books, expiryOf(reservation));
  return 'refusals' in change ? [] : change.movements;
}

/**
 * It happened at its instant, whoever finds it and when: so a level reads the same before and after
 * it is written down.
 */
function expiryOf({ expiresAt }: Reservation): Ending {
  return { command: { actor: 'anaquel', at: expiresAt }, reason: 'expired' };
}

interface Ending {
  readonly command: Pick<Command, 'actor' | 'at'>;
  readonly reason: string | null;
}

function end(
  reservation: Reservation,
  status: 'released' | 'expired',
  books: Books,
  { command, reason }: Ending,
): ReservationChange {
  const movements = moveAll(reservation, command, books, ({ quantity }) => {
    return {
      kind: 'release',
      onHandDelta: 0,
      reservedDelta: -quantity,
      reason,
      reservationId: reservation.id,
    };
  });
  return save({ ...reservation, status }, movements, books);
}

function confirm(reservation: Reservation, command: Command, books: Books): ReservationChange {
  const movements = moveAll(reservation, command, books, ({ quantity }) => {
    return {
      kind: 'sale',
      onHandDelta: -quantity,
      reservedDelta: -quantity,
      reason: null,
      reservationId: reservation.id,
      purchaseId: command.id,
    };
  });
  return save({ ...reservation, status: 'confirmed', purchaseId: command.id }, movements, books);
}

/** What is held is there: a refusal here means that the books themselves are wrong. */
function moveAll(
  { id, lines }: Reservation,
  author: Pick<Command, 'actor' | 'at'>,
  books: Books,
  deltasOf: (holding: Holding) => Deltas,
): MovementDraft[] {
  return [...holdingsOf(lines)].map(([key, holding]) => {
    const level = books.levels.get(key);
    const change = level && move(level, 0, author, deltasOf(holding));
    if (!change || 'refusals' in change || !change.movement) {
      throw new Error(`Reservation ${id} holds what is not there`);
    }
    books.levels.set(key, change.level);
    return change.movement;
  });
}

function save(
  reservation: Reservation,
  movements: readonly MovementDraft[],
  books: Books,
): ReservationChange {
  books.reservations.set(reservation.id, reservation);
  return { reservation, movements };
}
