import { createBody, looseJsonBodies, updateBody } from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import { createProduct } from '../../application/create-product.ts';
import { deleteProduct } from '../../application/delete-product.ts';
import { updateProduct } from '../../application/update-product.ts';
import type { Ports } from '../ports.ts';
import { errorResponses, refusalError } from '../problems.ts';
import { requireProductId, type IdParams } from '../product-id.ts';
import { changeOf } from '../products/product-routes.ts';
import {
  idParameter,
  newProductBody,
  productInput,
  productUpdateBody,
} from '../products/product-schemas.ts';
import { requireVisibleProduct } from '../visibility.ts';
import { classicDocument, documentation } from './classic-answers.ts';
import {
  assertPresent,
  assertSameId,
  documentReader,
  looseBody,
  readBody,
} from './classic-bodies.ts';
import { listRoutes } from './classic-list-routes.ts';

/**
 * The classic API at the root: bodies with or without a JSON:API envelope, in English or Spanish,
 * under any content type; answers that hold every name any of its clients reads. A skin over the
 * use cases of the canonical routes.
 */
export async function classicRoutes(app: FastifyInstance, ports: Ports): Promise<void> {
  await app.register(looseJsonBodies);
  listRoutes(app, ports);
  createRoutes(app, ports);
  readRoute(app, ports);
  updateRoutes(app, ports);
  removeRoute(app, ports);
}

const refusalsOfChanges = errorResponses(
  'sku-taken',
  'barcode-taken',
  'currency-needs-price',
  'outcome-unknown',
);
const refusalsOfRemoval = errorResponses('outcome-unknown');

function createRoutes(app: FastifyInstance, ports: Ports): void {
  const read = documentReader(createBody({ type: 'products', ...newProductBody }));
  const schema = documentation(
    'Create a product',
    'The product; 201 when the body has no envelope.',
    {
      consumes: ['application/json'],
      body: looseBody({ name: 'Ceramic Mug', price: 14.5 }),
    },
    { statuses: [200, 201], refusals: refusalsOfChanges },
  );
  for (const url of ['/products', '/products/']) {
    app.post(
      url,
      { config: { scope: 'products:write' }, schema: { ...schema, hide: url.endsWith('/') } },
      async (request, reply) => {
        const body = readBody(request.body);
        const document = { data: { type: 'products', attributes: body.attributes } };
        const { data } = read(document, body.pointerTo);
        const input = productInput(data.attributes);
        const outcome = await createProduct(ports, input, request.caller.actor);
        if (!outcome.ok) throw refusalError(outcome.error, body.pointerTo);
        return reply
          .code(body.enveloped ? 200 : 201)
          .send(classicDocument(outcome.value, request.caller));
      },
    );
  }
}

const path = '/products/:id';
const params = idParameter('1');

function readRoute(app: FastifyInstance, { store }: Ports): void {
  const schema = documentation('Read a product', 'The product.', { params });
  app.get<{ Params: IdParams }>(
    path,
    { config: { scope: 'products:read' }, schema },
    async (request) =>
      classicDocument(
        await requireVisibleProduct(store, requireProductId(request.params.id), request.caller),
        request.caller,
      ),
  );
}

function updateRoutes(app: FastifyInstance, ports: Ports): void {
  const read = documentReader(updateBody({ type: 'products', ...productUpdateBody }));
  const more = {
    params,
    consumes: ['application/json'],
    body: looseBody({ name: 'Ceramic Mug', price: 12.5 }),
  };
  for (const method of ['PATCH', 'PUT'] as const) {
    const summary = method === 'PUT' ? 'Replace name and price of a product' : 'Change a product';
    const refusals = refusalsOfChanges;
    app.route<{ Params: IdParams }>({
      method,
      url: path,
      config: { scope: 'products:write' },
      schema: documentation(summary, 'The product after the change.', more, { refusals }),
      handler: async (request) => {
        const id = requireProductId(request.params.id);
        const { attributes, pointerTo, statedId } = readBody(request.body);
        assertSameId(statedId, id);
        // A PUT keeps what its clients have no names for: they cannot mean to clear it.
        if (method === 'PUT') assertPresent(attributes, pointerTo);
        const document = { data: { type: 'products', id: String(id), attributes } };
        const { data } = read(document, pointerTo);
        const input = productInput(data.attributes ?? {});
        const outcome = await updateProduct(ports, id, { input, ...changeOf(request) });
        if (!outcome.ok) throw refusalError(outcome.error, pointerTo);
        return classicDocument(outcome.value, request.caller);
      },
    });
  }
}

function removeRoute(app: FastifyInstance, ports: Ports): void {
  const more = { params: idParameter('23') };
  const schema = documentation('Delete a product', 'A message that says so.', more, {
    refusals: refusalsOfRemoval,
  });
  app.delete<{ Params: IdParams }>(
    path,
    { config: { scope: 'products:write' }, schema },
    async (request) => {
      const id = requireProductId(request.params.id);
      const outcome = await deleteProduct(ports, id, changeOf(request));
      if (!outcome.ok) throw refusalError(outcome.error);
      return { meta: { message: `Product ${id} was deleted.` } };
    },
  );
}
