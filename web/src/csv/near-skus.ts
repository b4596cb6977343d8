/**
 * How a SKU looks when case, zeros before it and a spreadsheet's way with numbers are left
 * out of account.
 */
export function nearKey(sku: string): string {
  return plainDigits(sku)
    .replace(/^0+(?=\d+$)/, '')
    .toLowerCase();
}

/** The digits behind "1E+05", as a spreadsheet shortens them. */
function plainDigits(sku: string): string {
  const [, whole = '', fraction = '', power = ''] =
    /^(\d)(?:[.,](\d+))?E\+?(\d{1,2})$/i.exec(sku) ?? [];
  const zeros = Number(power) - fraction.length;
  return whole === '' || zeros < 0 ? sku : whole + fraction + '0'.repeat(zeros);
}

/** Whether a spreadsheet seems to have written a number in its own way: digits may be lost. */
export const isShortenedSku = (sku: string): boolean => /^\d(?:[.,]\d+)?E\+\d{2,}$/i.test(sku);

/** Lengths of numbers that are printed on goods, which begin with zeros at times. */
const PRINTED_LENGTHS = [8, 12, 13, 14];
const MOST_ZEROS = 4;

/** SKUs that could be meant by one that nobody has: to look them up. */
export function nearSkus(sku: string): string[] {
  const digits = plainDigits(sku);
  const near = [sku.toUpperCase(), sku.toLowerCase(), digits];
  if (/^\d+$/.test(digits)) {
    const bare = digits.replace(/^0+(?=\d)/, '');
    const lengths = [...Array(MOST_ZEROS + 1).keys()].map((zeros) => bare.length + zeros);
    near.push(...[...lengths, ...PRINTED_LENGTHS].map((length) => bare.padStart(length, '0')));
  }
  return [...new Set(near)].filter((one) => one !== sku);
}
