import { column, nullableJson, rowCodec, type Column } from '@anaquel/runtime/sql';
import type { ProductChange } from '../../domain/product-change.ts';
import { UNSTATED, type Product } from '../../domain/product.ts';

/** The release that wrote a change may have known fewer attributes. */
const product: Column<Product> = {
  name: 'product',
  convert: {
    read: (stored) => ({ ...UNSTATED, ...(JSON.parse(String(stored)) as Product) }),
    write: (value) => JSON.stringify(value),
  },
};

export const CHANGE = rowCodec<ProductChange>({
  position: column('position'),
  kind: column('kind'),
  product,
  priceBefore: nullableJson('price_before'),
  actor: column('actor'),
  at: column('at'),
  traceparent: column('traceparent'),
});
