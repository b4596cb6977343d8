import type { ShopDays } from '../../domain/shop-days.ts';

export const SPANS = ['hour', 'day', 'week'] as const;
export type Span = (typeof SPANS)[number];

const HOUR_MS = 60 * 60 * 1_000;
const DAY_MS = 24 * HOUR_MS;
const DAYS = { day: 1, week: 7 } as const;

/**
 * The instants at which spans of time begin, and the last one ends: from `from` to `to`, with those
 * between at whole hours after `from`, or at the starts of days. They are made as they are asked
 * for, since there may be thousands.
 */
export interface Spans {
  readonly count: number;
  /** @param place from 0 to `count`: the end of the last one is at `count` */
  instantAt(place: number): string;
}

/** No span between two instants (RFC 3339) that are the same. */
export function spansOf(span: Span, from: string, to: string, days: ShopDays): Spans {
  const [startMs, endMs] = [Date.parse(from), Date.parse(to)];
  const { count, startAt } =
    span === 'hour'
      ? {
          count: Math.ceil((endMs - startMs) / HOUR_MS),
          startAt: (place: number) => new Date(startMs + place * HOUR_MS).toISOString(),
        }
      : daySpans(DAYS[span], days, [startMs, endMs]);
  return {
    count: endMs > startMs ? count : 0,
    instantAt(place) {
      if (place === 0) return from;
      return place >= count ? to : startAt(place);
    },
  };
}

function daySpans(
  length: number,
  { dayOf, startOf }: ShopDays,
  [startMs, endMs]: readonly [number, number],
) {
  // Days are counted as those of UTC, which all have 24 hours.
  const numberOf = (ms: number) => Date.parse(dayOf(new Date(ms).toISOString())) / DAY_MS;
  const first = numberOf(startMs);
  return {
    count: Math.floor((numberOf(endMs - 1) - first) / length) + 1,
    startAt: (place: number) =>
      startOf(new Date((first + place * length) * DAY_MS).toISOString().slice(0, 10)),
  };
}
