import { useQuery } from '@pinia/colada';
import { loadReorder } from '../reordering/load-reorder.ts';
import { api } from '../gateway.ts';
import { stockKeys } from './stock.ts';

const FRESH_MS = 60_000;

/** The scarcest products with how they have sold. */
export function useReorder(lowStock: () => boolean) {
  return useQuery({
    key: () => [...stockKeys.all, 'reorder', lowStock()],
    query: ({ signal }) => loadReorder(api, lowStock(), signal, Date.now()),
    placeholderData: (previous) => previous,
    staleTime: FRESH_MS,
  });
}
