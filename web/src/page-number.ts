import { computed, watch, type ComputedRef } from 'vue';
import { useRoute, useRouter } from 'vue-router';

/** The page of a list that the address asks for, from 1. */
export function usePageNumber(): ComputedRef<number> {
  const route = useRoute();
  return computed(() => Math.max(1, Math.floor(Number(route.query['page'])) || 1));
}

/** Leads from a page behind the end of a list to its last one. */
export function useLastPage(
  list: () => { readonly items: readonly unknown[]; readonly total: number } | undefined,
  size: () => number,
): void {
  const route = useRoute();
  const router = useRouter();
  const page = usePageNumber();
  watch(
    list,
    (data) => {
      if (!data || data.items.length > 0 || data.total === 0 || page.value === 1) return;
      const last = Math.max(1, Math.ceil(data.total / size()));
      if (page.value > last) void router.replace({ query: { ...route.query, page: last } });
    },
    { immediate: true },
  );
}
