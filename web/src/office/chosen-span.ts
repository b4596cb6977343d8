import { useNow } from '@vueuse/core';
import { computed, type ComputedRef } from 'vue';
import { useShopTimeZone } from '../queries/sales.ts';
import { useRouteQuery } from '../route-query.ts';
import { readDay, spanOfDays, type TimeSpan } from '../sales/shop-days.ts';

/** A day ends while a page is open. */
const NOW_INTERVAL_MS = 30_000;

/**
 * What the address says of the time to show: a range until now, or days of the shop of one's own;
 * all of it where it says nothing, null while the time zone of the shop isn't known.
 *
 * @param startOf when a range of this name begins; null where there is none
 */
export function useChosenSpan(
  startOf: (range: string, now: Date, timeZone: string) => string | null,
): ComputedRef<TimeSpan | null> {
  const { textOf } = useRouteQuery();
  const now = useNow({ interval: NOW_INTERVAL_MS });
  const { data: timeZone } = useShopTimeZone();
  return computed(() => {
    const [first, last] = [readDay(textOf('from')), readDay(textOf('to'))];
    const range = textOf('range');
    if (first === null && last === null && range === '') return {};
    if (timeZone.value === undefined) return null;
    if (first !== null || last !== null) return spanOfDays(first, last, timeZone.value);
    const from = startOf(range, now.value, timeZone.value);
    return from === null ? {} : { from };
  });
}
