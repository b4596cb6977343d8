import { isObject, JsonApiError, protocolProblem } from '@anaquel/jsonapi';
import { requireProductId } from '../ids.ts';

/** The attributes of a body, and its `data.id`, whether it is JSON:API or plain. */
function membersOf(body: unknown): Record<string, unknown> {
  if (!isObject(body))
    throw invalid('Send a JSON object such as {"product_id": 1, "quantity": 5}.');
  if (!isObject(body.data)) return body;
  const { id, attributes } = body.data;
  return { id, ...(isObject(attributes) ? attributes : {}) };
}

export function productIdIn(body: unknown): number {
  const { product_id: productId, id } = membersOf(body);
  const value = productId ?? id;
  if (typeof value === 'number' || typeof value === 'string')
    return requireProductId(String(value));
  throw invalid(
    'Name the product by "product_id", or by "data.id": {"product_id": 1, "quantity": 5}.',
  );
}

/** A body may repeat the id of the address, and must not contradict it. */
export function assertSameProduct(body: unknown, productId: number): void {
  if (!isObject(body)) return;
  const { product_id: bodyId, id } = membersOf(body);
  for (const value of [bodyId, id]) {
    if (value === undefined || value === null || value === productId || value === String(productId))
      continue;
    throw new JsonApiError(
      protocolProblem(
        'id-conflict',
        `The body must name product ${productId}, as the address does, or no product.`,
      ),
    );
  }
}

export function quantityIn(body: unknown, min: number, max: number): number {
  const { quantity, cantidad } = membersOf(body);
  const value = quantity ?? cantidad;
  const number = typeof value === 'string' && /^-?[0-9]{1,16}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max)
    return number;
  throw invalid(`"quantity" (or "cantidad") must be a whole number from ${min} to ${max}.`);
}

function invalid(detail: string): JsonApiError {
  return new JsonApiError(protocolProblem('invalid-attribute', detail));
}
