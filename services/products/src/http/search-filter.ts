import { text } from '@anaquel/jsonapi';
import type { FilterKind } from '@anaquel/jsonapi';
import { searchWords } from '../domain/search-text.ts';

const MAX_WORDS = 8;
const phrase = text(200);

/** The words of a search. Each is compared with every product that may hold it, so they are few. */
export const searchFilter: FilterKind<string[]> = {
  schema: phrase.schema,
  expects: `${phrase.expects}, at most ${MAX_WORDS} words`,
  read(value) {
    const search = phrase.read(value);
    const words = search === undefined ? undefined : searchWords(search);
    return words !== undefined && words.length <= MAX_WORDS ? words : undefined;
  },
};
