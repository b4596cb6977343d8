import type { Level, Product, ProductInput, ProductStatus } from '../api/index.ts';
import { currencyDecimals } from '../money/currencies.ts';
import { MAX_TAGS } from '../texts.ts';
import type { ProductChange } from './product-changes.ts';

/** One change of many products. */
export type BulkChange =
  | { readonly kind: 'status'; readonly status: ProductStatus }
  | { readonly kind: 'add-tag' | 'remove-tag'; readonly tag: string }
  /** By so many per cent, rounded to the decimals of each currency. */
  | { readonly kind: 'price'; readonly percent: number }
  | { readonly kind: 'threshold'; readonly units: number | null };

/**
 * What it does to each of some products; those that it would leave as they are, or can't change,
 * are not there: one with 20 tags gets no other, and one without a level no threshold.
 */
export function bulkChanges(
  products: readonly Product[],
  change: BulkChange,
  levels: ReadonlyMap<string, Level>,
): ProductChange[] {
  return products.flatMap((product): ProductChange[] => {
    if (change.kind === 'threshold') {
      const before = levels.get(product.id)?.lowStockThreshold;
      if (before === undefined || before === change.units) return [];
      return [{ product, input: {}, threshold: { before, after: change.units } }];
    }
    const input = inputOf(product, change);
    return input === null ? [] : [{ product, input }];
  });
}

function inputOf(
  product: Product,
  change: Exclude<BulkChange, { kind: 'threshold' }>,
): ProductInput | null {
  const { status, tags, price, currency } = product;
  switch (change.kind) {
    case 'status':
      return status === change.status ? null : { status: change.status };
    case 'add-tag':
      if (tags.includes(change.tag) || tags.length >= MAX_TAGS) return null;
      return { tags: [...tags, change.tag] };
    case 'remove-tag':
      return tags.includes(change.tag) ? { tags: tags.filter((one) => one !== change.tag) } : null;
    default: {
      const next = changedPrice(price, change.percent, currency);
      return next === price ? null : { price: next };
    }
  }
}

/** A half is rounded up. */
export function changedPrice(price: number, percent: number, currency: string): number {
  const scale = 10 ** (currencyDecimals(currency) ?? 2);
  // Whole numbers of ten thousandths, so that a half is one.
  const parts = Math.round(price * 10_000) * Math.round((100 + percent) * 100);
  return Math.round((parts * scale) / 10_000 / 10_000 + 1e-9) / scale;
}
