import type { Clock } from '@anaquel/runtime';
import type { ReservationChange } from '../domain/command.ts';
import type { ReservationResult } from '../domain/command-outcome.ts';
import type { HoldLimits } from '../domain/hold-limits.ts';
import type { Once } from './once.ts';
import type { RequestOutcome } from './request-outcome.ts';
import type { Requester } from './requester.ts';
import { expiryFrom, limitsFor } from './reserve.ts';

/** Throws when the request doesn't fit the reservation as it is now. */
type Check = () => Promise<void>;

/**
 * Turns a reservation into a purchase, at its prices. Confirming it again changes nothing; an
 * expired one is refused.
 */
export function confirmReservation(
  { once }: { readonly once: Once },
  id: string,
  requester: Requester,
  check?: Check,
): Promise<RequestOutcome<ReservationResult>> {
  const request = { id, status: 'confirmed' };
  return update(once, { id, request, requester, check }, () => ({ type: 'confirm' }));
}

/**
 * Lets it expire so many seconds from now, 1 to 3,600, sooner or later than it would have, within
 * what limits allow from when it was made.
 */
export function extendReservation(
  ports: { readonly once: Once; readonly clock: Clock; readonly holdLimits: HoldLimits },
  id: string,
  expiresInSeconds: number,
  requester: Requester,
  check?: Check,
): Promise<RequestOutcome<ReservationResult>> {
  const request = { id, expiresInSeconds };
  return update(ports.once, { id, request, requester, check }, () => ({
    type: 'extend',
    expiresAt: expiryFrom(ports.clock, expiresInSeconds),
    holdLimits: limitsFor(requester, ports.holdLimits),
  }));
}

interface ReservationUpdate {
  readonly id: string;
  readonly request: object;
  readonly requester: Requester;
  readonly check: Check | undefined;
}

function update(
  once: Once,
  { id, request, requester, check }: ReservationUpdate,
  makeChange: () => ReservationChange,
): Promise<RequestOutcome<ReservationResult>> {
  const changeRequest = { operation: 'update-reservation', request, requester } as const;
  return once(changeRequest, async ({ replay, submit }) => {
    const earlier = check ? await replay() : null;
    if (earlier) return earlier;
    await check?.();
    return submit({ type: 'change-reservation', reservationId: id, change: makeChange() });
  });
}

/**
 * Releases what a reservation holds. Releasing it again changes nothing; a confirmed one is
 * refused.
 */
export function releaseReservation(
  { once }: { readonly once: Once },
  id: string,
  requester: Requester,
): Promise<RequestOutcome<ReservationResult>> {
  const changeRequest = { operation: 'release-reservation', request: { id }, requester } as const;
  return once(changeRequest, ({ submit }) =>
    submit({ type: 'change-reservation', reservationId: id, change: { type: 'release' } }),
  );
}
