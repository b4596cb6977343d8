import { useQuery } from '@pinia/colada';
import { valueOf, type LevelQuery, type MovementQuery } from '../api/index.ts';
import { api } from '../gateway.ts';

export const stockKeys = {
  all: ['stock'] as const,
  level: (id: string) => ['stock', 'level', id] as const,
  levels: (query: LevelQuery) => ['stock', 'levels', { ...query }] as const,
  movements: (query: MovementQuery) => ['stock', 'movements', { ...query }] as const,
  history: (id: string) => ['stock', 'history', id] as const,
  some: (ids: readonly string[]) => ['stock', 'some', [...ids].sort().join()] as const,
};

/** What a chart shows at most. */
const HISTORY_PAGES = 5;
const HISTORY_PAGE_SIZE = 100;

/** The level of a product with its version; null when nobody keeps count of it. */
export function useLevel(id: () => string) {
  return useQuery({
    key: () => stockKeys.level(id()),
    query: async ({ signal }) => {
      const result = await api.level(id(), { signal });
      if (!result.ok && result.error.kind === 'refused' && result.error.status === 404) return null;
      return valueOf(result);
    },
  });
}

export function useLevels(query: () => LevelQuery) {
  return useQuery({
    key: () => stockKeys.levels(query()),
    query: async ({ signal }) => valueOf(await api.levels(query(), { signal })),
    placeholderData: (previous) => previous,
  });
}

export function useMovements(query: () => MovementQuery) {
  return useQuery({
    key: () => stockKeys.movements(query()),
    query: async ({ signal }) => valueOf(await api.movements(query(), { signal })),
    placeholderData: (previous) => previous,
  });
}

/** The latest movements of a product, oldest first: what a chart is drawn from. */
export function useHistory(productId: () => string) {
  return useQuery({
    key: () => stockKeys.history(productId()),
    query: async ({ signal }) => {
      const query = { productId: productId(), size: HISTORY_PAGE_SIZE };
      const first = valueOf(await api.movements({ ...query, number: 1 }, { signal }));
      const pages = Math.min(HISTORY_PAGES, Math.ceil(first.total / HISTORY_PAGE_SIZE));
      const rest = await Promise.all(
        Array.from({ length: Math.max(0, pages - 1) }, async (_, index) =>
          valueOf(await api.movements({ ...query, number: index + 2 }, { signal })),
        ),
      );
      return [first, ...rest].flatMap(({ items }) => items).reverse();
    },
  });
}

/** The levels of some products by their ids, as a map; those that nobody counts are missing. */
export function useLevelsById(ids: () => readonly string[]) {
  return useQuery({
    key: () => stockKeys.some(ids()),
    query: async ({ signal }) => {
      const levels = valueOf(await api.levelsById(ids(), { signal }));
      return new Map(levels.map((level) => [level.productId, level]));
    },
    enabled: () => ids().length > 0,
    placeholderData: (previous) => previous,
  });
}
