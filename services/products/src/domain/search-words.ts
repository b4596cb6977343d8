import { AROUND_WORDS } from './search-text.ts';

/** Characters of an ending, and of a key by which one is found. */
const MAX_KEY = 16;

/** A longer word is kept in pieces: each begins so many characters after the one before… */
const STEP = MAX_KEY;
/** …and goes on so far that each key of the word is whole in one of its pieces. */
const MAX_PIECE = STEP + MAX_KEY - 1;

/**
 * The words of a search text, as the table of words has them: what stands between white space,
 * without punctuation around it. A long one is there in pieces, of which no one ends where the next
 * begins.
 *
 * A change of this function or of {@link endingsOf} needs a migration that empties both tables and
 * sets every `folded_version` to 0, so that the service makes the words of all products again.
 */
export function wordsOf(searchText: string): Set<string> {
  const words = new Set<string>();
  for (const part of partsOf(searchText)) {
    // No text has more characters than code units.
    if (part.length < MAX_PIECE) words.add(part);
    else for (const piece of piecesOf(Array.from(part))) words.add(piece);
  }
  return words;
}

function* piecesOf(characters: readonly string[]): Iterable<string> {
  let start = 0;
  for (; characters.length - start >= MAX_PIECE; start += STEP)
    yield characters.slice(start, start + MAX_PIECE).join('');
  yield characters.slice(start).join('');
}

/**
 * What a word ends with, from each of its characters on: the start of one of these is any part of
 * the word. Of a piece that goes on, those that begin in its first half: the next piece has the
 * others.
 */
export function endingsOf(word: string): string[] {
  const characters = Array.from(word);
  const starts = characters.length < MAX_PIECE ? characters.length : STEP;
  return Array.from({ length: starts }, (_, start) =>
    characters.slice(start, start + MAX_KEY).join(''),
  );
}

/**
 * With what an ending of some word begins, in every text that holds `part`: one key, or several for
 * a long part. None for punctuation alone, which the table leaves out.
 */
export function keysOf(part: string): string[] {
  return partsOf(part).flatMap((core) => {
    const characters = Array.from(core);
    const keys: string[] = [];
    for (let end = characters.length; end > 0; end -= MAX_KEY) {
      const start = Math.max(0, end - MAX_KEY);
      keys.push(characters.slice(start, start + MAX_KEY).join(''));
    }
    return keys;
  });
}

/** What follows on a key in the last of the texts that begin with it. */
const LAST = '\u{10ffff}'.repeat(MAX_KEY);

/** The last ending, in the order of code points, that can begin with a key. */
export function lastEndingOf(key: string): string {
  return key + LAST;
}

function partsOf(text: string): string[] {
  return text
    .split(/\s+/u)
    .map((part) => part.replace(AROUND_WORDS, ''))
    .filter((part) => part !== '');
}
