import type { Api, Product, Result } from '../api/index.ts';
import { scannedCode } from '../scanning/scanned-text.ts';

type Finder = Pick<Api, 'productsBySku' | 'products'>;

/** What a code leads to: one product, several that could be meant, or none. */
export type CodeMatch =
  | { readonly kind: 'found'; readonly product: Product }
  | { readonly kind: 'several' }
  | { readonly kind: 'none' };

/** SKUs and barcodes have no more characters. */
const MOST_CHARACTERS = 64;

/**
 * Looks up what was scanned or typed: an SKU, else a barcode, or else words that one product alone
 * has. All SKUs are asked for together, and the others one after the other.
 */
export async function lookUpCodes(
  api: Finder,
  codes: readonly string[],
): Promise<Result<ReadonlyMap<string, CodeMatch>>> {
  const matches = new Map<string, CodeMatch>();
  const bySku = await api.productsBySku([...new Set(codes.filter(isCode))]);
  if (!bySku.ok) return bySku;
  for (const product of bySku.value)
    if (product.sku !== null) matches.set(product.sku, { kind: 'found', product });
  for (const code of new Set(codes)) {
    if (matches.has(code)) continue;
    const match = await lookUp(api, code);
    if (!match.ok) return match;
    matches.set(code, match.value);
  }
  return { ok: true, value: matches };
}

async function lookUp(api: Finder, text: string): Promise<Result<CodeMatch>> {
  const barcode = scannedCode(text);
  const byBarcode = isCode(barcode) ? await api.products({ barcode, size: 1 }) : null;
  if (byBarcode?.ok === false) return byBarcode;
  const [scanned] = byBarcode?.value.items ?? [];
  if (scanned) return { ok: true, value: { kind: 'found', product: scanned } };
  const hits = await api.products({ search: text, size: 2 });
  if (!hits.ok) return hits;
  const [product, other] = hits.value.items;
  if (!product) return { ok: true, value: { kind: 'none' } };
  return { ok: true, value: other ? { kind: 'several' } : { kind: 'found', product } };
}

function isCode(text: string): boolean {
  return text.length <= MOST_CHARACTERS && !/\s/.test(text);
}
