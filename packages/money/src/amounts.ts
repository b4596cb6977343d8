/** The highest price in major units. */
export const MAX_PRICE = 1_000_000_000;

export type MinorUnits =
  | { ok: true; minorUnits: number }
  | { ok: false; problem: 'out-of-range' | 'too-many-decimals' };

/**
 * A price in major units as whole minor units, 0 to 10⁹ major units. It goes through the number's
 * shortest decimal text, so 19.99 is exactly 1999: nothing is multiplied as a float.
 */
export function minorUnits(price: number, decimals: number): MinorUnits {
  if (!(price >= 0 && price <= MAX_PRICE)) return { ok: false, problem: 'out-of-range' };
  // Below 10⁻⁶ the text has an exponent, which is too many decimals for any currency.
  const match = /^([0-9]+)(?:\.([0-9]+))?$/.exec(String(price));
  const [, whole = '', fraction = ''] = match ?? [];
  if (match === null || fraction.length > decimals)
    return { ok: false, problem: 'too-many-decimals' };
  return { ok: true, minorUnits: Number(whole + fraction.padEnd(decimals, '0')) };
}

/** The JSON number for an amount: 1999 minor units of 2 decimals are exactly 19.99. */
export function majorUnits(amount: number, decimals: number): number {
  const digits = String(amount).padStart(decimals + 1, '0');
  const point = digits.length - decimals;
  return Number(`${digits.slice(0, point)}.${digits.slice(point)}`);
}
