import type { ProductSnapshot } from '../domain/purchase.ts';

export interface CatalogueProduct extends ProductSnapshot {
  readonly status: 'active' | 'draft' | 'archived';
}

/**
 * What is known of one product: it may be there, not be there (any more), or nobody could be asked.
 */
export type CatalogueAnswer =
  | { readonly type: 'found'; readonly product: CatalogueProduct }
  | { readonly type: 'not-found' }
  | { readonly type: 'unavailable' };

/** All that Products shows of a product to its own clients. */
export interface ProductDescription {
  readonly productId: number;
  readonly sku: string | null;
  readonly name: string;
  readonly description: string | null;
  /** In major units of `currency`. */
  readonly price: number;
  readonly currency: string;
  readonly status: CatalogueProduct['status'];
  readonly imageUrl: string | null;
  readonly tags: readonly string[];
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface ProductCatalogue {
  /**
   * An answer for each id, in the order asked, a few seconds old at most while Products answers;
   * `now` asks Products in any case. Never rejects for what the network or Products does.
   */
  lookUp(productIds: readonly number[], when?: 'now'): Promise<readonly CatalogueAnswer[]>;
  /**
   * Asks Products what it shows of these products, in calls of at most 400 after each other; those
   * that don't exist are missing, null when one of the calls had no answer. Never rejects for what
   * the network or Products does.
   */
  describe(productIds: readonly number[]): Promise<ReadonlyMap<number, ProductDescription> | null>;
  /** Whether `lookUp` has an answer for each id without asking anyone. */
  knows(productIds: readonly number[]): boolean;
  /** Whether Products answered when it was asked last. */
  readonly reachable: boolean;
}
