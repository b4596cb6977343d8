import { isGtin, paddedGtin } from './barcode.ts';
import type { NewProduct } from './product.ts';

/**
 * Accent, grave and koronis that stand alone: Unicode's compatible form of each begins with a
 * blank.
 */
const ACCENTS = /[\u00b4\u0384\u1fbd\u1fbf\u1ffe]/g;
const APOSTROPHES = /['`\u02b9-\u02bf\u02c8\u2018\u2019\u201b\u2032\u2035\ua78b\ua78c]/g;
const QUOTES = /[\u00ab\u00bb\u201c-\u201f\u301d\u301e]/g;

/**
 * Letters of the Latin script that no decomposition takes apart, as they are typed without a
 * keyboard for them; and the final sigma.
 */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  ȷ: 'j',
  ħ: 'h',
  ŧ: 't',
  ŋ: 'n',
  ĸ: 'q',
  ƀ: 'b',
  ɓ: 'b',
  ɗ: 'd',
  ǥ: 'g',
  ɨ: 'i',
  ƙ: 'k',
  ƚ: 'l',
  ɵ: 'o',
  ɔ: 'o',
  ɛ: 'e',
  ə: 'e',
  ǝ: 'e',
  ʉ: 'u',
  ƴ: 'y',
  ƶ: 'z',
  ς: 'σ',
  '×': 'x',
  '⁄': '/',
  '∕': '/',
};
const SPECIAL = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'gu');

/** A letter of the scripts whose marks people leave out when they search, and its marks. */
const MARKED = /([\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])(\p{M}+)/gu;

/**
 * More than any language has in a row: putting them in order would take time with the square of
 * their number.
 */
const MANY_MARKS = /(?<=\p{M}{30})\p{M}/gu;

/**
 * Letters of their own in Cyrillic alphabets, on every keyboard for them, though Unicode takes them
 * apart: й ў, ї, ѓ ќ.
 */
const WHOLE = new Set(['и\u0306', 'у\u0306', 'і\u0308', 'г\u0301', 'к\u0301']);

// Most texts are ASCII, which the rules below leave alone but for these.
const ASCII = /^[\n -~]*$/;

/**
 * Text in the form in which it is compared. Case counts nowhere, nor do invisible characters, the
 * shape of dashes, quotes and widths; apostrophes are left out. Accents count in all scripts but
 * Latin, Greek and Cyrillic: in others a mark makes another word, as a vowel sign of Hindi does, or
 * the marks of a Japanese kana. "Café", "CAFE" and "cafe\u0301" are the same, and so are "Straße"
 * and "strasse". Folding a folded text changes nothing.
 */
export function folded(text: string): string {
  if (ASCII.test(text)) return text.replace(/['`]/g, '').toLowerCase();
  return text
    .replace(MANY_MARKS, '')
    .normalize('NFD')
    .replace(ACCENTS, "'")
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replace(APOSTROPHES, '')
    .replace(QUOTES, '"')
    .replace(/\p{Dash}/gu, '-')
    .normalize('NFD')
    .replace(MARKED, (_, letter: string, marks: string) => {
      return letter + (Array.from(marks).find((mark) => WHOLE.has(letter + mark)) ?? '');
    })
    .normalize('NFC')
    .replace(SPECIAL, (letter) => LETTERS[letter] ?? letter)
    .replace(/(?<=l)·(?=l)/g, '');
}

/**
 * The number of the form that {@link searchText} and {@link nameKey} give to texts. Raise it when
 * one of them changes: the service then derives the texts of all products again.
 */
export const TEXT_FORM = 2;

/**
 * What a search looks through. Fields are on lines of their own, so that no word is found across
 * two. A GTIN has all its digits there: whichever form of it is searched for is a part of them.
 */
export function searchText({
  name,
  sku,
  description,
  tags,
  barcodes,
}: Pick<NewProduct, 'name' | 'sku' | 'description' | 'tags' | 'barcodes'>): string {
  const codes = barcodes.map((barcode) => (isGtin(barcode) ? paddedGtin(barcode) : barcode));
  return folded([name, sku ?? '', description ?? '', ...tags, ...codes].join('\n'));
}

/**
 * Characters: one character can be written as up to 18, and a cursor through a list holds the whole
 * key.
 */
const MAX_KEY = 200;

/** What names are sorted by. */
export function nameKey(name: string): string {
  const key = folded(name).replace(/\s+/gu, ' ').trim();
  return key.length <= MAX_KEY ? key : Array.from(key).slice(0, MAX_KEY).join('');
}

export const MAX_WORDS = 8;

/** Punctuation. */
export const AROUND_WORDS =
  /^[,;:!?¡¿"()[\]{}‹›、。〈-】،؛؟]+|[.,;:!?¡¿"()[\]{}‹›、。〈-】،؛؟]+$/gu;
const SAYS_SOMETHING = /[\p{L}\p{N}\p{M}\p{So}\p{Sc}]/u;

/**
 * The words of a search, each of which must occur: the first {@link MAX_WORDS} different ones.
 * Punctuation around a word is no part of it, and counts alone only where there is nothing else.
 */
export function searchWords(search: string): string[] {
  const pieces = folded(search)
    .split(/\s+/u)
    .filter((piece) => piece !== '');
  const words = pieces
    .map((piece) => piece.replace(AROUND_WORDS, ''))
    .filter((word) => SAYS_SOMETHING.test(word));
  return [...new Set(words.length > 0 ? words : pieces)].slice(0, MAX_WORDS);
}

/**
 * Characters that are folded the same whatever stands before and behind them. No mark makes others
 * of them, but of those of WHOLE.
 */
const STEADY =
  /(?:(?=\p{L})[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Han}]|[ -&(-;?-_a-~])+(?<![иуігкИУІГК])/gu;

/** What is in the search text of every product that has `part` in its name, SKU or tags. */
export function certainParts(part: string): string[] {
  return [...part.matchAll(STEADY)].map(([run]) => folded(run)).filter((run) => run !== '');
}
