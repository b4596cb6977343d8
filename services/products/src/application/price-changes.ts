import type { FilterOf, ListPage, ListRequest } from '@anaquel/jsonapi';
import type { ProductChange } from '../domain/product-change.ts';

export const priceChangeSorts = ['position'] as const;
export type PriceChangeSort = (typeof priceChangeSorts)[number];

export interface PriceChangeFilters {
  readonly product: number;
  readonly createdAt: string;
}
export type PriceChangeListRequest = ListRequest<FilterOf<PriceChangeFilters>, PriceChangeSort>;

/**
 * The prices that products got, by the log of changes: the one that they were created with, and
 * each other one. Those of deleted products stay.
 */
export interface PriceChanges {
  /** The total is counted up to 1,000. */
  list(request: PriceChangeListRequest): Promise<ListPage<ProductChange>>;
}
