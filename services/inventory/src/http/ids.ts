import { JsonApiError, type ErrorSource } from '@anaquel/jsonapi';
import { stockProblem } from './problems.ts';

const CANONICAL_ID = /^[1-9][0-9]{0,15}$/;

/**
 * The number that an id stands for, of products and movements alike: 1 or more, written in one way
 * only; null for other texts.
 */
export function idFrom(text: string): number | null {
  const id = CANONICAL_ID.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(id) ? id : null;
}

/** @throws {JsonApiError} 404: a text that can name no product is an id that names nothing. */
export function requireProductId(text: string, source?: ErrorSource): number {
  const id = idFrom(text);
  if (id !== null) return id;
  const detail = `"${text.slice(0, 40)}" is not the id of a product; ids are whole numbers such as "1".`;
  throw new JsonApiError(stockProblem('product-not-found', detail, source && { source }));
}
