import { newProduct } from '../domain/product.ts';
import type { ProductInput, ProductProblem } from '../domain/product.ts';
import { authorOf, type Moment } from './author-of.ts';
import type { Decision, ProductChanges, StoreFailure } from './product-store.ts';

export async function createProduct(
  ports: Moment & {
    readonly store: Pick<ProductChanges, 'insert'>;
    readonly defaultCurrency: string;
  },
  input: ProductInput & { name: string; price: number },
  actor: string,
): Promise<Decision<ProductProblem | StoreFailure>> {
  const author = authorOf(ports, actor);
  const product = newProduct(input, ports.defaultCurrency, author.at);
  return product.ok ? ports.store.insert(product.value, author) : product;
}
