import type { Clock } from '@anaquel/runtime';
import { newProduct } from '../domain/product.ts';
import type { ProductInput, ProductProblem } from '../domain/product.ts';
import type { Decision, ProductStore, StoreFailure } from './product-store.ts';

export type CreateProduct = (
  input: ProductInput & { name: string; price: number },
  actor: string,
) => Promise<Decision<ProductProblem | StoreFailure>>;

export function createCreateProduct(
  store: ProductStore,
  clock: Clock,
  defaultCurrency: string,
): CreateProduct {
  return async (input, actor) => {
    const at = clock().toISOString();
    const product = newProduct(input, defaultCurrency, at);
    return product.ok ? store.insert(product.value, { actor, at }) : product;
  };
}
