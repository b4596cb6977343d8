import { assertNever } from './assert-never.ts';
import type { CommandHeader, ReservationAction, ReservationChange } from './command.ts';
import type { ReservationResult } from './command-outcome.ts';
import { refusalsOfExtension } from './hold-limits.ts';
import { makePurchase } from './make-purchase.ts';
import { move, noteChange, type Author, type MovementChange } from './move.ts';
import { accepted, refused, type Outcome } from './outcome.ts';
import type { Refusal } from './refusal.ts';
import { holdingsOf, isDue, type Holding, type Reservation } from './reservation.ts';
import type { WorkingState } from './working-state.ts';

/**
 * Confirms, releases, extends or expires a reservation. To confirm or release it again changes
 * nothing. An expired one can't be confirmed or extended.
 */
export function changeReservation(
  command: CommandHeader & ReservationAction,
  state: WorkingState,
): Outcome<ReservationResult, Refusal> {
  const { reservationId, change, at } = command;
  const before = state.reservations.get(reservationId);
  if (!before) return refused({ type: 'reservation-not-found', step: 0 });
  const refusals = refusalsOf(change, before, at);
  if (refusals.length > 0) return refused(...refusals);
  const reservation = reservationAfter(before, command, state);
  if (reservation !== before) state.reservations.set(reservationId, reservation);
  return accepted({ type: 'reservation', reservation });
}

function refusalsOf(
  change: ReservationChange,
  reservation: Reservation,
  at: string,
): readonly Refusal[] {
  const { status } = reservation;
  const closed = (by: 'confirmed' | 'released'): Refusal[] => [
    { type: 'reservation-closed', step: 0, status: by },
  ];
  switch (change.type) {
    case 'expire':
      return [];
    case 'release':
      return status === 'confirmed' ? closed(status) : [];
    case 'confirm':
    case 'extend':
      if (status === 'expired') return [{ type: 'reservation-expired', step: 0 }];
      if (status === 'released') return closed(status);
      if (change.type === 'confirm') return [];
      return status === 'confirmed' ? closed(status) : extensionRefusals(change, reservation, at);
    default:
      return assertNever(change);
  }
}

function extensionRefusals(
  { expiresAt: until, holdLimits: limits }: ReservationChange & { readonly type: 'extend' },
  reservation: Reservation,
  at: string,
): readonly Refusal[] {
  return limits ? refusalsOfExtension(reservation, { until, at, limits }) : [];
}

function reservationAfter(
  reservation: Reservation,
  command: CommandHeader & ReservationAction,
  state: WorkingState,
): Reservation {
  const { change, at } = command;
  switch (change.type) {
    case 'expire':
      return isDue(reservation, at) ? expiredReservation(reservation, state) : reservation;
    case 'extend':
      return { ...reservation, expiresAt: change.expiresAt };
    case 'release':
      if (reservation.status !== 'active') return reservation;
      return released(reservation, 'released', { author: command, reason: null, state });
    case 'confirm':
      return reservation.status === 'active'
        ? confirmedReservation(reservation, command, state)
        : reservation;
    default:
      return assertNever(change);
  }
}

/** Ends a reservation that is due. */
export function expire(reservation: Reservation, state: WorkingState): void {
  state.reservations.set(reservation.id, expiredReservation(reservation, state));
}

/**
 * The movements have the instant of its expiry and the actor `anaquel`, whichever command finds it
 * due. So a level reads the same before and after the expiry is recorded.
 */
function expiredReservation(reservation: Reservation, state: WorkingState): Reservation {
  const author = { actor: 'anaquel', at: reservation.expiresAt, traceparent: null };
  return released(reservation, 'expired', { author, reason: 'expired', state });
}

function released(
  reservation: Reservation,
  status: 'released' | 'expired',
  { author, reason, state }: { author: Author; reason: string | null; state: WorkingState },
): Reservation {
  moveHoldings(reservation, { author, state }, ({ quantity }) => ({
    kind: 'release',
    onHandDelta: 0,
    reservedDelta: -quantity,
    reason,
    reservationId: reservation.id,
  }));
  const after = { ...reservation, status };
  noteChange(after, state);
  return after;
}

function confirmedReservation(
  reservation: Reservation,
  command: CommandHeader,
  state: WorkingState,
): Reservation {
  moveHoldings(reservation, { author: command, state }, ({ quantity }) => ({
    kind: 'sale',
    onHandDelta: -quantity,
    reservedDelta: -quantity,
    reason: null,
    reservationId: reservation.id,
    purchaseId: command.id,
  }));
  makePurchase(command, reservation, { owner: reservation.owner, state });
  const after = { ...reservation, status: 'confirmed', purchaseId: command.id } as const;
  noteChange(after, state);
  return after;
}

/** @throws {Error} The held units are missing: the ledger itself is wrong. */
function moveHoldings(
  { id, lines }: Reservation,
  { author, state }: { author: Author; state: WorkingState },
  changeOf: (holding: Holding) => MovementChange,
): void {
  for (const [key, holding] of holdingsOf(lines)) {
    const level = state.levels.get(key);
    const outcome = level && move(level, changeOf(holding), { author, index: 0, state });
    if (!outcome?.ok) throw new Error(`Reservation ${id} holds what is not there`);
  }
}
