/**
 * Text that people type, in the form in which it is stored: Unicode's form C, so that an accent
 * typed as a separate character makes no other name. Lengths count code points of that form, as
 * JSON Schema does.
 * https://www.unicode.org/reports/tr15/
 */

/**
 * Ordering marks takes time with the square of their number, and no language has more than a few in
 * a row: the standard allows 30 (https://www.unicode.org/reports/tr15/#Stream_Safe_Text_Format).
 * Text with more stays as it is.
 */
const TANGLED = /\p{M}{31}/u;

/** Form C. */
export function normalText(text: string): string {
  return TANGLED.test(text) ? text : text.normalize('NFC');
}

/**
 * White space, and the characters that stand for a place without width; not those that shape the
 * letters beside them.
 */
const AT_THE_ENDS = /^[\s\u00ad\u200b\u2060]+|[\s\u00ad\u200b\u2060]+$/g;

/** Besides what Unicode calls ignorable: empty signs of Braille, of music and of hieroglyphs. */
const SHOWS =
  /[^\s\p{Cc}\p{Cf}\p{M}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}\u{13441}\u{13442}]/u;

/** Form C; empty for a text that shows nothing. */
export function normalNote(text: string): string {
  const normal = normalText(text);
  return SHOWS.test(normal) ? normal : '';
}

/** The same, without white space at the ends. */
export function normalLine(text: string): string {
  return normalNote(text.replace(AT_THE_ENDS, ''));
}

/**
 * For the schema of a name or the like: no character that ends the line or controls a terminal, and
 * none that turns the direction of writing, by which a text can be made to read as another
 * (https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing).
 */
export const ONE_LINE =
  '^[^\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]*$';
