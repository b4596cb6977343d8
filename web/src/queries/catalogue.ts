import { useQuery } from '@pinia/colada';
import {
  valueOf,
  type LevelQuery,
  type Page,
  type PriceChangeQuery,
  type ProductQuery,
} from '../api/index.ts';
import { learnShopCurrency } from '../money/shop-currency.ts';
import { api } from '../gateway.ts';
import { rememberLabels } from './product-labels.ts';

const FRESH_MS = 10_000;
const TAGS_FRESH_MS = 300_000;
/** As many as a page holds: of more, a search finds the others. */
const TAGS_SHOWN = 100;

export const productKeys = {
  all: ['products'] as const,
  tags: ['products', 'tags'] as const,
  list: (query: ProductQuery) => ['products', 'list', { ...query }] as const,
  one: (id: string) => ['products', 'one', id] as const,
  some: (ids: readonly string[]) => ['products', 'some', [...ids].sort().join()] as const,
};

export function useProducts(query: () => ProductQuery, isNeeded: () => boolean = () => true) {
  return useQuery({
    key: () => productKeys.list(query()),
    query: async ({ signal }) => {
      const list = valueOf(await api.products(query(), { signal }));
      rememberLabels(list.items);
      learnShopCurrency(list.meta);
      return list;
    },
    enabled: isNeeded,
    placeholderData: (previous) => previous,
    staleTime: FRESH_MS,
  });
}

export const stockFilters = ['low', 'sold-out'] as const;
export type StockFilter = (typeof stockFilters)[number];

/** Which levels those are, the scarcest first. */
export function levelsOf(stock: StockFilter): LevelQuery {
  return { ...(stock === 'low' ? { lowStock: true } : { available: 0 }), sort: 'available' };
}

/**
 * The products of a stock, the scarcest first: Inventory says which, Products what they are. While
 * no stock is named, nothing is asked.
 */
export function useProductsOfStock(query: () => Page & { readonly stock: StockFilter | null }) {
  return useQuery({
    key: () => [...productKeys.all, 'of stock', { ...query() }],
    query: async ({ signal }) => {
      const { stock, ...page } = query();
      const levels = valueOf(
        await api.levels({ ...page, ...levelsOf(stock ?? 'sold-out') }, { signal }),
      );
      const ids = levels.items.map(({ productId }) => productId);
      const products = valueOf(await api.productsById(ids, { signal }));
      rememberLabels(products);
      const byId = new Map(products.map((product) => [product.id, product]));
      return { ...levels, items: ids.flatMap((id) => byId.get(id) ?? []) };
    },
    enabled: () => query().stock !== null,
    placeholderData: (previous) => previous,
    staleTime: FRESH_MS,
  });
}

/** A product with the version that a change of it names. */
export function useProduct(id: () => string) {
  return useQuery({
    key: () => productKeys.one(id()),
    query: async ({ signal }) => {
      const product = valueOf(await api.product(id(), { signal }));
      rememberLabels([product.value]);
      return product;
    },
    staleTime: FRESH_MS,
  });
}

/** What a product cost, the latest first. */
export function usePriceChanges(query: () => PriceChangeQuery) {
  return useQuery({
    key: () => [...productKeys.all, 'prices', { ...query() }],
    query: async ({ signal }) => valueOf(await api.priceChanges(query(), { signal })),
    placeholderData: (previous) => previous,
    staleTime: FRESH_MS,
  });
}

/** Some products by their ids, as a map; those that are gone are missing. */
export function useProductsById(ids: () => readonly string[]) {
  return useQuery({
    key: () => productKeys.some(ids()),
    query: async ({ signal }) => {
      const products = valueOf(await api.productsById(ids(), { signal }));
      rememberLabels(products);
      return new Map(products.map((product) => [product.id, product]));
    },
    enabled: () => ids().length > 0,
    placeholderData: (previous) => previous,
    staleTime: FRESH_MS,
  });
}

/** The tags of products for sale in which a text occurs, those first that most products have. */
export function useTags(search: () => string) {
  return useQuery({
    key: () => [...productKeys.tags, search()],
    query: async ({ signal }) => {
      const query = { search: search() || undefined, status: 'active', size: TAGS_SHOWN } as const;
      return valueOf(await api.productTags(query, { signal }));
    },
    placeholderData: (previous) => previous,
    staleTime: TAGS_FRESH_MS,
  });
}
