import type { Product } from './product.ts';

export type ProductPrice = Pick<Product, 'priceMinor' | 'currency'>;

export const changeKinds = ['created', 'updated', 'deleted'] as const;
export type ChangeKind = (typeof changeKinds)[number];

/** One row of the log of all changes, in the order of their commits. */
export interface ProductChange {
  /** Counts up by one from 1 over all products. */
  readonly position: number;
  readonly kind: ChangeKind;
  /** The product after the change; for a deletion, as it was last. */
  readonly product: Product;
  /** What the product cost before, when the change is of its price or its currency; else null. */
  readonly priceBefore: ProductPrice | null;
  /** Who did it. */
  readonly actor: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** Where it was traced; null where nobody is told of it. */
  readonly traceparent: string | null;
}

/** The price before a change that has another one after it. */
export function changedPrice(
  { priceMinor, currency }: ProductPrice,
  after: ProductPrice,
): ProductPrice | null {
  const isSame = priceMinor === after.priceMinor && currency === after.currency;
  return isSame ? null : { priceMinor, currency };
}
