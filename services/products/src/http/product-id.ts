import { JsonApiError, numberOfId } from '@anaquel/jsonapi';
import { productNotFound } from './problems.ts';

export interface IdParams {
  readonly id: string;
}

/** @throws {JsonApiError} 404: a text that can name no product is an id that names nothing. */
export function requireProductId(id: string): number {
  const number = numberOfId(id);
  if (number === null) throw new JsonApiError(productNotFound());
  return number;
}
