import { scannedCode } from '../scanning/scanned-text.ts';
import { isScannedCode } from '../stock/scanned-code.ts';
import type { CountItem } from './count-session.ts';

/** Of a count: what is longer is a code. */
const MOST_DIGITS = 7;
/** As many as a code has at most. */
const MOST_CHARACTERS = 64;

/** A key of the keypad. */
export type KeypadKey = `${number}` | 'clear' | 'back';

/** What was tapped, after one more key. */
export function press({ tapped, typed }: CountInput, key: KeypadKey): CountInput {
  if (key === 'clear') return NO_INPUT;
  if (key === 'back' && typed !== '') return { tapped, typed: typed.slice(0, -1) };
  if (key === 'back') return { tapped: tapped.slice(0, -1), typed };
  return { tapped: (tapped + key).slice(0, MOST_DIGITS), typed };
}

/**
 * What somebody has given: by the keypad, which is always a count, and by a keyboard, which is
 * one or a code, because scanners type as a keyboard does. Whoever has tapped a count may scan the
 * next product right away.
 */
export interface CountInput {
  readonly tapped: string;
  readonly typed: string;
}
export const NO_INPUT: CountInput = { tapped: '', typed: '' };

/** After one more character from a keyboard. */
export function type({ tapped, typed }: CountInput, character: string): CountInput {
  return { tapped, typed: (typed + character).slice(0, MOST_CHARACTERS) };
}

/** The count in it as text, empty when there is none. */
export function unitsText({ tapped, typed }: CountInput): string {
  return /^\d+$/.test(typed) && !isScannedCode(typed) ? tapped + typed : tapped;
}

/** What an input says, once Enter is pressed. */
export interface CountEntry {
  /** Of the product that is shown; null when none were given. */
  readonly units: number | null;
  /** The place of the product that was scanned. */
  readonly place: number | null;
  /** No product of the session has this code: nothing is done. */
  readonly unknownCode: string | null;
}

export function readEntry(input: CountInput, items: readonly CountItem[]): CountEntry {
  const text = unitsText(input);
  const units = text === '' ? null : Number(text);
  const isCode = text === input.tapped && input.typed !== '';
  if (!isCode) return { units, place: null, unknownCode: null };
  return readScan(units, input.typed, items);
}

/** What a code says that nobody has typed, and what was given before it. */
export function readScan(
  units: number | null,
  code: string,
  items: readonly CountItem[],
): CountEntry {
  const place = placeOf(code, items);
  if (place === null) return { units: null, place, unknownCode: code.trim() };
  return { units, place, unknownCode: null };
}

function placeOf(code: string, items: readonly CountItem[]): number | null {
  const plain = plainCode(code);
  const place = items.findIndex((item) => item.codes.some((one) => plainCode(one) === plain));
  return place === -1 ? null : place;
}

/** Scanners leave out the zeros before a code of goods, or put some there. */
function plainCode(text: string): string {
  const code = scannedCode(text);
  return isScannedCode(code) ? code.replace(/^0+(?=\d+$)/, '') : code;
}
