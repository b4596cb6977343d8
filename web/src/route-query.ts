import { onScopeDispose } from 'vue';
import { useRoute, useRouter, type LocationQueryRaw, type Router } from 'vue-router';

/** What is asked for and not yet in the address: a change that comes meanwhile keeps it. */
const pending = new WeakMap<Router, LocationQueryRaw>();

/**
 * The query of the address says what a list shows, so that it can be sent, reloaded and gone back
 * to.
 */
export function useRouteQuery() {
  const route = useRoute();
  const router = useRouter();
  /** A navigation to another page has begun, which may have to load that page. */
  let isLeaving = false;
  const stops = [
    router.beforeEach((to) => {
      isLeaving = to.path !== route.path;
    }),
    router.afterEach(() => {
      isLeaving = false;
    }),
    router.onError(() => {
      isLeaving = false;
    }),
  ];
  onScopeDispose(() => {
    for (const stop of stops) stop();
    // What was typed a moment ago is of no use to another page.
    isLeaving = true;
  });
  return {
    /** Empty where the address has none. */
    textOf(name: string): string {
      const value = route.query[name];
      return typeof value === 'string' ? value : '';
    },
    /**
     * Changes a filter or the order, which leads to the first page. Does nothing while another page
     * is on its way: a search that was typed a moment ago must not end that.
     */
    narrow(changes: LocationQueryRaw): void {
      if (isLeaving) return;
      const all = { ...pending.get(router), ...changes };
      pending.set(router, all);
      void router.replace({ query: { ...route.query, page: undefined, ...all } }).finally(() => {
        if (pending.get(router) === all) pending.delete(router);
      });
    },
  };
}
