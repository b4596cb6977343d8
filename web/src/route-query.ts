import { useRoute, useRouter, type LocationQueryRaw } from 'vue-router';

/**
 * The query of the address says what a list shows, so that it can be sent, reloaded and gone back
 * to.
 */
export function useRouteQuery() {
  const route = useRoute();
  const router = useRouter();
  return {
    /** Empty where the address has none. */
    textOf(name: string): string {
      const value = route.query[name];
      return typeof value === 'string' ? value : '';
    },
    /** Changes a filter or the order, which leads to the first page. */
    narrow(changes: LocationQueryRaw): void {
      void router.replace({ query: { ...route.query, page: undefined, ...changes } });
    },
  };
}
