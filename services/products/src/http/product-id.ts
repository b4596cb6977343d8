import { JsonApiError } from '@anaquel/jsonapi';
import { productNotFound } from './problems.ts';

export interface IdParams {
  readonly id: string;
}

const CANONICAL_ID = /^[1-9][0-9]{0,15}$/;

/** @throws {JsonApiError} 404: a text that can name no product is an id that names nothing. */
export function requireProductId(id: string): number {
  const number = CANONICAL_ID.test(id) ? Number(id) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw new JsonApiError(productNotFound());
  return number;
}
