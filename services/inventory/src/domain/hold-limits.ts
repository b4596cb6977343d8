import type { Reservation, ReservationDraft } from './reservation.ts';

/**
 * How much one owner may hold, all live reservations together, and for how long each. Whole numbers
 * of at least 1.
 */
export interface HoldLimits {
  readonly maxUnits: number;
  readonly maxLines: number;
  /** Live reservations. */
  readonly maxActive: number;
  /** From when a reservation is made, extensions included. */
  readonly maxMinutes: number;
}

/** The owner would hold more than one may. */
export interface HoldLimitRefusal {
  readonly type: 'hold-limit';
  /**
   * What `held` and `requested` count; of minutes they are those since the reservation was made,
   * and those asked for on top.
   */
  readonly limit: 'units' | 'lines' | 'active' | 'minutes';
  readonly maximum: number;
  readonly held: number;
  readonly requested: number;
}

const MINUTE_MS = 60_000;

/**
 * Which limits an owner with these live reservations would pass by one more; none when it may be
 * made.
 */
export function limitsPassedBy(
  { lines, expiresAt }: ReservationDraft,
  { live, at, limits }: { live: readonly Reservation[]; at: string; limits: HoldLimits },
): HoldLimitRefusal[] {
  const held = live.flatMap((reservation) => reservation.lines);
  const minutes = { since: at, until: expiresAt, at };
  return [
    ...passed('units', limits.maxUnits, unitsOf(held), unitsOf(lines)),
    ...passed('lines', limits.maxLines, held.length, lines.length),
    ...passed('active', limits.maxActive, live.length, 1),
    ...minutesPassed(minutes, limits),
  ];
}

/** Whether a reservation would be held for too long by an end that is later than the one it has. */
export function limitsPassedByExtension(
  { at: since, expiresAt }: Reservation,
  { until, at, limits }: { until: string; at: string; limits: HoldLimits },
): HoldLimitRefusal[] {
  return until <= expiresAt ? [] : minutesPassed({ since, until, at }, limits);
}

function unitsOf(lines: readonly { readonly quantity: number }[]): number {
  return lines.reduce((sum, { quantity }) => sum + quantity, 0);
}

function passed(
  limit: 'units' | 'lines' | 'active',
  maximum: number,
  held: number,
  requested: number,
): HoldLimitRefusal[] {
  return held + requested > maximum
    ? [{ type: 'hold-limit', limit, maximum, held, requested }]
    : [];
}

/** In minutes that have begun, so that what is left of them is never told too long. */
function minutesPassed(
  { since, until, at }: { since: string; until: string; at: string },
  { maxMinutes: maximum }: HoldLimits,
): HoldLimitRefusal[] {
  const minutesTo = (end: string): number => (Date.parse(end) - Date.parse(since)) / MINUTE_MS;
  if (minutesTo(until) <= maximum) return [];
  const held = Math.ceil(minutesTo(at));
  const requested = Math.ceil(minutesTo(until)) - held;
  return [{ type: 'hold-limit', limit: 'minutes', maximum, held, requested }];
}
