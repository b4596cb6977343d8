import { useQuery } from '@pinia/colada';
import { valueOf, type ProductQuery } from '../api/index.ts';
import { learnShopCurrency } from '../money/shop-currency.ts';
import { api } from '../shop.ts';
import { rememberLabels } from './product-labels.ts';

const FRESH_MS = 10_000;
const TAGS_FRESH_MS = 300_000;
/** Tags are gathered from so many products: there is no list of them to ask for. */
const TAGS_FROM = 100;

export const productKeys = {
  all: ['products'] as const,
  list: (query: ProductQuery) => ['products', 'list', { ...query }] as const,
  one: (id: string) => ['products', 'one', id] as const,
  some: (ids: readonly string[]) => ['products', 'some', [...ids].sort().join()] as const,
};

export function useProducts(query: () => ProductQuery) {
  return useQuery({
    key: () => productKeys.list(query()),
    query: async ({ signal }) => {
      const list = valueOf(await api.products(query(), { signal }));
      rememberLabels(list.items);
      learnShopCurrency(list.meta);
      return list;
    },
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

/** The tags that most products have, most first. */
export function useTags() {
  return useQuery({
    key: ['products', 'tags'],
    query: async ({ signal }) => {
      const { items } = valueOf(await api.products({ size: TAGS_FROM }, { signal }));
      const counts = new Map<string, number>();
      for (const tag of items.flatMap(({ tags }) => tags))
        counts.set(tag, (counts.get(tag) ?? 0) + 1);
      return [...counts].sort((a, b) => b[1] - a[1]).map(([tag]) => tag);
    },
    staleTime: TAGS_FRESH_MS,
  });
}
