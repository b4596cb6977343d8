import type { Clock } from '@anaquel/runtime';
import type { ReservationResult } from '../domain/command-outcome.ts';
import type { HoldLimits } from '../domain/hold-limits.ts';
import type { Once } from './once.ts';
import type { RequestOutcome } from './request-outcome.ts';
import type { Requester } from './requester.ts';
import { expiryFrom, limitsFor } from './reserve.ts';

/** What else the request has to fulfil as things stand; throws when it doesn't. */
type Check = () => Promise<void>;

/**
 * Turns a reservation into a purchase, at its prices. Once more is as good as once; an expired one
 * is refused.
 */
export function confirmReservation(
  { once }: { readonly once: Once },
  id: string,
  requester: Requester,
  check?: Check,
): Promise<RequestOutcome<ReservationResult>> {
  const request = { id, status: 'confirmed' };
  const intent = { operation: 'update-reservation', request, requester } as const;
  return once(intent, async ({ replay, submit }) => {
    const earlier = check ? await replay() : null;
    if (earlier) return earlier;
    await check?.();
    return submit({
      type: 'change-reservation',
      reservationId: id,
      change: { type: 'confirm' },
    });
  });
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
  const intent = { operation: 'update-reservation', request, requester } as const;
  return ports.once(intent, async ({ replay, submit }) => {
    const earlier = check ? await replay() : null;
    if (earlier) return earlier;
    await check?.();
    const expiresAt = expiryFrom(ports.clock, expiresInSeconds);
    const holdLimits = limitsFor(requester, ports.holdLimits);
    return submit({
      type: 'change-reservation',
      reservationId: id,
      change: { type: 'extend', expiresAt, holdLimits },
    });
  });
}

/**
 * Lets go of what a reservation holds. Once more is as good as once; a confirmed one is refused.
 */
export function releaseReservation(
  { once }: { readonly once: Once },
  id: string,
  requester: Requester,
): Promise<RequestOutcome<ReservationResult>> {
  const intent = { operation: 'release-reservation', request: { id }, requester } as const;
  return once(intent, ({ submit }) =>
    submit({ type: 'change-reservation', reservationId: id, change: { type: 'release' } }),
  );
}
