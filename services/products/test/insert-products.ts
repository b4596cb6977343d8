import type { ProductStore } from '../src/application/product-store.ts';
import type { NewProduct, Product } from '../src/domain/product.ts';

const A_TIME = 1_000;
const by = { actor: 'tester', at: '2026-01-01T00:00:00.000Z', traceparent: null };

/** Adds products to an empty store, which gives them ids from 1. */
export async function insertProducts(
  store: ProductStore,
  products: readonly NewProduct[],
): Promise<Product[]> {
  const stored: Product[] = [];
  for (let start = 0; start < products.length; start += A_TIME) {
    const some = products.slice(start, start + A_TIME);
    const skus = some.flatMap(({ sku }) => sku ?? []);
    const barcodes = some.flatMap((product) => product.barcodes);
    const subject = { ids: [], skus, barcodes, additions: some.length };
    const outcome = await store.transact(subject, async (changes) => {
      const added: Product[] = [];
      for (const product of some) {
        const one = await changes.insert(product, by);
        if (!one.ok) return one;
        added.push(one.value);
      }
      return { ok: true, value: added };
    });
    if (!outcome.ok) throw new Error(outcome.error.type);
    stored.push(...outcome.value);
  }
  return stored;
}
