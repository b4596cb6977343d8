import { watchDebounced } from '@vueuse/core';
import { computed, ref, watch } from 'vue';
import type { LocationQueryRaw } from 'vue-router';
import { useRouteQuery } from './route-query.ts';
import { firstCharacters, MAX_CHARACTERS, SEARCH_DELAY_MS } from './texts.ts';

/**
 * A search field whose text comes into the address of the page, as `search` or by another name, a
 * moment after it was typed.
 *
 * @param besides what a search changes in the address, too
 */
export function useSearchField(besides: LocationQueryRaw = {}, name = 'search') {
  const { textOf, narrow } = useRouteQuery();
  /** As it stands in the field. */
  const search = ref(textOf(name));
  /** As it is asked for, cut to what the APIs take. */
  const words = computed(() => firstCharacters(textOf(name), MAX_CHARACTERS.search) || undefined);
  watchDebounced(
    search,
    (text) => {
      const next = text.trim();
      if (next !== textOf(name)) narrow({ ...besides, [name]: next || undefined });
    },
    { debounce: SEARCH_DELAY_MS },
  );
  // Going back, or to this page from its own menu, is another search.
  watch(
    () => textOf(name),
    (text) => {
      if (search.value.trim() !== text) search.value = text;
    },
  );
  return { search, words };
}
