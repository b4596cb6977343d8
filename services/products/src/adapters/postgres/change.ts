import type { NewProduct } from '../../domain/product.ts';

/** A change of one product: from null when it is new, to null when it is deleted. */
export interface Change {
  readonly before: NewProduct | null;
  readonly after: NewProduct | null;
}
