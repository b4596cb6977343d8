/** The days of a shop, as `YYYY-MM-DD`. Instants are RFC 3339, UTC. */
export interface ShopDays {
  /** It is quickest for instants in their order. */
  dayOf(at: string): string;
  startOf(day: string): string;
}

const DAY_MS = 24 * 60 * 60 * 1_000;

/** @param timeZone a name of IANA */
export function createShopDays(timeZone: string): ShopDays {
  const wallTime = createWallTime(timeZone);
  let known = { from: '', end: '', day: '' };

  function startOf(day: string): string {
    const wall = Date.parse(day);
    /** By the difference to UTC that there is at another instant. */
    const midnightBy = (near: number) => wall - (wallTime(near) - near);
    const [before, after] = [midnightBy(wall - DAY_MS), midnightBy(wall + DAY_MS)];
    // Clocks that are set may show midnight twice, or skip it: then the day begins as they do so.
    const midnights = [before, after].filter((instant) => wallTime(instant) === wall);
    return new Date(midnights.length === 0 ? before : Math.min(...midnights)).toISOString();
  }

  return {
    dayOf(at) {
      if (at < known.from || at >= known.end) {
        const wall = wallTime(Date.parse(at));
        known = { from: at, end: startOf(dayWith(wall + DAY_MS)), day: dayWith(wall) };
      }
      return known.day;
    },
    startOf,
  };
}

function dayWith(wall: number): string {
  return new Date(wall).toISOString().slice(0, 'YYYY-MM-DD'.length);
}

/** What clocks show there at an instant, as if it were UTC, in whole seconds. */
function createWallTime(timeZone: string): (instant: number) => number {
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
  return (instant) => {
    const parts = format.formatToParts(instant);
    const of = (type: Intl.DateTimeFormatPartTypes) =>
      Number(parts.find((part) => part.type === type)?.value);
    return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  };
}
