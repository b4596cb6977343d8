import { JsonApiError, numberOfId, type ErrorSource } from '@anaquel/jsonapi';
import { stockProblem } from './problems.ts';

/** @throws {JsonApiError} 404: a text that can name no product is an id that names nothing. */
export function requireProductId(text: string, source?: ErrorSource): number {
  const id = numberOfId(text);
  if (id !== null) return id;
  const detail = `"${text.slice(0, 40)}" is not the id of a product; ids are whole numbers such as "1".`;
  throw new JsonApiError(stockProblem('product-not-found', detail, source && { source }));
}
