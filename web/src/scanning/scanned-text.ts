import { canonicalBarcode, corrected } from '../products/barcodes.ts';

/** What scanners that are set so put before a code: the symbology, as `]E0`. */
const SYMBOLOGY = /^\][A-Za-z]\d/;
/** GS1 begins a symbol with it, and ends a field of no fixed length. */
const FIELD_END = String.fromCodePoint(29);

/**
 * The code in what a scanner has read, as products have it: without a symbology, the GTIN alone
 * where a symbol of GS1 has a batch or a date beside it, also as a web address (GS1 Digital Link),
 * and a GTIN in its shortest form.
 */
export function scannedCode(text: string): string {
  const fields = text.trim().replace(SYMBOLOGY, '').split(FIELD_END);
  const plain = fields.find((field) => field !== '') ?? '';
  const inLink = /^https?:\/\/[^?#]*?\/01\/(\d{8,14})(?:[/?#]|$)/i.exec(plain)?.[1];
  const gtin = inLink ?? /^(?:\(01\)|01)(\d{14})/.exec(plain)?.[1];
  return canonicalBarcode(gtin !== undefined && corrected(gtin) === null ? gtin : plain);
}

/**
 * The UPC-A that a UPC-E of 8 digits is short for. No scan tells it from a GTIN-8, which has as
 * many digits: only who has seen the bars knows that it is one.
 */
export function upcAOf(upcE: string): string {
  const [, system = '', body = '', check = ''] = /^([01])(\d{6})(\d)$/.exec(upcE) ?? [];
  if (body === '') return upcE;
  const last = Number(body.at(-1));
  const zeros = (maker: string, item: string) => maker + item.padStart(10 - maker.length, '0');
  if (last <= 2) return system + zeros(`${body.slice(0, 2)}${last}00`, body.slice(2, 5)) + check;
  if (last === 3) return system + zeros(`${body.slice(0, 3)}00`, body.slice(3, 5)) + check;
  if (last === 4) return system + zeros(`${body.slice(0, 4)}0`, body.slice(4, 5)) + check;
  return system + zeros(body.slice(0, 5), String(last)) + check;
}
