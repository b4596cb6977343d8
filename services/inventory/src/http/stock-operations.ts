import {
  atomicRoute,
  atomicTypes,
  firstErrors,
  MAX_ERRORS,
  operationSource,
  type AtomicOperation,
  type ErrorSource,
} from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import { changeStock, type StockChange } from '../application/change-stock.ts';
import type { RequestRefusal } from '../application/request-outcome.ts';
import {
  countSource,
  inventoryUpdateFrom,
  levelAttributes,
  updateAttributes,
  requireLevel,
  trackingFrom,
} from './inventories/inventory-routes.ts';
import { requiredIdempotencyKey } from './parameters.ts';
import type { Ports } from './ports.ts';
import { errorResponses } from './problems.ts';
import { refusalError } from './refusal-error.ts';
import { requesterWithKey, tellReplay } from './requester.ts';
import { movementBody, movementRequestFrom } from './movements/movement-bodies.ts';
import { movementSource } from './movements/movement-routes.ts';

const example = {
  'atomic:operations': [
    {
      op: 'add',
      data: {
        type: 'stock-movements',
        attributes: { kind: 'receipt', quantity: 12, reason: 'Delivery 4712' },
        relationships: { product: { data: { type: 'products', id: '2' } } },
      },
    },
    { op: 'update', data: { type: 'inventories', id: '3', attributes: { lowStockThreshold: 5 } } },
  ],
};

type StockOperation = AtomicOperation<ReturnType<typeof stockTypes>[number]>;

function stockTypes(ports: Ports) {
  const { inventories, movements } = ports.resources;
  return atomicTypes(
    {
      resource: inventories,
      path: '/api/v1/inventories',
      add: { id: 'required', attributes: levelAttributes },
      update: { attributes: updateAttributes, read: (id) => requireLevel(ports, id) },
    },
    {
      resource: movements,
      path: '/api/v1/stock-movements',
      add: movementBody,
    },
  );
}

/** Many changes of stock as one, below `/api/v1`. */
export function stockOperationRoutes(app: FastifyInstance, ports: Ports): void {
  atomicRoute(app, {
    path: '/stock-operations',
    tags: ['Stock movements'],
    config: { scope: 'inventory:write' },
    summary: 'Change the stock of many products at once',
    description:
      'At most 1,000 operations, in their order, all or none: start tracking (`add` inventories), count or set a threshold (`update` inventories), record a movement (`add` stock-movements). Each result is the movement, or the stock as it was right after its operation.',
    headers: requiredIdempotencyKey,
    refusals: errorResponses(
      'idempotency-key-required',
      'product-not-found',
      'not-found',
      'not-tracked',
      'already-tracked',
      'insufficient-stock',
      'count-below-reserved',
      'count-outdated',
      'return-exceeds-sale',
      'stock-limit-exceeded',
      'idempotency-key-reused',
      'catalogue-unavailable',
      'overloaded',
      'ledger-unavailable',
      'outcome-unknown',
      'read-only-attribute',
      'relationship-read-only',
      'operation-not-supported',
    ),
    origin: (request) => ports.linkBases(request).inventory,
    types: stockTypes(ports),
    example,
    takesKeys: true,
    change: stockChange,
    async run(changes, request, reply, assertUnchanged) {
      const requester = requesterWithKey(request);
      const outcome = await changeStock(ports, changes, requester, assertUnchanged);
      if (!outcome.ok) {
        const refusals = outcome.refusals.slice(0, MAX_ERRORS + 1);
        const { errors, headers } = refusalError(refusals, (place, type) =>
          operationSource(place, sourceWithin(changes[place], type)),
        );
        throw firstErrors(errors, headers);
      }
      tellReplay(outcome, reply);
      return outcome.result.changes.map((result) =>
        'movement' in result ? result.movement : result.level,
      );
    },
  });
}

function stockChange(operation: StockOperation): StockChange {
  if (operation.type === 'stock-movements')
    return { type: 'movement', request: movementRequestFrom(operation.data) };
  const { attributes } = operation.data;
  return operation.op === 'update'
    ? { type: 'update', request: inventoryUpdateFrom(operation.target.id, attributes) }
    : { type: 'tracking', request: trackingFrom(operation.data.id, attributes) };
}

/** What in the operation of a change cannot be. */
function sourceWithin(
  change: StockChange | undefined,
  type: RequestRefusal['type'],
): ErrorSource | undefined {
  if (change?.type === 'movement') return movementSource(0, type);
  return change?.type === 'tracking' ? { pointer: '/data/id' } : countSource(0, type);
}
