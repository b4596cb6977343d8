import { comparedBy, declareList, number, oneOf, text, type KindsFor } from '@anaquel/jsonapi';
import {
  productTagSorts,
  type ProductTagFilters,
  type TagVisibility,
} from '../../application/product-tags.ts';
import { searchFilter } from '../search-filter.ts';

export const productTagList = declareList({
  filters: {
    name: text(50),
    productCount: number(),
    search: searchFilter,
    status: comparedBy(oneOf(['active']), 'eq'),
  } satisfies KindsFor<ProductTagFilters & { search: readonly string[]; status: TagVisibility }>,
  sorts: productTagSorts,
  defaultSort: [
    { field: 'productCount', descending: true },
    { field: 'name', descending: false },
  ],
});
