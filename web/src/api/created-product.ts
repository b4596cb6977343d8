import type { Api } from './api.ts';
import type { Result } from './errors.ts';
import type { Product, ProductInput } from './products.ts';

/** How far the clocks of browser and shop may be apart. */
const CLOCKS_MS = 120_000;
const LOOKED_THROUGH = 100;

/**
 * The product that a request made whose answer was lost, or null when there is none. Products knows
 * no idempotency keys, so it is recognised by all that was sent of it, and by when it was made.
 */
export async function createdProduct(
  api: Pick<Api, 'products' | 'productsBySku'>,
  input: ProductInput,
  sentAtMs: number,
): Promise<Result<Product | null>> {
  const candidates = input.sku
    ? await api.productsBySku([input.sku])
    : await api.products({ sort: '-createdAt', size: LOOKED_THROUGH });
  if (!candidates.ok) return candidates;
  const products = 'items' in candidates.value ? candidates.value.items : candidates.value;
  const isIt = (product: Product) =>
    Date.parse(product.createdAt) >= sentAtMs - CLOCKS_MS &&
    Object.entries(input).every(
      ([name, value]) => asStored(product[name as keyof Product]) === asStored(value),
    );
  return { ok: true, value: products.find(isIt) ?? null };
}

/** Names and tags are kept in one spelling and without blanks around them. */
function asStored(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) =>
    typeof inner === 'string' ? inner.normalize('NFC').trim() : inner,
  );
}
