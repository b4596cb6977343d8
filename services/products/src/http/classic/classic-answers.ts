import { Type } from 'typebox';
import type { TSchema } from 'typebox';
import { productView } from '../../application/product-view.ts';
import type { Product } from '../../domain/product.ts';

/** Every name that a client of the classic API reads. */
export function plainProduct(product: Product) {
  const view = productView(product);
  return {
    id: product.id,
    product_id: product.id,
    ...view,
    nombre: view.name,
    precio: view.price,
    descripcion: view.description,
  };
}

export function classicResource(product: Product) {
  const { id, ...attributes } = plainProduct(product);
  return { type: 'products', id, attributes };
}

/** The product as a resource and once more plain, at the top level. */
export function classicDocument(product: Product) {
  return { data: classicResource(product), ...plainProduct(product) };
}

/** What a route of the classic API says of itself. */
export function documentation(
  summary: string,
  answer: string,
  more: object = {},
  { body = Type.Object({}), statuses = [200], refusals = {} }: Answers = {},
) {
  const success = { description: answer, content: { 'application/json': { schema: body } } };
  const successes = Object.fromEntries(statuses.map((status) => [status, success]));
  return { summary, tags: ['Classic'], ...more, response: { ...successes, ...refusals } };
}

interface Answers {
  readonly body?: TSchema;
  readonly statuses?: readonly number[];
  readonly refusals?: object;
}
