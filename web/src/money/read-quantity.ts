import { isShortened, marksOf, plainText, readNumber } from './number-text.ts';

/** The most units of one product. */
const MAX_UNITS = 1_000_000_000;

export type QuantityReading = { readonly ok: true; readonly units: number } | QuantityFault;

export interface QuantityFault {
  readonly ok: false;
  readonly fault:
    | 'not-a-number'
    /** It can be read in two ways, which are the `readings`. */
    | 'ambiguous'
    | 'not-whole'
    | 'negative'
    | 'too-large'
    /** Written with an exponent by a spreadsheet, which may have left digits out. */
    | 'shortened';
  readonly readings?: readonly number[];
}

/**
 * Reads whole units, 0 to 10⁹, as people and programs write them: "1,000", "1 000", "10.0". A comma
 * before three digits groups them; a point may begin decimals that are all zeros, as some programs
 * write units, so "1.000" needs a locale that groups by it.
 * @param locale of who typed it, as BCP 47 writes it; null for a file.
 */
export function readQuantity(text: string, locale: string | null): QuantityReading {
  const plain = plainText(text);
  if (isShortened(plain)) return { ok: false, fault: 'shortened' };
  const [, sign = '', digits = ''] = /^([+-]?)\s*(.*)$/s.exec(plain) ?? [];
  const marks = marksOf(locale) ?? { group: ',', decimal: '.' };
  const read = readNumber(digits, { decimals: null, marks });
  if (!read.ok) {
    if (read.fault === 'ambiguous')
      return { ok: false, fault: 'ambiguous', readings: read.readings.map(Number) };
    return { ok: false, fault: 'not-a-number' };
  }
  const units = Number(read.digits);
  if (!Number.isInteger(units)) return { ok: false, fault: 'not-whole' };
  if (sign === '-' && units > 0) return { ok: false, fault: 'negative' };
  if (units > MAX_UNITS) return { ok: false, fault: 'too-large' };
  return { ok: true, units };
}
