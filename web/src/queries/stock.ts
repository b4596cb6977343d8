import { useQuery } from '@pinia/colada';
import { valueOf, type LevelQuery, type MovementQuery } from '../api/index.ts';
import { api } from '../gateway.ts';
import type { TimeSpan } from '../sales/shop-days.ts';
import { loadStockCurve } from '../stock/stock-curve.ts';

export const stockKeys = {
  all: ['stock'] as const,
  level: (id: string) => ['stock', 'level', id] as const,
  levels: (query: LevelQuery) => ['stock', 'levels', { ...query }] as const,
  movements: (query: MovementQuery) => ['stock', 'movements', { ...query }] as const,
  curve: (id: string, span: TimeSpan) => ['stock', 'curve', id, { ...span }] as const,
  some: (ids: readonly string[]) => ['stock', 'some', [...ids].sort().join()] as const,
};

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

export function useMovements(query: () => MovementQuery, enabled: () => boolean = () => true) {
  return useQuery({
    key: () => stockKeys.movements(query()),
    query: async ({ signal }) =>
      valueOf(await api.movements({ ...query(), withNumbers: true }, { signal })),
    placeholderData: (previous) => previous,
    enabled,
  });
}

/** How the stock of a product was: what a chart is drawn from. */
export function useStockCurve(productId: () => string, span: () => TimeSpan | null) {
  return useQuery({
    key: () => stockKeys.curve(productId(), span() ?? {}),
    query: ({ signal }) => loadStockCurve(api, productId(), span() ?? {}, Date.now(), signal),
    enabled: () => span() !== null,
    placeholderData: (previous) => previous,
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
