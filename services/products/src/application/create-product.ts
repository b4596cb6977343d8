import type { Clock } from '@anaquel/runtime';
import { newProduct } from '../domain/product.ts';
import type { ProductInput, ProductProblem } from '../domain/product.ts';
import type { Decision, ProductChanges, StoreFailure } from './product-store.ts';

export async function createProduct(
  ports: {
    readonly store: Pick<ProductChanges, 'insert'>;
    readonly clock: Clock;
    readonly defaultCurrency: string;
  },
  input: ProductInput & { name: string; price: number },
  actor: string,
): Promise<Decision<ProductProblem | StoreFailure>> {
  const at = ports.clock().toISOString();
  const product = newProduct(input, ports.defaultCurrency, at);
  return product.ok ? ports.store.insert(product.value, { actor, at }) : product;
}
