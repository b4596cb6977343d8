import { computed, type ComputedRef } from 'vue';
import { useRoute } from 'vue-router';

/** How many rows a page of the office's lists may have. */
export const PAGE_SIZES = [20, 50, 100] as const;

/** The number of rows that the address asks for. */
export function usePageSize(): ComputedRef<number> {
  const route = useRoute();
  return computed(() => PAGE_SIZES.find((one) => String(one) === route.query['size']) ?? 20);
}
