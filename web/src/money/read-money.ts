import { currencyDecimals } from './currencies.ts';
import { currenciesNamed, isSignOf } from './currency-signs.ts';
import { isShortened, marksOf, plainText, readNumber } from './number-text.ts';

/** The highest price, in major units. */
const MAX_AMOUNT = 1_000_000_000;

export interface MoneyContext {
  /** By ISO 4217, which says how many decimals there can be; null where it is not known. */
  readonly currency: string | null;
  /** Of who typed it, as BCP 47 writes it; null for a file, whose writer nobody knows. */
  readonly locale: string | null;
}

export type MoneyReading =
  /**
   * In major units. `currency` is the context's, or else the one that the text names; null when its
   * sign is one of several.
   */
  { readonly ok: true; readonly amount: number; readonly currency: string | null } | MoneyFault;

export interface MoneyFault {
  readonly ok: false;
  readonly fault:
    | 'not-a-number'
    /** It can be read in two ways, which are the `readings`. */
    | 'ambiguous'
    | 'too-many-decimals'
    | 'wrong-currency'
    | 'negative'
    | 'too-large'
    /** Written with an exponent by a spreadsheet, which may have left digits out. */
    | 'shortened';
  readonly readings?: readonly number[];
}

/** What is before the digits, the digits with signs between them, and what is behind. */
const PARTS = /^(\D*?)([.,]?\d(?:[\d.,' ]*\d)?[.,]?)(\D*)$/;
/** "5,-", "5.--" and "99:-" have no decimals. */
const DASH_FOR_DECIMALS = /^:?[-\u2013\u2014]{1,2}/;

/**
 * Reads an amount of money as people write it: with the signs for groups and decimals of any
 * country, and with the currency's sign or code before or behind it. What can be read in two ways
 * is refused; see docs/decisions/0018-money-is-read-not-guessed.md.
 */
export function readMoney(text: string, { currency, locale }: MoneyContext): MoneyReading {
  const plain = plainText(text);
  if (isShortened(plain)) return { ok: false, fault: 'shortened' };
  const statedCurrency = currency !== null && /^[A-Z]{3}$/.test(currency) ? currency : null;
  const parts = partsOf(plain);
  if (parts === null || isMultiple(plain, statedCurrency))
    return { ok: false, fault: 'not-a-number' };
  const { signs, digits, isNegative } = parts;
  const isStated =
    statedCurrency !== null && signs.every((sign) => isSignOf(statedCurrency, sign, locale));
  const candidates = isStated || signs.length === 0 ? [] : currenciesNamed(signs, locale);
  if (!isStated && signs.length > 0 && candidates.length === 0)
    return { ok: false, fault: 'not-a-number' };
  if (statedCurrency !== null && !isStated) return { ok: false, fault: 'wrong-currency' };

  const code = statedCurrency ?? (candidates.length === 1 ? (candidates[0] ?? null) : null);
  const decimals = code === null ? null : (currencyDecimals(code) ?? 2);
  const number = readNumber(digits, { decimals, marks: marksOf(locale) });
  if (!number.ok)
    return number.fault === 'ambiguous'
      ? { ...number, readings: number.readings.map(Number) }
      : number;
  const amount = Number(number.digits);
  if (isNegative && amount > 0) return { ok: false, fault: 'negative' };
  if (amount > MAX_AMOUNT) return { ok: false, fault: 'too-large' };
  return { ok: true, amount, currency: code };
}

/** 5k and 5K are thousands, not kina, unless the currency is known and stands apart. */
function isMultiple(plain: string, currency: string | null): boolean {
  return (currency === null ? /\d[.,]? ?[a-z]$/i : /\d[.,]?[a-z]$/i).test(plain);
}

interface AmountParts {
  /** What names the currency, if anything does. */
  readonly signs: readonly string[];
  readonly digits: string;
  readonly isNegative: boolean;
}

function partsOf(plain: string): AmountParts | null {
  const match = PARTS.exec(plain);
  if (match === null) return null;
  let [, before = '', digits = '', behind = ''] = match;
  // The point of "Rs.500" is the sign's.
  if (/\p{L}\/?$/u.test(before) && digits.startsWith('.') && isDotted(before))
    digits = digits.slice(1);
  if (/[.,]$/.test(digits) || behind.startsWith(':'))
    behind = behind.replace(DASH_FOR_DECIMALS, '');
  const isInParentheses = before.includes('(') && behind.includes(')');
  if (isInParentheses) {
    before = before.replace('(', '');
    behind = behind.replace(')', '');
  }
  const [withoutSign, sign] = takeSign(before.trim());
  const [withoutMinus, minus] = takeSign(behind.trim());
  if ((sign + minus).length > 1) return null;
  return {
    signs: [withoutSign, withoutMinus].filter((one) => one !== ''),
    digits,
    isNegative: isInParentheses || sign === '-' || minus === '-',
  };
}

/** A plus or minus at either end of it. */
function takeSign(text: string): [rest: string, sign: string] {
  const [, first = '', rest = '', last = ''] = /^([+-]?)(.*?)([+-]?)$/s.exec(text) ?? [];
  return [rest.trim(), first + last];
}

const DOTTED = new Set(['RS', 'S/', 'B/', 'FR', 'SFR', 'KR', 'BS', 'GS', 'RP', 'L', 'KSH', 'TSH']);
const isDotted = (sign: string) => DOTTED.has(sign.replace(/[\s+-]/g, '').toUpperCase());
