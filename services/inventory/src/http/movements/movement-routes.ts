import {
  JsonApiError,
  problemResponses,
  protocolProblem,
  resourceRoutes,
  toOneRelationship,
  numberOfId,
} from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { recordMovement, type MovementRequest } from '../../application/record-movement.ts';
import { MAX_ON_HAND } from '../../domain/level.ts';
import { reason } from './movement-resource.ts';
import { requireProductId } from '../ids.ts';
import { movementList } from './movement-list.ts';
import { requiredIdempotencyKey } from '../parameters.ts';
import type { Ports } from '../ports.ts';
import { stockProblem } from '../problems.ts';
import { refusalError, type SourceOf } from '../refusal-error.ts';
import { requesterWithKey, tellReplay } from '../requester.ts';

export const newMovementAttributes = Type.Object({
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
});

export const newMovementRelationships = Type.Object({
  product: toOneRelationship('products'),
  purchase: Type.Optional(
    toOneRelationship('purchases', {
      description: 'For a return: what it gives back a part of.',
    }),
  ),
});

interface NewMovement {
  readonly attributes: Static<typeof newMovementAttributes>;
  readonly relationships: Static<typeof newMovementRelationships>;
}

export function movementRoutes(scope: FastifyInstance, ports: Ports): void {
  resourceRoutes(scope, ports.resources.movements, {
    path: '/stock-movements',
    tags: ['Stock movements'],
    origin: (request) => ports.linkBases(request).inventory,
    idExample: '1',
    create: {
      config: { scope: 'inventory:write' },
      summary: 'Receive, adjust or take back stock',
      description:
        'A receipt adds units. An adjustment adds or takes away and needs a reason. A return gives back units of a purchase, never more than were sold.',
      headers: requiredIdempotencyKey,
      refusals: problemResponses(
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
      body: {
        attributes: newMovementAttributes,
        relationships: newMovementRelationships,
        example: {
          data: {
            type: 'stock-movements',
            attributes: { kind: 'receipt', quantity: 10, reason: 'Delivery 4711' },
            relationships: { product: { data: { type: 'products', id: '1' } } },
          },
        },
      },
      async run(input, request, reply) {
        const requester = requesterWithKey(request);
        const outcome = await recordMovement(ports, movementRequestFrom(input), requester);
        if (!outcome.ok) throw refusalError(outcome.refusals, movementSource);
        tellReplay(outcome, reply);
        return outcome.result.movement;
      },
    },
    list: {
      config: { scope: 'purchases:read' },
      summary: 'Read the ledger',
      description:
        'Latest first; `sort=position` for the order in which it happened. A list that is filtered by more than the product counts up to 1,000: where there are more, `meta.page.totalIsCapped` is true.',
      declaration: movementList,
      run: (list) => ports.reader.movements(list),
    },
    read: {
      config: { scope: 'purchases:read' },
      summary: 'Read a movement',
      refusals: problemResponses(protocolProblem, 'not-found'),
      async run(id) {
        const position = numberOfId(id);
        const movement = position === null ? null : await ports.reader.movement(position);
        if (movement) return movement;
        throw new JsonApiError(
          protocolProblem(
            'not-found',
            'There is no movement with this id. GET /api/v1/stock-movements lists them.',
          ),
        );
      },
    },
  });
}

const PRODUCT = '/data/relationships/product/data';

/** The rules that one attribute puts on another. */
export function movementRequestFrom({ attributes, relationships }: NewMovement): MovementRequest {
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

/**
 * A movement names one product, one quantity and maybe a purchase: it is one of them that cannot
 * be.
 */
export const movementSource: SourceOf = (_step, type) => {
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
