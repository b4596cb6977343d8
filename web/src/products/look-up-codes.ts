import type { Api, Product, Result } from '../api/index.ts';

type Finder = Pick<Api, 'productsBySku' | 'products'>;

/** What a code leads to: one product, several that could be meant, or none. */
export type CodeMatch =
  | { readonly kind: 'found'; readonly product: Product }
  | { readonly kind: 'several' }
  | { readonly kind: 'none' };

/**
 * Looks up what was scanned or typed: an SKU or else words that one product alone has. All SKUs are
 * asked for together, and words one after the other.
 */
export async function lookUpCodes(
  api: Finder,
  codes: readonly string[],
): Promise<Result<ReadonlyMap<string, CodeMatch>>> {
  const matches = new Map<string, CodeMatch>();
  const bySku = await api.productsBySku([...new Set(codes.filter((code) => !/\s/.test(code)))]);
  if (!bySku.ok) return bySku;
  for (const product of bySku.value)
    if (product.sku !== null) matches.set(product.sku, { kind: 'found', product });
  for (const code of new Set(codes)) {
    if (matches.has(code)) continue;
    const hits = await api.products({ search: code, size: 2 });
    if (!hits.ok) return hits;
    const [product, other] = hits.value.items;
    if (!product) matches.set(code, { kind: 'none' });
    else matches.set(code, other ? { kind: 'several' } : { kind: 'found', product });
  }
  return { ok: true, value: matches };
}
