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
import { canonicalBarcode } from '../../domain/barcode.ts';
import { productStatuses } from '../../domain/product.ts';
import { searchFilter } from '../search-filter.ts';

const MAX_IDS = 1_000;

const code = element(64);

/** A product has it in whichever form a GTIN is written. */
const barcode: typeof code = {
  ...code,
  read(value) {
    const read = code.read(value.trim());
    return read && canonicalBarcode(read);
  },
};

export const productList = declareList({
  filters: {
    id: ids(MAX_IDS),
    sku: orNull(text(64)),
    name: text(200),
    price: number(),
    currency: text(3),
    status: oneOf(productStatuses),
    tags: element(50),
    barcode,
    supplier: orNull(text(200)),
    createdAt: timestamp(),
    updatedAt: timestamp(),
    search: searchFilter,
  } satisfies KindsFor<ProductFilters & { search: readonly string[] }>,
  sorts: productSorts,
  defaultSort: [{ field: 'id', descending: false }],
});
