/** Instants of one minute are of one day. */
const MINUTE = 'YYYY-MM-DDTHH:MM'.length;
const MAX_KNOWN = 50_000;

/** Makes a function that gives an instant's day in a time zone, as `YYYY-MM-DD`. */
export function createDayOf(timeZone: string): (at: string) => string {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  const days = new Map<string, string>();
  return (at) => {
    const minute = at.slice(0, MINUTE);
    const known = days.get(minute);
    if (known !== undefined) return known;
    if (days.size >= MAX_KNOWN) days.clear();
    const day = format.format(new Date(at));
    days.set(minute, day);
    return day;
  };
}

/** Makes a function that says when a day (`YYYY-MM-DD`) begins in a time zone; RFC 3339, UTC. */
export function createStartOfDay(timeZone: string): (day: string) => string {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  /** What clocks show there, as if it were UTC. */
  function wallTime(instant: number): number {
    const parts = format.formatToParts(instant);
    const of = (type: Intl.DateTimeFormatPartTypes) =>
      Number(parts.find((part) => part.type === type)?.value);
    return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  }
  return (day) => {
    const wall = Date.parse(day);
    let instant = wall;
    // The difference to UTC may be another one at midnight than an hour before it.
    for (let round = 0; round < 3; round += 1) instant -= wallTime(instant) - wall;
    return new Date(instant).toISOString();
  };
}
