import { looseJsonBodies } from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { MAX_ON_HAND } from '../../domain/level.ts';
import { requireProductId } from '../ids.ts';
import { idParam, optionalIdempotencyKey, type IdParam } from '../parameters.ts';
import type { Ports } from '../ports.ts';
import { errorResponses } from '../problems.ts';
import type { Dialect } from './classic-answers.ts';
import { assertSameProduct, productIdIn, quantityIn } from './classic-bodies.ts';
import { buyOne, readStock, setStock } from './classic-stock.ts';

/**
 * The classic API: what clients of the older systems send and read, over the same use cases. Bodies
 * are JSON:API or plain, English or Spanish; answers hold every name at once. At the root ids are
 * numbers, under /api/v1 they are text.
 */
export async function classicRoutes(app: FastifyInstance, ports: Ports): Promise<void> {
  app.register(looseJsonBodies);
  await app.register(async (instance) => routes(instance, ports, { idOf: Number, set: 200 }));
  await app.register(async (instance) => routes(instance, ports, { idOf: String, set: 201 }), {
    prefix: '/api/v1',
  });
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

const unavailable = [
  'catalogue-unavailable',
  'overloaded',
  'ledger-unavailable',
  'outcome-unknown',
] as const;

function routes(app: FastifyInstance, ports: Ports, dialect: Dialect): void {
  const response = {
    200: json('The stock.'),
    ...errorResponses('product-not-found', 'catalogue-unavailable'),
  };
  app.get<{ Params: IdParam }>(
    '/inventory/:id',
    {
      config: { scope: 'inventory:read' },
      schema: { tags, summary: 'Read stock', params, response },
    },
    async (request) => readStock(request, ports, dialect),
  );
  setRoutes(app, ports, dialect);
  buyRoutes(app, ports, dialect);
}

function setRoutes(app: FastifyInstance, ports: Ports, dialect: Dialect): void {
  const config = { scope: 'inventory:write' } as const;
  const response = {
    [dialect.set]: json('The stock.'),
    ...errorResponses(
      'invalid-parameter',
      'product-not-found',
      'count-below-reserved',
      'invalid-attribute',
      'idempotency-key-reused',
      ...unavailable,
    ),
  };
  const shared = { tags, consumes, headers: optionalIdempotencyKey, response };
  const body = plainBody({ product_id: 1, quantity: 50 });
  app.post(
    '/inventory',
    { config, schema: { ...shared, summary: 'Set stock', body } },
    async (request, reply) => {
      const productId = productIdIn(request.body);
      const quantity = quantityIn(request.body, 0, MAX_ON_HAND);
      return setStock(request, reply, ports, dialect, { productId, quantity });
    },
  );
  for (const method of ['PUT', 'POST'] as const) {
    app.route<{ Params: IdParam; Querystring: { quantity?: unknown } }>({
      config,
      method,
      url: '/inventory/:id',
      schema: {
        ...shared,
        summary: method === 'PUT' ? 'Set stock' : 'Set stock by a query parameter',
        params,
        ...(method === 'PUT'
          ? { body: plainBody({ quantity: 50 }) }
          : { querystring: Type.Object({ quantity: Type.Integer({ examples: [50] }) }) }),
      },
      handler: async (request, reply) => {
        const productId = requireProductId(request.params.id);
        // Some clients send an empty object along with the query that says all.
        const { query, body: requestBody } = request;
        assertSameProduct(requestBody, productId);
        const inQuery =
          requestBody === undefined ||
          requestBody === null ||
          (method === 'POST' && query.quantity !== undefined);
        const quantity = quantityIn(inQuery ? query : requestBody, 0, MAX_ON_HAND);
        return setStock(request, reply, ports, dialect, { productId, quantity });
      },
    });
  }
}

function buyRoutes(app: FastifyInstance, ports: Ports, dialect: Dialect): void {
  const config = { scope: 'purchases:write' } as const;
  const response = {
    200: json('The stock that is left, and what was bought.'),
    ...errorResponses(
      'invalid-parameter',
      'product-not-found',
      'insufficient-stock',
      'product-not-active',
      'total-too-large',
      'idempotency-key-reused',
      ...unavailable,
    ),
  };
  const summary = 'Buy a product';
  const shared = { tags, consumes, headers: optionalIdempotencyKey, summary, response };
  for (const method of ['PATCH', 'POST'] as const) {
    app.route<{ Params: IdParam }>({
      config,
      method,
      url: '/inventory/:id/purchase',
      schema: { ...shared, params, body: plainBody({ quantity: 1 }) },
      handler: async (request, reply) =>
        buyOne(request, reply, ports, dialect, requireProductId(request.params.id)),
    });
  }
  app.post(
    '/inventory/purchase',
    { config, schema: { ...shared, body: plainBody({ product_id: 1, quantity: 1 }) } },
    async (request, reply) => buyOne(request, reply, ports, dialect, productIdIn(request.body)),
  );
}
