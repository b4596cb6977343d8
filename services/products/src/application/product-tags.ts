import type { FilterOf, ListPage, ListRequest } from '@anaquel/jsonapi';

/** A tag and how many products have it. */
export interface ProductTag {
  readonly name: string;
  readonly productCount: number;
}

/** Of which products a tag is told: of the active ones, or of all. */
export type TagVisibility = 'active' | 'all';

export const productTagSorts = ['name', 'productCount'] as const;
export type ProductTagSort = (typeof productTagSorts)[number];
export interface ProductTagFilters {
  readonly name: string;
  readonly productCount: number;
}
export type ProductTagFilterField = keyof ProductTagFilters;
export type ProductTagFilter = FilterOf<ProductTagFilters>;

export interface ProductTagListRequest extends ListRequest<ProductTagFilter, ProductTagSort> {
  /** Each must occur in the tag; folded. */
  readonly words?: readonly string[];
}

/** The tags that products have. They come and go with them, in the same transactions. */
export interface ProductTags {
  find(name: string, visibility: TagVisibility): Promise<ProductTag | undefined>;
  /** Names are ordered whatever their case and accents. The total is exact. */
  list(request: ProductTagListRequest, visibility: TagVisibility): Promise<ListPage<ProductTag>>;
}
