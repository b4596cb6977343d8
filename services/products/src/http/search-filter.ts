import { comparedBy, text, type Filter, type FilterKind } from '@anaquel/jsonapi';
import { MAX_WORDS, searchWords } from '../domain/search-text.ts';

const phrase = text(200);

/**
 * The words of a search. Each is compared with every product that may hold it, so they are few: the
 * first ones of more.
 */
export const searchFilter: FilterKind<readonly string[], 'eq'> = {
  ...comparedBy(phrase, 'eq'),
  expects: `${phrase.expects}, of which the first ${MAX_WORDS} words are looked for`,
  read: (value) => (phrase.read(value) === undefined ? undefined : searchWords(value)),
};

type SearchFilter = Filter<'search', 'eq', readonly string[]>;

/** The filters of a list, with the words of its search apart. */
export function wordsOf<Other extends Filter>(
  filters: readonly (Other | SearchFilter)[],
): {
  filters: Other[];
  words?: readonly string[];
} {
  const search = filters.find(isSearch);
  return {
    filters: filters.filter((filter): filter is Other => !isSearch(filter)),
    ...(search && { words: search.value }),
  };
}

function isSearch(filter: Filter): filter is SearchFilter {
  return filter.field === 'search';
}
