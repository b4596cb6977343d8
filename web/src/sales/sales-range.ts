/** Days that a list of sales may be narrowed to, counted back from today with today among them. */
export const SALES_RANGES = { today: 1, week: 7, month: 28 } as const;
export type SalesRange = keyof typeof SALES_RANGES;

export function readSalesRange(text: string): SalesRange | null {
  return Object.hasOwn(SALES_RANGES, text) ? (text as SalesRange) : null;
}

/**
 * When the first day of a range begins, as an RFC 3339 instant.
 *
 * @param timeZone the shop's, an IANA name: a day of the shop is not a day of the browser
 */
export function startOfRange(range: SalesRange, now: Date, timeZone: string): string {
  const today = wallTime(now.getTime(), timeZone);
  const first = new Date(today);
  first.setUTCHours(0, 0, 0, 0);
  first.setUTCDate(first.getUTCDate() - (SALES_RANGES[range] - 1));
  const wall = first.getTime();
  // The difference to UTC may be another one at midnight than it is now, or an hour before it.
  let instant = wall;
  for (let round = 0; round < 3; round += 1) instant -= wallTime(instant, timeZone) - wall;
  return new Date(instant).toISOString();
}

/** What clocks show at an instant, in whole seconds, as if it were UTC. */
function wallTime(instant: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(instant);
  const of = (type: Intl.DateTimeFormatPartTypes) =>
    Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
}
