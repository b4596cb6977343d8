import type { Product } from './product.ts';

export const changeKinds = ['created', 'updated', 'deleted'] as const;
export type ChangeKind = (typeof changeKinds)[number];

/** One row of the log of all changes, in the order of their commits. */
export interface ProductChange {
  /** Counts up by one from 1 over all products. */
  readonly position: number;
  readonly kind: ChangeKind;
  /** The product after the change; for a deletion, as it was last. */
  readonly product: Product;
  /** Who did it. */
  readonly actor: string;
  /** RFC 3339, UTC. */
  readonly at: string;
}
