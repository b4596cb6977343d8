import { JsonApiError, looseJsonBodies, problemResponses, protocolProblem } from '@anaquel/jsonapi';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { purchase } from '../application/purchase.ts';
import type { CatalogueAnswer } from '../application/product-catalogue.ts';
import { updateInventory } from '../application/update-inventory.ts';
import { available, MAIN_LOCATION, MAX_ON_HAND } from '../domain/level.ts';
import { majorUnits } from '../domain/money.ts';
import { levelResult } from './inventories.ts';
import { idParam, optionalIdempotencyKey, type IdParam } from './parameters.ts';
import type { Ports } from './ports.ts';
import { refusalError, stockProblem } from './problems.ts';
import { requireProductId } from './ids.ts';
import { requesterOf } from './requester.ts';

/**
 * The classic API: what clients of the older systems send and read, over the same use cases. Bodies
 * are JSON:API or plain, English or Spanish; answers hold every name at once. At the root ids are
 * numbers, under /api/v1 they are text.
 */
export async function classicRoutes(app: FastifyInstance, ports: Ports): Promise<void> {
  app.register(looseJsonBodies);
  await app.register(async (scope) => routes(scope, ports, { idOf: Number, set: 200 }));
  await app.register(async (scope) => routes(scope, ports, { idOf: String, set: 201 }), {
    prefix: '/api/v1',
  });
}

interface Dialect {
  /** How `data.id` is written. */
  readonly idOf: (productId: number) => string | number;
  /** The status of an answer to setting the stock. */
  readonly set: 200 | 201;
}

const tags = ['Classic'];
const params = idParam('The id of a product.', '1');
const json = (description: string) => ({
  description,
  content: { 'application/json': { schema: Type.Object({}) } },
});
const plainBody = (members: Record<string, number>) =>
  Type.Unsafe<unknown>({
    description: 'Plain as here, or as JSON:API attributes.',
    examples: [members],
  });
const consumes = ['application/json'];

function routes(app: FastifyInstance, ports: Ports, dialect: Dialect): void {
  const write = {
    config: { scope: 'inventory:write' },
    schema: { tags, consumes, headers: optionalIdempotencyKey },
  } as const;
  const buy = {
    config: { scope: 'purchases:write' },
    schema: { tags, consumes, headers: optionalIdempotencyKey },
  } as const;
  const unavailable = ['catalogue-unavailable', 'overloaded', 'ledger-unavailable'] as const;
  const stock = {
    200: json('The stock.'),
    ...problemResponses(stockProblem, 'product-not-found', 'catalogue-unavailable'),
  };
  const set = {
    [dialect.set]: json('The stock.'),
    ...problemResponses(
      stockProblem,
      'product-not-found',
      'count-below-reserved',
      'idempotency-key-reused',
      ...unavailable,
    ),
  };
  const bought = {
    200: json('The stock that is left, and what was bought.'),
    ...problemResponses(
      stockProblem,
      'product-not-found',
      'insufficient-stock',
      'product-not-active',
      'total-too-large',
      'idempotency-key-reused',
      ...unavailable,
    ),
  };
  const quantityBody = plainBody({ quantity: 1 });

  app.get<{ Params: IdParam }>(
    '/inventory/:id',
    {
      config: { scope: 'inventory:read' },
      schema: { tags, summary: 'Read stock', params, response: stock },
    },
    async (request) => readStock(request, ports, dialect),
  );
  app.post(
    '/inventory',
    {
      ...write,
      schema: {
        ...write.schema,
        summary: 'Set stock',
        body: plainBody({ product_id: 1, quantity: 50 }),
        response: set,
      },
    },
    async (request, reply) => {
      const productId = productIdIn(request.body);
      return setStock(request, reply, ports, dialect, {
        productId,
        quantity: quantityIn(request.body, 0, MAX_ON_HAND),
      });
    },
  );
  for (const method of ['PUT', 'POST'] as const) {
    app.route<{ Params: IdParam; Querystring: { quantity?: unknown } }>({
      ...write,
      method,
      url: '/inventory/:id',
      schema: {
        ...write.schema,
        summary: method === 'PUT' ? 'Set stock' : 'Set stock by a query parameter',
        params,
        ...(method === 'PUT'
          ? { body: plainBody({ quantity: 50 }) }
          : { querystring: Type.Object({ quantity: Type.Integer({ examples: [50] }) }) }),
        response: set,
      },
      handler: async (request, reply) => {
        const productId = requireProductId(request.params.id);
        // Some clients send an empty object along with the query that says all.
        const { query, body } = request;
        assertSameProduct(body, productId);
        const inQuery =
          body === undefined ||
          body === null ||
          (method === 'POST' && query.quantity !== undefined);
        const quantity = quantityIn(inQuery ? query : body, 0, MAX_ON_HAND);
        return setStock(request, reply, ports, dialect, { productId, quantity });
      },
    });
  }
  for (const method of ['PATCH', 'POST'] as const) {
    app.route<{ Params: IdParam }>({
      ...buy,
      method,
      url: '/inventory/:id/purchase',
      schema: {
        ...buy.schema,
        summary: 'Buy a product',
        params,
        body: quantityBody,
        response: bought,
      },
      handler: async (request, reply) =>
        buyOne(request, reply, ports, dialect, requireProductId(request.params.id)),
    });
  }
  app.post(
    '/inventory/purchase',
    {
      ...buy,
      schema: {
        ...buy.schema,
        summary: 'Buy a product',
        body: plainBody({ product_id: 1, quantity: 1 }),
        response: bought,
      },
    },
    async (request, reply) => buyOne(request, reply, ports, dialect, productIdIn(request.body)),
  );
}

async function readStock(
  request: FastifyRequest<{ Params: IdParam }>,
  ports: Ports,
  dialect: Dialect,
): Promise<object> {
  const productId = requireProductId(request.params.id);
  const [level, [answer]] = await Promise.all([
    ports.reader.level(productId, MAIN_LOCATION),
    ports.catalogue.lookUp([productId]),
  ]);
  if (answer?.type === 'not-found')
    throw refusalError([{ type: 'product-not-found', step: 0, productId }], nowhere);
  if (!level && answer?.type !== 'found')
    throw refusalError([{ type: 'catalogue-unavailable' }], nowhere);
  const quantity = level ? available(level) : 0;
  return stockAnswer(
    productId,
    quantity,
    dialect,
    productMembers(answer, request.caller.can('inventory:write')),
  );
}

async function setStock(
  request: FastifyRequest,
  reply: FastifyReply,
  ports: Ports,
  dialect: Dialect,
  count: { readonly productId: number; readonly quantity: number },
): Promise<object> {
  const { productId, quantity } = count;
  const conditions = { expectedVersions: null, startTracking: true };
  const outcome = await updateInventory(
    ports,
    { productId, onHand: quantity },
    conditions,
    requesterOf(request),
  );
  if (!outcome.ok) throw refusalError(outcome.refusals, nowhere);
  if (outcome.replayed) reply.header('idempotency-replayed', 'true');
  reply.code(dialect.set);
  return stockAnswer(productId, available(levelResult(outcome).level), dialect, {});
}

async function buyOne(
  request: FastifyRequest,
  reply: FastifyReply,
  ports: Ports,
  dialect: Dialect,
  productId: number,
): Promise<object> {
  assertSameProduct(request.body, productId);
  const quantity = quantityIn(request.body, 1, 1_000_000);
  const line = { productId, quantity, expected: null };
  const outcome = await purchase(ports, { lines: [line], reference: null }, requesterOf(request));
  if (!outcome.ok) throw refusalError(outcome.refusals, nowhere);
  if (outcome.result.type !== 'purchase') throw new Error('A purchase left no purchase');
  if (outcome.replayed) reply.header('idempotency-replayed', 'true');
  const { id, total, currency, currencyDecimals, lines } = outcome.result.purchase;
  const left = lines[0]?.availableAfter ?? 0;
  return stockAnswer(productId, left, dialect, {
    quantity_purchased: quantity,
    remaining_stock: left,
    purchase_id: id,
    total: majorUnits(total, currencyDecimals),
    currency,
  });
}

/** Every name that a client may look for: as JSON:API attributes, and once more plain. */
function stockAnswer(productId: number, quantity: number, { idOf }: Dialect, more: object): object {
  const members = { product_id: productId, quantity, cantidad: quantity, ...more };
  return { data: { type: 'inventories', id: idOf(productId), attributes: members }, ...members };
}

/** Name and price; of a product that is not active only for those who manage stock. */
function productMembers(answer: CatalogueAnswer | undefined, manages: boolean): object {
  if (answer?.type !== 'found' || (answer.product.status !== 'active' && !manages)) return {};
  const { name, unitPrice, currency, currencyDecimals } = answer.product;
  const price = majorUnits(unitPrice, currencyDecimals);
  return { name, nombre: name, price, precio: price, currency };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The attributes of a body, and its `data.id`, whether it is JSON:API or plain. */
function membersOf(body: unknown): Record<string, unknown> {
  if (!isRecord(body))
    throw invalid('Send a JSON object such as {"product_id": 1, "quantity": 5}.');
  if (!isRecord(body.data)) return body;
  const { id, attributes } = body.data;
  return { id, ...(isRecord(attributes) ? attributes : {}) };
}

function productIdIn(body: unknown): number {
  const { product_id: productId, id } = membersOf(body);
  const named = productId ?? id;
  if (typeof named === 'number' || typeof named === 'string')
    return requireProductId(String(named));
  throw invalid(
    'Name the product by "product_id", or by "data.id": {"product_id": 1, "quantity": 5}.',
  );
}

/** A body may repeat the id of the address, and must not contradict it. */
function assertSameProduct(body: unknown, productId: number): void {
  if (!isRecord(body)) return;
  const { product_id: named, id } = membersOf(body);
  for (const stated of [named, id]) {
    if (
      stated === undefined ||
      stated === null ||
      stated === productId ||
      stated === String(productId)
    )
      continue;
    throw new JsonApiError(
      protocolProblem(
        'id-conflict',
        `The body must speak of product ${productId}, the one in the address, or of none.`,
      ),
    );
  }
}

function quantityIn(body: unknown, min: number, max: number): number {
  const { quantity, cantidad } = membersOf(body);
  const given = quantity ?? cantidad;
  const number = typeof given === 'string' && /^-?[0-9]{1,16}$/.test(given) ? Number(given) : given;
  if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max)
    return number;
  throw invalid(`"quantity" (or "cantidad") must be a whole number from ${min} to ${max}.`);
}

function invalid(detail: string): JsonApiError {
  return new JsonApiError(protocolProblem('invalid-attribute', detail));
}

/** A refusal of the classic API points nowhere: its bodies have no fixed shape. */
function nowhere(): undefined {
  return undefined;
}
