import type { Product } from '../../domain/product.ts';

const MAX_PRODUCTS = 1_000;

/**
 * Products as they are in the database: whoever commits a change forgets them at once. The
 * first that are asked for are kept: to replace them would cost more than a statement
 * where all of a large catalogue are asked for.
 */
export interface FoundProducts {
  /** Asks `find` for a product that is not known. */
  get(id: number, find: (id: number) => Product | undefined): Product | undefined;
  forget(): void;
}

export function createFoundProducts(): FoundProducts {
  const products = new Map<number, Product>();
  return {
    get(id, find) {
      const known = products.get(id);
      if (known !== undefined) return known;
      const product = find(id);
      if (product !== undefined && products.size < MAX_PRODUCTS) products.set(id, product);
      return product;
    },
    forget: () => products.clear(),
  };
}
