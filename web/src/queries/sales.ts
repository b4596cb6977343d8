import { useQuery } from '@pinia/colada';
import { valueOf, type Page, type ReservationStatus } from '../api/index.ts';
import { api } from '../gateway.ts';

export const saleKeys = {
  all: ['sales'] as const,
  purchases: (query: Page) => ['sales', 'purchases', { ...query }] as const,
  purchase: (id: string) => ['sales', 'purchase', id] as const,
  reservations: (query: object) => ['sales', 'reservations', { ...query }] as const,
};

/** Of everybody for operators, one's own for shoppers. */
export function usePurchases(query: () => Page) {
  return useQuery({
    key: () => saleKeys.purchases(query()),
    query: async ({ signal }) => valueOf(await api.purchases(query(), { signal })),
    placeholderData: (previous) => previous,
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
