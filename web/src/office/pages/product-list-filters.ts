import { watchDebounced } from '@vueuse/core';
import { computed, ref, watch } from 'vue';
import { productStatuses, type Product, type ProductStatus } from '../../api/index.ts';
import { api } from '../../gateway.ts';
import { useRouteQuery } from '../../route-query.ts';
import { firstCharacters, MAX_CHARACTERS, SEARCH_DELAY_MS } from '../../texts.ts';

/** The search, the status and the order of the list of products, kept in the page's address. */
export function useProductListFilters() {
  const { textOf, narrow } = useRouteQuery();
  const sort = computed(() => textOf('sort') || '-updatedAt');
  const status = computed<ProductStatus | ''>({
    get: () => productStatuses.find((one) => one === textOf('status')) ?? '',
    set: (value) => narrow({ status: value || undefined }),
  });
  /** As it stands in the field. */
  const search = ref(textOf('search'));
  /** As it is asked for: a moment later, and cut to what the API takes. */
  const words = computed(
    () => firstCharacters(textOf('search'), MAX_CHARACTERS.search) || undefined,
  );

  watchDebounced(
    search,
    (text) => {
      if (text.trim() !== textOf('search')) narrow({ search: text.trim() || undefined });
    },
    { debounce: SEARCH_DELAY_MS },
  );
  // Going back, or to this page from its own menu, is another search.
  watch(
    () => textOf('search'),
    (text) => {
      if (search.value.trim() !== text) search.value = text;
    },
  );

  /** The product that alone has what stands in the search field, whatever the list shows by now. */
  async function onlyHit(): Promise<Product | null> {
    const text = firstCharacters(search.value.trim(), MAX_CHARACTERS.search);
    if (text === '') return null;
    const query = { search: text, status: status.value || undefined, size: 2 };
    const result = await api.products(query);
    const [first, second] = result.ok ? result.value.items : [];
    const isSame = firstCharacters(search.value.trim(), MAX_CHARACTERS.search) === text;
    return isSame && second === undefined ? (first ?? null) : null;
  }
  return { search, words, status, sort, narrow, onlyHit };
}
