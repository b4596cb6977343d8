import { JsonApiError, numberOfId, protocolProblem, resourceRoutes } from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import { recordMovement } from '../../application/record-movement.ts';
import { kindsDescription, movementBody, movementRequestFrom, PRODUCT } from './movement-bodies.ts';
import { movementList } from './movement-list.ts';
import { requiredIdempotencyKey } from '../parameters.ts';
import type { Ports } from '../ports.ts';
import { errorResponses } from '../problems.ts';
import { refusalError, type SourceOf } from '../refusal-error.ts';
import { requesterWithKey, tellReplay } from '../requester.ts';

export function movementRoutes(app: FastifyInstance, ports: Ports): void {
  resourceRoutes(app, ports.resources.movements, {
    path: '/stock-movements',
    tags: ['Stock movements'],
    origin: (request) => ports.linkBases(request).inventory,
    idExample: '1',
    create: {
      config: { scope: 'inventory:write' },
      summary: 'Record a movement of stock',
      description: kindsDescription,
      headers: requiredIdempotencyKey,
      refusals: errorResponses(
        'idempotency-key-required',
        'product-not-found',
        // The purchase of a return.
        'not-found',
        'not-tracked',
        'insufficient-stock',
        'return-exceeds-sale',
        'stock-limit-exceeded',
        'idempotency-key-reused',
        'catalogue-unavailable',
        'overloaded',
        'ledger-unavailable',
        'outcome-unknown',
      ),
      body: movementBody,
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
        'Latest first; `sort=position` for the order in which it happened. `filter[from]` and `filter[to]` are a range of time, without its end. A list that is filtered by more than the product counts up to 1,000: where there are more, `meta.page.totalIsCapped` is true.',
      refusals: errorResponses('catalogue-unavailable'),
      declaration: movementList,
      run: (list) => ports.reader.movements(list),
    },
    read: {
      config: { scope: 'purchases:read' },
      summary: 'Read a movement',
      refusals: errorResponses('not-found', 'catalogue-unavailable'),
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
