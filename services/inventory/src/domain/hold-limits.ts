import type { Reservation, ReservationDraft } from './reservation.ts';

/**
 * How much one owner may hold in all live reservations together, and how long in each. Whole
 * numbers of at least 1.
 */
export interface HoldLimits {
  readonly maxUnits: number;
  readonly maxLines: number;
  /** Live reservations. */
  readonly maxActive: number;
  /** From when a reservation is made, extensions included. */
  readonly maxMinutes: number;
}

/** The owner would hold more than a limit allows. */
export interface HoldLimitRefusal {
  readonly type: 'hold-limit';
  /**
   * What `held` and `requested` count. Minutes held are those since the reservation was made;
   * minutes requested come on top.
   */
  readonly limit: 'units' | 'lines' | 'active' | 'minutes';
  readonly maximum: number;
  readonly held: number;
  readonly requested: number;
}

const MINUTE_MS = 60_000;

/** The limits that one more reservation would exceed, given the owner's live ones. */
export function refusalsOfReservation(
  { lines, expiresAt }: ReservationDraft,
  { live, at, limits }: { live: readonly Reservation[]; at: string; limits: HoldLimits },
): HoldLimitRefusal[] {
  const liveLines = live.flatMap((reservation) => reservation.lines);
  const minutes = { since: at, until: expiresAt, at };
  return [
    ...amountRefusals('units', limits.maxUnits, unitsOf(liveLines), unitsOf(lines)),
    ...amountRefusals('lines', limits.maxLines, liveLines.length, lines.length),
    ...amountRefusals('active', limits.maxActive, live.length, 1),
    ...minuteRefusals(minutes, limits),
  ];
}

/** The limits that a later expiry would exceed; an earlier one exceeds none. */
export function refusalsOfExtension(
  { at: since, expiresAt }: Reservation,
  { until, at, limits }: { until: string; at: string; limits: HoldLimits },
): HoldLimitRefusal[] {
  return until <= expiresAt ? [] : minuteRefusals({ since, until, at }, limits);
}

function unitsOf(lines: readonly { readonly quantity: number }[]): number {
  return lines.reduce((sum, { quantity }) => sum + quantity, 0);
}

function amountRefusals(
  limit: 'units' | 'lines' | 'active',
  maximum: number,
  held: number,
  requested: number,
): HoldLimitRefusal[] {
  return held + requested > maximum
    ? [{ type: 'hold-limit', limit, maximum, held, requested }]
    : [];
}

/** Minutes are rounded up, so that no more is promised than is left. */
function minuteRefusals(
  { since, until, at }: { since: string; until: string; at: string },
  { maxMinutes: maximum }: HoldLimits,
): HoldLimitRefusal[] {
  const minutesTo = (end: string): number => (Date.parse(end) - Date.parse(since)) / MINUTE_MS;
  if (minutesTo(until) <= maximum) return [];
  const held = Math.ceil(minutesTo(at));
  const requested = Math.ceil(minutesTo(until)) - held;
  return [{ type: 'hold-limit', limit: 'minutes', maximum, held, requested }];
}
