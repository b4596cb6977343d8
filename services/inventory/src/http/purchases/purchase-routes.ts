import { JsonApiError, protocolProblem, resourceRoutes } from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { purchase } from '../../application/purchase.ts';
import {
  linePointer,
  linesSchema,
  referenceSchema,
  requestedLinesFrom,
  takingProblems,
} from '../lines.ts';
import { purchaseList } from './purchase-list.ts';
import { ownerOnly } from '../ownership.ts';
import { requiredIdempotencyKey } from '../parameters.ts';
import type { Ports } from '../ports.ts';
import { errorResponses } from '../problems.ts';
import { refusalError } from '../refusal-error.ts';
import { requesterWithKey, tellReplay } from '../requester.ts';

const newPurchase = Type.Object({
  lines: linesSchema,
  reference: Type.Optional(referenceSchema),
});

export function purchaseRoutes(app: FastifyInstance, ports: Ports): void {
  const { reader } = ports;
  resourceRoutes(app, ports.resources.purchases, {
    path: '/purchases',
    tags: ['Purchases'],
    origin: (request) => ports.linkBases(request).inventory,
    create: {
      config: { scope: 'purchases:write' },
      summary: 'Buy one or more products',
      description:
        'All lines or none. Prices are those of Products, at most 2 seconds old, or up to 10 minutes while Products does not answer; with `expectedPrice` and `expectedCurrency` no other price is accepted. Repeating it with the same key gives the first answer again.',
      headers: requiredIdempotencyKey,
      refusals: errorResponses(...takingProblems),
      body: {
        attributes: newPurchase,
        example: {
          data: {
            type: 'purchases',
            attributes: { lines: [{ productId: '1', quantity: 1 }], reference: 'order-1001' },
          },
        },
      },
      async run({ attributes }, request, reply) {
        const { lines, reference = null } = attributes;
        const requester = requesterWithKey(request);
        const purchaseRequest = { lines: requestedLinesFrom(lines), reference };
        const outcome = await purchase(ports, purchaseRequest, requester);
        if (!outcome.ok) throw refusalError(outcome.refusals, linePointer);
        tellReplay(outcome, reply);
        return outcome.result.purchase;
      },
    },
    list: {
      config: { scope: ['purchases:read', 'purchases:write'] },
      summary: 'List purchases',
      description:
        'Latest first. A key without `purchases:read` sees its own. `filter[search]` finds what somebody has typed: a number (`1042`, `#1042`) or how a reference begins. `filter[from]` and `filter[to]` are a range of time, without its end. `filter[total]` compares numbers: put `filter[currency]` beside it where there are several currencies.',
      refusals: errorResponses('catalogue-unavailable'),
      declaration: purchaseList,
      run: (list, request) => reader.purchases(list, ownerOnly(request)),
    },
    read: {
      config: { scope: ['purchases:read', 'purchases:write'] },
      summary: 'Read a purchase',
      refusals: errorResponses('not-found', 'catalogue-unavailable'),
      async run(id, request) {
        const model = await reader.purchase(id);
        const owner = ownerOnly(request);
        if (model && (owner === undefined || model.owner === owner)) return model;
        throw new JsonApiError(
          protocolProblem(
            'not-found',
            'There is no purchase with this id, or it is not yours. GET /api/v1/purchases lists yours.',
          ),
        );
      },
    },
  });
}
