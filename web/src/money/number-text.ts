import { MAX_DECIMALS } from './currencies.ts';

/** Which signs group digits and begin decimals where someone writes. */
export interface Marks {
  readonly group: string;
  readonly decimal: string;
}

export interface NumberRules {
  /** How many decimals the number may have; null where that is not known. */
  readonly decimals: number | null;
  /** Null where nobody knows how its writer writes numbers, as in a file. */
  readonly marks: Marks | null;
}

export type NumberReading =
  /** Without signs for groups, leading zeros and the zeros that end decimals: "1234.5". */
  | { readonly ok: true; readonly digits: string }
  | { readonly ok: false; readonly fault: 'not-a-number' | 'too-many-decimals' }
  /** It can be read in two ways. */
  | { readonly ok: false; readonly fault: 'ambiguous'; readonly readings: readonly string[] };

const GROUPED = /^[1-9]\d{0,2}(?:([.,' ])\d{3})(?:\1\d{3})*$/;
/** As in India: 12,34,567. */
const GROUPED_BY_TWO = /^[1-9]\d?(?:,\d{2})+,\d{3}$/;
const WITH_DECIMALS = /^(.*)([.,])(\d*)$/s;
const USUAL_DECIMALS = 2;

/**
 * Reads digits with signs between them. Only one shape can be read in two ways: up to three digits,
 * one point or comma, and three digits. What the number may be and where it was written decide
 * which it is; what they leave open is refused, never guessed.
 */
export function readNumber(text: string, rules: NumberRules): NumberReading {
  const [, whole = '', mark = '', fraction = ''] = WITH_DECIMALS.exec(text) ?? [];
  const grouped = isGrouped(text) ? withoutMarks(text) : null;
  const isDecimal =
    (/^\d*$/.test(whole) && /\d/.test(text)) || (isGrouped(whole) && !whole.includes(mark));
  const decimal = mark !== '' && isDecimal ? `${withoutMarks(whole)}.${fraction}` : null;
  if (grouped !== null && decimal !== null) return decide(grouped, decimal, mark, rules);
  if (grouped !== null) return { ok: true, digits: shortest(grouped) };
  if (decimal !== null) return withinDecimals(decimal, mark, rules);
  return /^\d+$/.test(text)
    ? { ok: true, digits: shortest(text) }
    : { ok: false, fault: 'not-a-number' };
}

function decide(
  grouped: string,
  decimal: string,
  mark: string,
  { decimals, marks }: NumberRules,
): NumberReading {
  // What has no decimals at all is never written with three.
  if (decimals === 0 || mark === marks?.group) return { ok: true, digits: shortest(grouped) };
  if (mark === marks?.decimal && decimals !== null && decimals >= 3)
    return { ok: true, digits: shortest(decimal) };
  return { ok: false, fault: 'ambiguous', readings: [grouped, decimal].map(shortest) };
}

function withinDecimals(
  decimal: string,
  mark: string,
  { decimals, marks }: NumberRules,
): NumberReading {
  const fraction = decimal.split('.')[1] ?? '';
  // A group with a digit too few or too many is a slip, not a decimal.
  const isSlip = mark === marks?.group && fraction.length > (decimals ?? USUAL_DECIMALS);
  if (isSlip && /[1-9]/.test(decimal)) return { ok: false, fault: 'not-a-number' };
  const digits = shortest(decimal);
  const digitCount = digits.split('.')[1]?.length ?? 0;
  if (digitCount > (decimals ?? MAX_DECIMALS)) return { ok: false, fault: 'too-many-decimals' };
  return { ok: true, digits };
}

const isGrouped = (text: string) => GROUPED.test(text) || GROUPED_BY_TWO.test(text);
const withoutMarks = (text: string) => text.replace(/\D/g, '');

function shortest(digits: string): string {
  const [whole = '', fraction = ''] = digits.split('.');
  const decimals = fraction.replace(/0+$/, '');
  return `${whole.replace(/^0+(?=\d)/, '') || '0'}${decimals && `.${decimals}`}`;
}

/**
 * One kind of blank, apostrophe and minus, full-width signs as ASCII has them, and no marks of
 * direction.
 */
export function plainText(text: string): string {
  return text
    .replace(/[\uFF01-\uFF5E]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
    .replace(/\uFFE5/g, '¥')
    .replace(/[\u200E\u200F\u061C]/g, '')
    .replace(/\s+/g, ' ')
    .replace(/[\u2018\u2019\u02BC]/g, "'")
    .replace(/[\u2212\u2010\u2011\uFE63]/g, '-')
    .trim();
}

/**
 * Whether a spreadsheet wrote a number with an exponent, as in 1E+05, and so may have left digits
 * out.
 */
export function isShortened(text: string): boolean {
  return /^[^\d]*\d(?:[.,]\d+)?E[+-]?\d+[^\d]*$/i.test(text);
}

const marksByLocale = new Map<string, Marks>();

export function marksOf(locale: string | null): Marks | null {
  if (locale === null) return null;
  let marks = marksByLocale.get(locale);
  if (marks === undefined) {
    const parts = new Intl.NumberFormat(locale).formatToParts(1_234_567.8);
    const sign = (type: string) => plainText(parts.find((part) => part.type === type)?.value ?? '');
    marks = { group: sign('group') || ' ', decimal: sign('decimal') };
    marksByLocale.set(locale, marks);
  }
  return marks;
}
