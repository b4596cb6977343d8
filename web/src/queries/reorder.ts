import { useQuery } from '@pinia/colada';
import { loadReorder, type ReorderItem, type ReorderQuery } from '../reordering/load-reorder.ts';
import { api } from '../gateway.ts';
import { stockKeys } from './stock.ts';

const FRESH_MS = 60_000;
/** In so much time the 28 days that are looked back at move by nothing that one sees. */
const KNOWN_MS = 10 * 60_000;

const EMPTY = { atMs: 0, items: [] };

/** The scarcest products with how they have sold. */
export function useReorder(query: () => ReorderQuery) {
  let known: { readonly atMs: number; readonly items: readonly ReorderItem[] } = EMPTY;
  return useQuery({
    key: () => [...stockKeys.all, 'reorder', { ...query() }],
    async query({ signal }) {
      const nowMs = Date.now();
      if (nowMs - known.atMs > KNOWN_MS) known = { ...EMPTY, atMs: nowMs };
      const loaded = await loadReorder(api, query(), signal, nowMs, known.items);
      known = { ...known, items: loaded.items };
      return loaded;
    },
    placeholderData: (previous) => previous,
    staleTime: FRESH_MS,
  });
}
