import {
  collectionSchema,
  createBody,
  dataSchema,
  JsonApiError,
  jsonApiResponse,
  listQuery,
  noQuery,
  nullable,
  problemResponses,
  protocolProblem,
  resourceSchema,
} from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { purchase, type PurchaseRequest } from '../application/purchase.ts';
import {
  boughtLineSchema,
  linePointer,
  linesSchema,
  referenceSchema,
  requestedLinesFrom,
} from './lines.ts';
import { ownerOnly } from './ownership.ts';
import { idParam, requiredIdempotencyKey, type IdParam } from './parameters.ts';
import type { Ports } from './ports.ts';
import { refusalError, stockProblem } from './problems.ts';
import { requesterWithKey } from './requester.ts';
import { purchaseResource, resourceDocument, sendCreated, pageDocument } from './resources.ts';

const newPurchase = createBody({
  type: 'purchases',
  attributes: Type.Object({ lines: linesSchema, reference: Type.Optional(referenceSchema) }),
  example: {
    data: {
      type: 'purchases',
      attributes: { lines: [{ productId: '1', quantity: 1 }], reference: 'order-1001' },
    },
  },
});

const purchaseSchema = resourceSchema({
  type: 'purchases',
  attributes: Type.Object({
    reference: nullable(Type.String()),
    lines: Type.Array(boughtLineSchema),
    total: Type.Number(),
    currency: Type.String(),
    createdAt: Type.String({ format: 'date-time' }),
  }),
});

const purchaseList = listQuery({
  sorts: ['createdAt'],
  page: { style: 'number', defaultSize: 20, maxSize: 100 },
});

const tags = ['Purchases'];

export function purchaseRoutes(app: FastifyInstance, ports: Ports): void {
  app.post<{ Body: Static<typeof newPurchase> }>(
    '/purchases',
    {
      config: { scope: 'purchases:write' },
      schema: {
        tags,
        summary: 'Buy one or more products',
        description:
          'All lines or none. Prices are those of Products, at most 5 seconds old, or up to 10 minutes while Products does not answer; with `expectedPrice` no other price is accepted. Repeating it with the same key gives the first answer again.',
        headers: requiredIdempotencyKey,
        body: newPurchase,
        response: {
          201: jsonApiResponse('The purchase.', dataSchema(purchaseSchema)),
          ...problemResponses(
            stockProblem,
            'idempotency-key-required',
            'product-not-found',
            'insufficient-stock',
            'product-not-active',
            'price-changed',
            'mixed-currencies',
            'total-too-large',
            'idempotency-key-reused',
            'catalogue-unavailable',
            'overloaded',
            'ledger-unavailable',
          ),
        },
      },
    },
    async (request, reply) => {
      noQuery.parse(request.query);
      const requester = requesterWithKey(request);
      const outcome = await purchase(ports, purchaseRequestFrom(request.body), requester);
      if (!outcome.ok) throw refusalError(outcome.refusals, linePointer);
      if (outcome.result.type !== 'purchase') throw new Error('A purchase left no purchase');
      if (outcome.replayed) reply.header('idempotency-replayed', 'true');
      return sendCreated(
        reply,
        purchaseResource(outcome.result.purchase, ports.linkBases(request)),
      );
    },
  );

  app.get(
    '/purchases',
    {
      config: { scope: ['purchases:read', 'purchases:write'] },
      schema: {
        tags,
        summary: 'List purchases',
        description: 'Latest first. A key without `purchases:read` sees its own.',
        querystring: purchaseList.schema,
        response: {
          200: jsonApiResponse('A page of purchases.', collectionSchema(purchaseSchema)),
        },
      },
    },
    async (request) => {
      const { page, sort } = purchaseList.parse(request.query);
      const bases = ports.linkBases(request);
      const query = {
        filters: [],
        sort: sort.length > 0 ? sort : [{ field: 'createdAt', descending: true } as const],
        page: { style: 'number', ...page } as const,
      };
      const { items, total } = await ports.reader.purchases(query, ownerOnly(request));
      const data = items.map((item) => purchaseResource(item, bases));
      return pageDocument(data, { bases, address: request.url, page, total });
    },
  );

  app.get<{ Params: IdParam }>(
    '/purchases/:id',
    {
      config: { scope: ['purchases:read', 'purchases:write'] },
      schema: {
        tags,
        summary: 'Read a purchase',
        params: idParam('The id of a purchase.'),
        response: {
          200: jsonApiResponse('The purchase.', dataSchema(purchaseSchema)),
          ...problemResponses(protocolProblem, 'not-found'),
        },
      },
    },
    async (request) => {
      noQuery.parse(request.query);
      const found = await ports.reader.purchase(request.params.id);
      const owner = ownerOnly(request);
      if (!found || (owner !== undefined && found.owner !== owner)) {
        throw new JsonApiError(
          protocolProblem('not-found', 'There is no purchase with this id, or it is not yours.'),
        );
      }
      return resourceDocument(purchaseResource(found, ports.linkBases(request)));
    },
  );
}

function purchaseRequestFrom(body: Static<typeof newPurchase>): PurchaseRequest {
  const { lines, reference = null } = body.data.attributes;
  return { lines: requestedLinesFrom(lines), reference };
}
