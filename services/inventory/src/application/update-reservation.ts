import type { Clock } from '@anaquel/runtime';
import type { HoldLimits } from '../domain/hold-limits.ts';
import type { Requester } from './requester.ts';
import { expiryFrom, limitsFor } from './reserve.ts';
import type { RequestOutcome, SubmitCommand } from './submit-command.ts';

interface Ports {
  readonly submitCommand: SubmitCommand;
  readonly clock: Clock;
}

/**
 * Turns a reservation into a purchase, at its prices. Once more is as good as once; an expired one
 * is refused.
 */
export function confirmReservation(
  { submitCommand }: Ports,
  id: string,
  requester: Requester,
  check?: () => Promise<void>,
): Promise<RequestOutcome> {
  return submitCommand({
    operation: 'update-reservation',
    request: { id, status: 'confirmed' },
    requester,
    check,
    asksAbout: [],
    prepare: async () => ({ steps: [{ type: 'confirm', reservationId: id }] }),
  });
}

/**
 * Lets it expire so many seconds from now, 1 to 3,600, sooner or later than it would have, within
 * what limits allow from when it was made.
 */
export function extendReservation(
  { submitCommand, clock, holdLimits }: Ports & { readonly holdLimits: HoldLimits },
  id: string,
  expiresInSeconds: number,
  requester: Requester,
  check?: () => Promise<void>,
): Promise<RequestOutcome> {
  return submitCommand({
    operation: 'update-reservation',
    request: { id, expiresInSeconds },
    requester,
    check,
    asksAbout: [],
    async prepare() {
      const expiresAt = expiryFrom(clock, expiresInSeconds);
      const steps = [{ type: 'extend', reservationId: id, expiresAt } as const];
      return { steps, ...limitsFor(requester, holdLimits) };
    },
  });
}

/**
 * Lets go of what a reservation holds. Once more is as good as once; a confirmed one is refused.
 */
export function releaseReservation(
  { submitCommand }: Ports,
  id: string,
  requester: Requester,
): Promise<RequestOutcome> {
  return submitCommand({
    operation: 'release-reservation',
    request: { id },
    requester,
    asksAbout: [],
    prepare: async () => ({ steps: [{ type: 'release', reservationId: id }] }),
  });
}
