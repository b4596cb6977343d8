import { text, type Filter, type FilterKind } from '@anaquel/jsonapi';
import { MAX_WORDS, searchWords } from '../domain/search-text.ts';

const phrase = text(200);

/**
 * The words of a search. Each is compared with every product that may hold it, so they are few: the
 * first ones of more.
 */
export const searchFilter: FilterKind = {
  ...phrase,
  operators: ['eq'],
  expects: `${phrase.expects}, of which the first ${MAX_WORDS} words are looked for`,
  read: (value) => (phrase.read(value) === undefined ? undefined : searchWords(value)),
};

/** The filters of a list, with the words of its search apart. */
export function wordsOf(filters: readonly Filter[]): {
  filters: Filter[];
  words?: readonly string[];
} {
  const search = filters.find(({ field }) => field === 'search');
  return {
    filters: filters.filter((filter) => filter !== search),
    ...(search && { words: search.value as readonly string[] }),
  };
}
