import type { ProductSnapshot } from '../domain/purchase.ts';

export interface CatalogueProduct extends ProductSnapshot {
  readonly status: 'active' | 'draft' | 'archived';
}

/** What is known of one product: it may be there, not be there (any more), or nobody could be asked. */
export type CatalogueAnswer =
  | { readonly type: 'found'; readonly product: CatalogueProduct }
  | { readonly type: 'not-found' }
  | { readonly type: 'unavailable' };

export interface ProductCatalogue {
  /**
   * An answer for each id, in the order asked, a few seconds old at most while Products answers; `now` asks Products in any
   * case. Never rejects for what the network or Products does.
   */
  lookUp(productIds: readonly number[], when?: 'now'): Promise<readonly CatalogueAnswer[]>;
  /** Whether `lookUp` has an answer for each id without asking anyone. */
  knows(productIds: readonly number[]): boolean;
  /** Whether Products answered when it was asked last. */
  readonly reachable: boolean;
}
