/** How many a product may have. */
export const MAX_BARCODES = 10;

/**
 * A barcode in the form in which it is kept and compared. Digits have no blanks between them. A
 * GTIN has the shortest form of its number: one that a 14, 13 or 12 digit form pads with zeros is
 * the same code (GS1 General Specifications, 3.3.2), so a UPC-A is its EAN-13 with a leading zero.
 */
export function canonicalBarcode(text: string): string {
  const code = /^[\d\s]+$/.test(text) ? text.replace(/\s/g, '') : text;
  if (!isGtin(code)) return code;
  const digits = paddedGtin(code);
  if (digits.startsWith('000000')) return digits.slice(6);
  return digits.startsWith('0') ? digits.slice(1) : digits;
}

/** As long as a GTIN is: GTIN-8, UPC-A, EAN-13 or GTIN-14. */
export function isGtin(code: string): boolean {
  return /^(?:\d{8}|\d{12,14})$/.test(code);
}

/** All 14 digits, of which each shorter form of the number is the end. */
export function paddedGtin(gtin: string): string {
  return gtin.padStart(14, '0');
}

/**
 * The digit that a GTIN must end with, by the digits before it (GS1 General Specifications, 7.9.1).
 */
export function checkDigit(gtin: string): number {
  const weighted = Array.from(paddedGtin(gtin).slice(0, -1), (digit, place) =>
    place % 2 === 0 ? 3 * Number(digit) : Number(digit),
  );
  const sum = weighted.reduce((total, value) => total + value, 0);
  return (10 - (sum % 10)) % 10;
}

export type BarcodeProblem =
  | {
      readonly type: 'wrong-check-digit';
      /** Its place in the list, from 0. */
      readonly place: number;
      /** With the right digit. */
      readonly corrected: string;
    }
  | { readonly type: 'barcode-repeated'; readonly place: number };

/** The barcodes of a list in their form, or what is wrong with the first that can't be. */
export function readBarcodes(
  texts: readonly string[],
): { ok: true; value: readonly string[] } | { ok: false; error: BarcodeProblem } {
  const barcodes: string[] = [];
  for (const [place, text] of texts.entries()) {
    const barcode = canonicalBarcode(text);
    if (isGtin(barcode) && Number(barcode.at(-1)) !== checkDigit(barcode)) {
      const corrected = text.replace(/\d(?=\s*$)/, String(checkDigit(barcode)));
      return { ok: false, error: { type: 'wrong-check-digit', place, corrected } };
    }
    if (barcodes.includes(barcode))
      return { ok: false, error: { type: 'barcode-repeated', place } };
    barcodes.push(barcode);
  }
  return { ok: true, value: barcodes };
}
