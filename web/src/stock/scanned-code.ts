/** The digits of the shortest code of goods, GTIN-8. Nobody counts or receives so many units. */
const LEAST_DIGITS = 8;

/**
 * Whether a text that came where a quantity was expected is a code: a scanner types as a keyboard
 * does, wherever the focus is.
 */
export function isScannedCode(text: string): boolean {
  const plain = text.trim();
  if (/^\d+$/.test(plain)) return plain.length >= LEAST_DIGITS;
  return plain.length >= 3 && /\p{L}/u.test(plain);
}
