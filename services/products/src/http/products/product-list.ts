import {
  declareList,
  element,
  ids,
  number,
  oneOf,
  orNull,
  text,
  timestamp,
  type KindsFor,
} from '@anaquel/jsonapi';
import { productSorts, type ProductFilters } from '../../application/product-store.ts';
import { productStatuses } from '../../domain/product.ts';
import { searchFilter } from '../search-filter.ts';

const MAX_IDS = 1_000;

export const productList = declareList({
  filters: {
    id: ids(MAX_IDS),
    sku: orNull(text(64)),
    name: text(200),
    price: number(),
    currency: text(3),
    status: oneOf(productStatuses),
    tags: element(50),
    createdAt: timestamp(),
    updatedAt: timestamp(),
    search: searchFilter,
  } satisfies KindsFor<ProductFilters & { search: readonly string[] }>,
  sorts: productSorts,
  defaultSort: [{ field: 'id', descending: false }],
});
