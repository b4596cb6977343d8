import type { Clock } from '@anaquel/runtime';
import type { ReservationResult } from '../domain/command-outcome.ts';
import type { HoldLimits } from '../domain/hold-limits.ts';
import type { Once } from './once.ts';
import { priceKnownLines, priceLines, withoutPrices, type RequestedLine } from './price-lines.ts';
import type { ProductCatalogue } from './product-catalogue.ts';
import type { RequestOutcome } from './request-outcome.ts';
import type { Requester } from './requester.ts';

export interface ReservationRequest {
  /** 1 to 100 lines. */
  readonly lines: readonly RequestedLine[];
  readonly reference: string | null;
  /** 1 to 3,600. */
  readonly expiresInSeconds: number;
}

/**
 * Holds all lines or none until they expire, at the current prices of Products. All live
 * reservations of an owner together stay within the limits.
 */
export function reserve(
  ports: {
    readonly once: Once;
    readonly catalogue: ProductCatalogue;
    readonly clock: Clock;
    readonly holdLimits: HoldLimits;
  },
  { lines, reference, expiresInSeconds }: ReservationRequest,
  requester: Requester,
): Promise<RequestOutcome<ReservationResult>> {
  const { once, catalogue, clock } = ports;
  const request = { lines: withoutPrices(lines), reference, expiresInSeconds };
  return once({ operation: 'reserve', request, requester }, async ({ replay, submit }) => {
    const known = priceKnownLines(catalogue, lines, reference);
    const earlier = known ? null : await replay();
    if (earlier) return earlier;
    const draft = known ?? (await priceLines(catalogue, lines, reference));
    if (!draft.ok) return draft;
    const reservation = { ...draft.result, expiresAt: expiryFrom(clock, expiresInSeconds) };
    const holdLimits = limitsFor(requester, ports.holdLimits);
    return submit({ type: 'reserve', reservation, holdLimits });
  });
}

/** What the requester may hold; null without limits. */
export function limitsFor(
  { holdsWithoutLimit }: Requester,
  holdLimits: HoldLimits,
): HoldLimits | null {
  return holdsWithoutLimit ? null : holdLimits;
}

/** RFC 3339, UTC, with milliseconds. */
export function expiryFrom(clock: Clock, seconds: number): string {
  return new Date(clock().getTime() + seconds * 1_000).toISOString();
}
