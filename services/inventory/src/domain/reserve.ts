import type { BatchReservations } from './batch-reservations.ts';
import type { CommandHeader, ReserveAction } from './command.ts';
import type { ReservationResult } from './command-outcome.ts';
import { refusalsOfReservation } from './hold-limits.ts';
import { noteChange } from './move.ts';
import { accepted, refused, type Outcome } from './outcome.ts';
import type { Refusal } from './refusal.ts';
import type { Reservation } from './reservation.ts';
import { takeLines } from './take-lines.ts';
import type { WorkingState } from './working-state.ts';

/** Holds all lines of a reservation or none, within the limits of what its owner may hold. */
export function reserve(
  command: CommandHeader & ReserveAction,
  { reservations, state }: { reservations: BatchReservations; state: WorkingState },
): Outcome<ReservationResult, Refusal> {
  const { id, owner, actor, at, reservation: draft, holdLimits: limits } = command;
  if (limits) {
    const live = reservations.activeOf(owner);
    const refusals = refusalsOfReservation(draft, { live, at, limits });
    if (refusals.length > 0) return refused(...refusals);
  }
  const outcome = takeLines(
    draft.lines,
    (quantity) => ({
      kind: 'reservation',
      onHandDelta: 0,
      reservedDelta: quantity,
      reason: null,
      reservationId: id,
    }),
    { author: command, state },
  );
  if (!outcome.ok) return outcome;
  const reservation: Reservation = {
    ...draft,
    id,
    status: 'active',
    purchaseId: null,
    owner,
    actor,
    at,
  };
  noteChange(reservation, state);
  state.reservations.set(id, reservation);
  return accepted({ type: 'reservation', reservation });
}
