/** How wide a text is, in whatever unit the line is. */
export type Measure = (text: string) => number;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const ELLIPSIS = '…';

/**
 * A text in at most so many lines. It breaks between words, and within a word that is wider than a
 * line; what is left over is cut, with `…` at the end.
 */
export function wrapText(text: string, width: number, lines: number, measure: Measure): string[] {
  const words = text.trim().split(/\s+/);
  const wrapped: string[] = [];
  while (words.length > 0 && wrapped.length < lines) {
    if (wrapped.length === lines - 1) return [...wrapped, cutText(words.join(' '), width, measure)];
    wrapped.push(takeLine(words, width, measure));
  }
  return wrapped;
}

/** The text, or as much of it as the width takes with `…` at the end. */
export function cutText(text: string, width: number, measure: Measure): string {
  if (measure(text) <= width) return text;
  const fits = fittingPart(text, (part) => measure(part.trimEnd() + ELLIPSIS) <= width);
  return fits.trimEnd() + ELLIPSIS;
}

/** Takes the words that fit into a line from the front; at least a character of the first. */
function takeLine(words: string[], width: number, measure: Measure): string {
  const count = words.findIndex((_, at) => measure(words.slice(0, at + 1).join(' ')) > width);
  if (count !== 0) return words.splice(0, count === -1 ? words.length : count).join(' ');
  const [word = ''] = words;
  const part = fittingPart(word, (some) => measure(some) <= width) || firstOf(word);
  words.splice(0, 1, ...[word.slice(part.length)].filter(Boolean));
  return part;
}

function firstOf(text: string): string {
  return graphemes.segment(text).containing(0)?.segment ?? text;
}

/** The longest beginning that fits, of whole characters as people see them. */
function fittingPart(text: string, fits: (part: string) => boolean): string {
  const ends = Array.from(graphemes.segment(text), ({ index, segment }) => index + segment.length);
  let least = 0;
  let most = ends.length;
  // What is longer is wider, so the search halves.
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (fits(text.slice(0, ends[middle - 1]))) least = middle;
    else most = middle - 1;
  }
  return text.slice(0, ends[least - 1] ?? 0);
}
