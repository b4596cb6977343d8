import type { ProductSnapshot } from '../domain/purchase.ts';

export interface CatalogueProduct extends ProductSnapshot {
  readonly status: 'active' | 'draft' | 'archived';
}

/** One product: found, not there (any more), or unknown because Products doesn't answer. */
export type CatalogueAnswer =
  | { readonly type: 'found'; readonly product: CatalogueProduct }
  | { readonly type: 'not-found' }
  | { readonly type: 'unavailable' };

/** A product as Products shows it to its own clients. */
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
  readonly barcodes: readonly string[];
  readonly packSize: number | null;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface ProductCatalogue {
  /**
   * An answer for each id, in their order, right as of the last 2 seconds while Products answers.
   * `now` always asks Products. Never rejects for what the network or Products does.
   */
  lookUp(productIds: readonly number[], when?: 'now'): Promise<readonly CatalogueAnswer[]>;
  /**
   * Asks Products for these products, at most 400 a call, one call after the other. Products that
   * don't exist are missing. Null when a call had no answer. Never rejects for what the network or
   * Products does.
   */
  describe(productIds: readonly number[]): Promise<ReadonlyMap<number, ProductDescription> | null>;
  /** The answers of `lookUp`, at once, when nobody has to be asked for any of them; else null. */
  lookUpFresh(productIds: readonly number[]): readonly CatalogueAnswer[] | null;
  /** Whether `lookUpFresh` has them. */
  hasFresh(productIds: readonly number[]): boolean;
  /** Whether Products answered the last call, and its changes are known. */
  readonly reachable: boolean;
}
