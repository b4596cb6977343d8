import { text, type FilterKind } from '@anaquel/jsonapi';
import { searchWords } from '../domain/search-text.ts';

const MAX_WORDS = 8;
const phrase = text(200);

/** The words of a search. Each is compared with every product that may hold it, so they are few. */
export const searchFilter: FilterKind = {
  ...phrase,
  operators: ['eq'],
  expects: `${phrase.expects}, at most ${MAX_WORDS} words`,
  read(value) {
    if (phrase.read(value) === undefined) return undefined;
    const words = searchWords(value);
    return words.length <= MAX_WORDS ? words : undefined;
  },
};
