import { column, json, rowCodec } from '@anaquel/runtime/sql';
import type { ProductChange } from '../../domain/product-change.ts';

export const CHANGE = rowCodec<ProductChange>({
  position: column('position'),
  kind: column('kind'),
  product: json('product'),
  actor: column('actor'),
  at: column('at'),
});
