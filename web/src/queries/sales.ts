import { useQuery } from '@pinia/colada';
import {
  valueOf,
  type Page,
  type PurchaseQuery,
  type ReservationStatus,
  type SalesSummaryQuery,
} from '../api/index.ts';
import { api } from '../gateway.ts';

/** Two weeks in 140 currencies. */
const MOST_DAILY_SALES = 2_000;

export const saleKeys = {
  all: ['sales'] as const,
  purchases: (query: PurchaseQuery) => ['sales', 'purchases', { ...query }] as const,
  purchase: (id: string) => ['sales', 'purchase', id] as const,
  reservations: (query: object) => ['sales', 'reservations', { ...query }] as const,
};

/** Of everybody for operators, one's own for shoppers. */
export function usePurchases(query: () => PurchaseQuery, enabled: () => boolean = () => true) {
  return useQuery({
    key: () => saleKeys.purchases(query()),
    query: async ({ signal }) => valueOf(await api.purchases(query(), { signal })),
    placeholderData: (previous) => previous,
    enabled,
  });
}

/**
 * Not among the keys of sales, which are read again after each change: a summary reads every sale
 * of its days.
 */
export function useSalesSummaries(
  query: () => SalesSummaryQuery,
  enabled: () => boolean = () => true,
) {
  return useQuery({
    key: () => ['sales-summaries', { ...query() }],
    query: async ({ signal }) => valueOf(await api.salesSummaries(query(), { signal })),
    placeholderData: (previous) => previous,
    enabled,
  });
}

/** Of each day since an instant, in each currency. */
export function useDailySales(from: () => string, enabled: () => boolean) {
  return useQuery({
    key: () => ['sales-summaries', 'days', from()],
    query: async ({ signal }) => {
      const filters = { from: from(), group: 'day' } as const;
      return valueOf(await api.everySalesSummary(filters, { signal, most: MOST_DAILY_SALES }));
    },
    placeholderData: (previous) => previous,
    enabled,
  });
}

/** In which the shop's days begin and end; an IANA name. */
export function useShopTimeZone() {
  return useQuery({
    key: ['shop-time-zone'],
    query: async ({ signal }) => {
      // Every summary says it: one of a second costs least.
      const from = new Date(Date.now() - 1_000).toISOString();
      const to = new Date().toISOString();
      const { meta } = valueOf(
        await api.salesSummaries({ from, to, group: 'currency', size: 1 }, { signal }),
      );
      return typeof meta['timeZone'] === 'string' ? meta['timeZone'] : 'UTC';
    },
    staleTime: Infinity,
  });
}

export function usePurchase(id: () => string) {
  return useQuery({
    key: () => saleKeys.purchase(id()),
    query: async ({ signal }) => valueOf(await api.purchase(id(), { signal })),
  });
}

export function useReservations(query: () => Page & { status?: ReservationStatus }) {
  return useQuery({
    key: () => saleKeys.reservations(query()),
    query: async ({ signal }) => valueOf(await api.reservations(query(), { signal })),
    placeholderData: (previous) => previous,
  });
}
