import {
  collectionSchema,
  createBody,
  dataSchema,
  integer,
  JsonApiError,
  jsonApiResponse,
  listQuery,
  noQuery,
  nullable,
  problemResponses,
  protocolProblem,
  resourceSchema,
  toOneRelationship,
} from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { recordMovement, type MovementRequest } from '../application/record-movement.ts';
import { MAX_ON_HAND } from '../domain/level.ts';
import { MOVEMENT_KINDS } from '../domain/movement.ts';
import { levelResult } from './inventories.ts';
import { idParam, requiredIdempotencyKey, type IdParam } from './parameters.ts';
import type { Ports } from './ports.ts';
import { refusalError, stockProblem, type SourceOf } from './problems.ts';
import { idFrom, requireProductId } from './ids.ts';
import { requesterWithKey } from './requester.ts';
import { movementResource, resourceDocument, sendCreated, pageDocument } from './resources.ts';

const reason = nullable(Type.String({ minLength: 1, maxLength: 500 }));

const newMovement = createBody({
  type: 'stock-movements',
  attributes: Type.Object({
    kind: Type.Unsafe<'receipt' | 'adjustment' | 'return'>({
      type: 'string',
      enum: ['receipt', 'adjustment', 'return'],
    }),
    quantity: Type.Integer({
      minimum: -MAX_ON_HAND,
      maximum: MAX_ON_HAND,
      description:
        'Units; at least 1 for a receipt or a return, below zero for an adjustment that takes away.',
    }),
    reason: Type.Optional(reason),
  }),
  relationships: Type.Object({
    product: toOneRelationship('products'),
    purchase: Type.Optional(
      toOneRelationship('purchases', {
        description: 'For a return: what it gives back a part of.',
      }),
    ),
  }),
  example: {
    data: {
      type: 'stock-movements',
      attributes: { kind: 'receipt', quantity: 10, reason: 'Delivery 4711' },
      relationships: { product: { data: { type: 'products', id: '1' } } },
    },
  },
});

const balance = Type.Integer({ minimum: 0 });
const movementSchema = resourceSchema({
  type: 'stock-movements',
  attributes: Type.Object({
    kind: Type.Unsafe<string>({ type: 'string', enum: [...MOVEMENT_KINDS] }),
    quantity: Type.Integer({ description: 'What it did to the units on hand.' }),
    position: Type.Integer({ description: 'Its place in the whole log, without gaps.' }),
    sequence: Type.Integer({
      description: "Its place among the product's own movements, without gaps.",
    }),
    onHandDelta: Type.Integer(),
    reservedDelta: Type.Integer(),
    onHandAfter: balance,
    reservedAfter: balance,
    reason,
    actor: Type.String({ description: 'Who did it.' }),
    createdAt: Type.String({ format: 'date-time' }),
  }),
});

const movementList = listQuery({
  filters: { product: integer() },
  sorts: ['position'],
  page: { style: 'number', defaultSize: 20, maxSize: 100 },
});

const movementAnswer = jsonApiResponse('The movement.', dataSchema(movementSchema));
const tags = ['Stock movements'];

export function stockMovementRoutes(app: FastifyInstance, ports: Ports): void {
  app.post<{ Body: Static<typeof newMovement> }>(
    '/stock-movements',
    {
      config: { scope: 'inventory:write' },
      schema: {
        tags,
        summary: 'Receive, adjust or take back stock',
        description:
          'A receipt adds units. An adjustment adds or takes away and needs a reason. A return gives back units of a purchase, never more than were sold.',
        headers: requiredIdempotencyKey,
        body: newMovement,
        response: {
          201: movementAnswer,
          ...problemResponses(
            stockProblem,
            'idempotency-key-required',
            'product-not-found',
            'not-tracked',
            'insufficient-stock',
            'return-exceeds-sale',
            'stock-limit-exceeded',
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
      const outcome = await recordMovement(ports, movementRequestFrom(request.body), requester);
      if (!outcome.ok) throw refusalError(outcome.refusals, sourceOf);
      const { movement } = levelResult(outcome);
      const { position } = outcome;
      if (!movement || position === null) throw new Error('A movement left no movement');
      if (outcome.replayed) reply.header('idempotency-replayed', 'true');
      return sendCreated(
        reply,
        movementResource({ ...movement, position }, ports.linkBases(request)),
      );
    },
  );

  app.get(
    '/stock-movements',
    {
      config: { scope: 'purchases:read' },
      schema: {
        tags,
        summary: 'Read the ledger',
        description: 'Latest first; `sort=position` for the order in which it happened.',
        querystring: movementList.schema,
        response: {
          200: jsonApiResponse('A page of movements.', collectionSchema(movementSchema)),
        },
      },
    },
    async (request) => {
      const { page, sort, filter } = movementList.parse(request.query);
      const bases = ports.linkBases(request);
      const { items, total } = await ports.reader.movements({
        filters:
          filter.product === undefined
            ? []
            : [{ field: 'product', operator: 'eq', value: filter.product }],
        sort: sort.length > 0 ? sort : [{ field: 'position', descending: true }],
        page: { style: 'number', ...page },
      });
      const data = items.map((item) => movementResource(item, bases));
      return pageDocument(data, { bases, address: request.url, page, total });
    },
  );

  app.get<{ Params: IdParam }>(
    '/stock-movements/:id',
    {
      config: { scope: 'purchases:read' },
      schema: {
        tags,
        summary: 'Read a movement',
        params: idParam('The id of a movement.', '1'),
        response: { 200: movementAnswer, ...problemResponses(protocolProblem, 'not-found') },
      },
    },
    async (request) => {
      noQuery.parse(request.query);
      const position = idFrom(request.params.id);
      const movement = position === null ? null : await ports.reader.movement(position);
      if (!movement)
        throw new JsonApiError(protocolProblem('not-found', 'There is no movement with this id.'));
      return resourceDocument(movementResource(movement, ports.linkBases(request)));
    },
  );
}

const PRODUCT = '/data/relationships/product/data';

/** The rules that one attribute puts on another. */
function movementRequestFrom(body: Static<typeof newMovement>): MovementRequest {
  const { attributes, relationships } = body.data;
  const productId = requireProductId(relationships.product.data.id, { pointer: PRODUCT });
  const { kind, quantity, reason: why = null } = attributes;
  const purchase = relationships.purchase?.data;
  if (purchase && kind !== 'return')
    throw new JsonApiError(
      protocolProblem('invalid-document', 'Only a movement of the kind "return" has a purchase.', {
        source: { pointer: '/data/relationships/purchase' },
      }),
    );
  if (kind === 'receipt') {
    if (quantity < 1)
      throw invalid(
        'quantity',
        'A receipt needs a "quantity" of 1 or more; take units away by an adjustment.',
      );
    return { kind, productId, quantity, reason: why };
  }
  if (kind === 'return') {
    if (!purchase)
      throw new JsonApiError(
        protocolProblem('invalid-document', 'A return needs the relationship "purchase".', {
          source: { pointer: '/data/relationships' },
        }),
      );
    if (quantity < 1) throw invalid('quantity', 'A return needs a "quantity" of 1 or more.');
    return { kind, productId, quantity, purchaseId: purchase.id, reason: why };
  }
  if (quantity === 0) throw invalid('quantity', 'An adjustment needs a "quantity" other than 0.');
  if (why === null)
    throw invalid(
      attributes.reason === undefined ? null : 'reason',
      'An adjustment needs a "reason".',
    );
  return { kind, productId, quantity, reason: why };
}

/** A movement names one product, one quantity and maybe a purchase: it is one of them that cannot be. */
const sourceOf: SourceOf = (_step, type) => {
  switch (type) {
    case 'insufficient-stock':
    case 'stock-limit-exceeded':
    case 'return-exceeds-sale':
      return { pointer: '/data/attributes/quantity' };
    case 'purchase-not-found':
      return { pointer: '/data/relationships/purchase/data' };
    default:
      return { pointer: PRODUCT };
  }
};

function invalid(attribute: string | null, detail: string): JsonApiError {
  const pointer = attribute === null ? '/data/attributes' : `/data/attributes/${attribute}`;
  return new JsonApiError(protocolProblem('invalid-attribute', detail, { source: { pointer } }));
}
