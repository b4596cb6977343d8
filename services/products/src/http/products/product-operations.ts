import {
  atomicRoute,
  atomicTypes,
  atOperation,
  type AtomicOperation,
  type OperationTarget,
} from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import {
  changeProducts,
  type ProductOperation,
  type ProductTarget,
} from '../../application/change-products.ts';
import type { Ports } from '../ports.ts';
import { errorResponses, refusalError } from '../problems.ts';
import { requireProductId } from '../product-id.ts';
import { newProductBody, productInput, productUpdateBody } from './product-schemas.ts';
import { productResource } from './product-resource.ts';
import { requireVisibleProduct } from '../visibility.ts';

const MUG = { type: 'products', lid: 'mug' };

const example = {
  'atomic:operations': [
    { op: 'add', data: { ...MUG, attributes: { name: 'Enamel Mug', price: 9.5 } } },
    { op: 'update', data: { ...MUG, attributes: { tags: ['kitchen'] } } },
    { op: 'remove', ref: MUG },
  ],
};

function productTypes({ store, linkBases }: Ports) {
  return atomicTypes({
    resource: productResource(linkBases),
    path: '/api/v1/products',
    add: newProductBody,
    update: {
      ...productUpdateBody,
      read: (id, { caller }) => requireVisibleProduct(store, requireProductId(id), caller),
    },
    remove: true,
  });
}

/** Many changes of products as one, below `/api/v1`. */
export function productOperationRoutes(app: FastifyInstance, ports: Ports): void {
  atomicRoute(app, {
    path: '/product-operations',
    tags: ['Products'],
    config: { scope: 'products:write' },
    summary: 'Change many products at once',
    description:
      'At most 1,000 operations, in their order, all or none. What one adds under a `lid`, later ones name by it. The results stand at the places of their operations; that of a `remove` is empty.',
    refusals: errorResponses(
      'invalid-document',
      'client-generated-id',
      'read-only-attribute',
      'operation-not-supported',
      'not-found',
      'type-conflict',
      'id-conflict',
      'sku-taken',
      'barcode-taken',
      'invalid-attribute',
      'currency-needs-price',
      'unavailable',
      'outcome-unknown',
    ),
    origin: (request) => ports.linkBases(request).products,
    types: productTypes(ports),
    example,
    change: productOperation,
    async run(changes, { caller }) {
      const outcome = await changeProducts(ports, changes, caller.actor);
      if (outcome.ok) return outcome.value;
      const { error } = outcome;
      if (error.type !== 'operation-failed') throw refusalError(error);
      throw atOperation(error.operation, refusalError(error.error));
    },
  });
}

function productOperation(
  operation: AtomicOperation<ReturnType<typeof productTypes>[number]>,
): ProductOperation {
  switch (operation.op) {
    case 'add':
      return { type: 'create', input: productInput(operation.data.attributes) };
    case 'update': {
      const input = productInput(operation.data.attributes);
      return { type: 'update', target: targetOf(operation.target), input };
    }
    case 'remove':
      return { type: 'delete', target: targetOf(operation.target) };
  }
}

function targetOf(target: OperationTarget): ProductTarget {
  return 'id' in target ? { id: requireProductId(target.id) } : { createdBy: target.addedBy };
}
