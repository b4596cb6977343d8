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
    let instant = wall;
    // The difference to UTC may be another one at midnight than an hour before it.
    for (let round = 0; round < 3; round += 1) instant -= wallTime(instant) - wall;
    return new Date(instant).toISOString();
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
