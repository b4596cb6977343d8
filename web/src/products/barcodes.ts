/** A barcode in the form in which Products keeps it: a GTIN in the shortest one of its number. */
export function canonicalBarcode(text: string): string {
  const plain = text.normalize('NFC').trim();
  const code = /^[\d\s]+$/.test(plain) ? plain.replace(/\s/g, '') : plain;
  return isGtin(code) ? code.padStart(14, '0').replace(/^0{6}|^0/, '') : code;
}

/** The barcode with the check digit that it should have; null where it is right, or no GTIN. */
export function corrected(barcode: string): string | null {
  const code = canonicalBarcode(barcode);
  if (!isGtin(code)) return null;
  const sum = Array.from(code.padStart(14, '0').slice(0, -1), Number).reduce(
    (total, digit, place) => total + (place % 2 === 0 ? 3 * digit : digit),
    0,
  );
  const right = code.slice(0, -1) + String((10 - (sum % 10)) % 10);
  return right === code ? null : right;
}

function isGtin(code: string): boolean {
  return /^(?:\d{8}|\d{12,14})$/.test(code);
}
