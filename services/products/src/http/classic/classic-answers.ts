import { Type } from 'typebox';
import type { TSchema } from 'typebox';
import type { Caller } from '@anaquel/runtime';
import type { Product } from '../../domain/product.ts';
import { shownTo } from '../shown-product.ts';

/** Every name that a client of the classic API reads. */
export function plainProduct(product: Product, caller: Caller) {
  const view = shownTo(caller, product);
  return {
    id: product.id,
    product_id: product.id,
    ...view,
    nombre: view.name,
    precio: view.price,
    descripcion: view.description,
  };
}

export function classicResource(product: Product, caller: Caller) {
  const { id, ...attributes } = plainProduct(product, caller);
  return { type: 'products', id, attributes };
}

/** The product as a resource and once more plain, at the top level. */
export function classicDocument(product: Product, caller: Caller) {
  return { data: classicResource(product, caller), ...plainProduct(product, caller) };
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
