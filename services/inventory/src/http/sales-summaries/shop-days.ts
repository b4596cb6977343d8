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
