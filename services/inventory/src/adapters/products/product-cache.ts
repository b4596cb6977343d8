import type { Clock } from '@anaquel/runtime';
import type { ProductVersion, VersionedProduct } from './ask-products.ts';
import type { ProductChanges } from './product-changes.ts';

/** How many products are remembered; those read longest ago go first. */
const MAX_PRODUCTS = 100_000;

/** When Products was asked for a product, by the clock and in which epoch of its changes. */
export interface Asked {
  readonly atMs: number;
  readonly epoch: number;
}

interface Entry {
  readonly product: VersionedProduct;
  readonly asked: Asked;
}

/** Products as Products answered them, with when each was last known to be so. */
export interface ProductCache {
  /** The product, if it was known less than this long ago to be as it is here. */
  find(id: number, withinMs: number): VersionedProduct | null;
  put(product: VersionedProduct, asked: Asked): void;
  remove(id: number): void;
  /** Removes it unless it has this version or a later one. */
  removeOlder(change: ProductVersion): void;
  clear(): void;
}

/** @param changes so far: each was removed here */
export function createProductCache(
  clock: Clock,
  changes: () => Pick<ProductChanges, 'epoch' | 'knownUntilMs'>,
): ProductCache {
  const entries = new Map<number, Entry>();
  return {
    find(id, withinMs) {
      const entry = entries.get(id);
      if (!entry) return null;
      const { product, asked } = entry;
      const { epoch, knownUntilMs } = changes();
      const knownAtMs = asked.epoch === epoch ? Math.max(asked.atMs, knownUntilMs) : asked.atMs;
      return clock().getTime() - knownAtMs < withinMs ? product : null;
    },
    put(product, asked) {
      // Removed first, so that the map stays in the order in which products were read.
      entries.delete(product.productId);
      entries.set(product.productId, { product, asked });
      if (entries.size <= MAX_PRODUCTS) return;
      const [oldest] = entries.keys();
      if (oldest !== undefined) entries.delete(oldest);
    },
    remove: (id) => void entries.delete(id),
    removeOlder({ productId, version }) {
      const entry = entries.get(productId);
      if (entry && entry.product.version < version) entries.delete(productId);
    },
    clear: () => entries.clear(),
  };
}
