import type { Clock } from '@anaquel/runtime';
import type { HoldLimits } from '../domain/hold-limits.ts';
import { MAIN_LOCATION } from '../domain/level.ts';
import { draftLines, withoutPrices, type RequestedLine } from './price-lines.ts';
import type { ProductCatalogue } from './product-catalogue.ts';
import type { Requester } from './requester.ts';
import type { RequestOutcome, SubmitCommand } from './submit-command.ts';

export interface ReservationRequest {
  /** 1 to 100 lines. */
  readonly lines: readonly RequestedLine[];
  readonly reference: string | null;
  /** 1 to 3,600. */
  readonly expiresInSeconds: number;
}

/**
 * Holds all lines or none until they expire, at the prices that Products tells now. One owner holds
 * no more than the limits allow, all live reservations together.
 */
export function reserve(
  ports: {
    readonly submitCommand: SubmitCommand;
    readonly catalogue: ProductCatalogue;
    readonly clock: Clock;
    readonly holdLimits: HoldLimits;
  },
  request: ReservationRequest,
  requester: Requester,
): Promise<RequestOutcome> {
  const { lines, reference, expiresInSeconds } = request;
  const asked = withoutPrices(lines);
  return ports.submitCommand({
    operation: 'reserve',
    request: { lines: asked, reference, expiresInSeconds },
    requester,
    asksAbout: asked.map(({ productId }) => productId),
    async prepare() {
      const draft = await draftLines(ports.catalogue, lines, reference);
      if ('refusals' in draft) return draft;
      const steps = asked.map(
        (line) => ({ type: 'hold', location: MAIN_LOCATION, ...line }) as const,
      );
      const held = draft.lines.map((line) => ({ ...line, location: MAIN_LOCATION }));
      const expiresAt = expiryFrom(ports.clock, expiresInSeconds);
      const reservation = { ...draft, lines: held, expiresAt };
      return { steps, reservation, ...limitsFor(requester, ports.holdLimits) };
    },
  });
}

/** What a command of this requester is held against. */
export function limitsFor(
  { holdsWithoutLimit }: Requester,
  holdLimits: HoldLimits,
): { holdLimits?: HoldLimits } {
  return holdsWithoutLimit ? {} : { holdLimits };
}

/** RFC 3339, UTC, with milliseconds. */
export function expiryFrom(clock: Clock, seconds: number): string {
  return new Date(clock().getTime() + seconds * 1_000).toISOString();
}
