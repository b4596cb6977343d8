import type { Product } from '../api/index.ts';
import { canonicalBarcode, corrected } from '../products/barcodes.ts';
import { code128Bars, gs1Bars } from './code-128-bars.ts';
import { ean13Bars, ean8Bars } from './ean-bars.ts';

/** A code as bars. */
export interface BarSymbol {
  readonly kind: 'EAN-13' | 'EAN-8' | 'UPC-A' | 'GS1-128' | 'Code 128';
  /** One character a module, 1 where it is black. */
  readonly modules: string;
  /** How many modules stay white on each side. */
  readonly quiet: { readonly left: number; readonly right: number };
  /** What is written below the bars. */
  readonly text: string;
}

const QUIET_CODE_128 = { left: 10, right: 10 };

/**
 * A GTIN as the bars that scanners expect of it, and any other code as Code 128; null where that
 * has no bars for a character. The GTIN-14 of a case is a GS1-128, which the office's camera reads,
 * and not an ITF-14.
 */
export function barSymbolOf(code: string): BarSymbol | null {
  const gtin = canonicalBarcode(code);
  const isGtin = /^(?:\d{8}|\d{12,14})$/.test(gtin) && corrected(gtin) === null;
  if (isGtin && gtin.length === 8)
    return { kind: 'EAN-8', modules: ean8Bars(gtin), quiet: { left: 7, right: 7 }, text: gtin };
  if (isGtin && gtin.length === 13) {
    const isUpc = gtin.startsWith('0');
    return {
      kind: isUpc ? 'UPC-A' : 'EAN-13',
      modules: ean13Bars(gtin),
      quiet: isUpc ? { left: 9, right: 9 } : { left: 11, right: 7 },
      text: isUpc ? gtin.slice(1) : gtin,
    };
  }
  if (isGtin) {
    const text = `(01)${gtin}`;
    return { kind: 'GS1-128', modules: gs1Bars(gtin), quiet: QUIET_CODE_128, text };
  }
  const modules = code128Bars(code);
  return modules === null ? null : { kind: 'Code 128', modules, quiet: QUIET_CODE_128, text: code };
}

/** Of the first barcode of a product that has bars, or else of its SKU. */
export function symbolOf({ barcodes, sku }: Pick<Product, 'barcodes' | 'sku'>): BarSymbol | null {
  const codes = sku === null ? barcodes : [...barcodes, sku];
  return codes.map(barSymbolOf).find((symbol) => symbol !== null) ?? null;
}
