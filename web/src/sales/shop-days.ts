/** Days that a list of sales may be narrowed to, counted back from today with today among them. */
export const SALES_RANGES = { today: 1, week: 7, month: 28 } as const;
export type SalesRange = keyof typeof SALES_RANGES;

export function readSalesRange(text: string): SalesRange | null {
  return Object.hasOwn(SALES_RANGES, text) ? (text as SalesRange) : null;
}

/** `YYYY-MM-DD`, in the time zone of the shop: its day is not the browser's. */
export type ShopDay = string;

/** What somebody types is a year before 2000 until it is whole. */
const FIRST_DAY: ShopDay = '2000-01-01';
const LAST_DAY: ShopDay = '9998-12-31';
const DAY_MS = 24 * 60 * 60 * 1_000;

/** Null of a text that is no day, or none on which a shop sold something. */
export function readDay(text: string): ShopDay | null {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  const isDay = !Number.isNaN(time) && dayOf(new Date(time)) === text;
  return isDay && text >= FIRST_DAY && text <= LAST_DAY ? text : null;
}

const dayOf = (date: Date): ShopDay => date.toISOString().slice(0, 10);

export function daysAfter(day: ShopDay, count: number): ShopDay {
  const date = new Date(day);
  date.setUTCDate(date.getUTCDate() + count);
  return dayOf(date);
}

/** @param timeZone an IANA name, as in all of this module */
export function shopDay(at: Date, timeZone: string): ShopDay {
  return dayOf(new Date(wallTime(at.getTime(), timeZone)));
}

/** When a day begins, as an RFC 3339 instant. */
export function startOfDay(day: ShopDay, timeZone: string): string {
  return firstInstant(Date.parse(day), timeZone);
}

/** When the first day of a range begins, as an RFC 3339 instant. */
export function startOfRange(range: SalesRange, now: Date, timeZone: string): string {
  return startOfDay(daysAfter(shopDay(now, timeZone), 1 - SALES_RANGES[range]), timeZone);
}

/** The same time of the clock, so many days before. */
export function sameTimeBefore(now: Date, days: number, timeZone: string): string {
  return firstInstant(wallTime(now.getTime(), timeZone) - days * DAY_MS, timeZone);
}

/** A range of time without its end; an end that is left out is none. */
export interface TimeSpan {
  readonly from?: string;
  readonly to?: string;
}

/** From the start of one day to the end of another, whichever of them is the earlier one. */
export function spanOfDays(one: ShopDay | null, other: ShopDay | null, timeZone: string): TimeSpan {
  const [first, last] = one && other && one > other ? [other, one] : [one, other];
  return {
    ...(first && { from: startOfDay(first, timeZone) }),
    ...(last && { to: startOfDay(daysAfter(last, 1), timeZone) }),
  };
}

/** When clocks first show this, or skip it, as an RFC 3339 instant. */
function firstInstant(wall: number, timeZone: string): string {
  /** By the difference to UTC that there is at another instant. */
  const instantBy = (near: number) => wall - (wallTime(near, timeZone) - near);
  const [before, after] = [instantBy(wall - DAY_MS), instantBy(wall + DAY_MS)];
  // Clocks that are set may show it twice or never.
  const instants = [before, after].filter((instant) => wallTime(instant, timeZone) === wall);
  return new Date(instants.length === 0 ? before : Math.min(...instants)).toISOString();
}

/** What clocks show at an instant, in whole seconds, as if it were UTC. */
function wallTime(instant: number, timeZone: string): number {
  const parts = clockOf(timeZone).formatToParts(instant);
  const of = (type: Intl.DateTimeFormatPartTypes) =>
    Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
}

/** Making one is slow. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known) return known;
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  clocks.set(timeZone, clock);
  return clock;
}
