import { computed, type ComputedRef } from 'vue';
import { useRoute } from 'vue-router';

/** The page of a list that the address asks for, from 1. */
export function usePageNumber(): ComputedRef<number> {
  const route = useRoute();
  return computed(() => Math.max(1, Math.floor(Number(route.query['page'])) || 1));
}
