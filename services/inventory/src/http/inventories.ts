import {
  assertBodyId,
  boolean,
  collectionSchema,
  createBody,
  dataSchema,
  etag,
  ifMatchVersions,
  ifNoneMatchHits,
  integers,
  JsonApiError,
  jsonApiResponse,
  listQuery,
  noContentResponse,
  noQuery,
  nullable,
  problemResponses,
  protocolProblem,
  resourceSchema,
  updateBody,
} from '@anaquel/jsonapi';
import type { FastifyInstance, FastifyReply } from 'fastify';
import Type, { type Static } from 'typebox';
import type { Accepted } from '../domain/command.ts';
import { MAIN_LOCATION, MAX_ON_HAND, type Level } from '../domain/level.ts';
import { startTracking } from '../application/start-tracking.ts';
import type { RequestOutcome } from '../application/submit-command.ts';
import { updateInventory } from '../application/update-inventory.ts';
import { idParam, ifNoneMatchHeader, optionalIdempotencyKey, type IdParam } from './parameters.ts';
import type { Ports } from './ports.ts';
import { refusalError, stockProblem, type SourceOf } from './problems.ts';
import { idFrom, requireProductId } from './ids.ts';
import { requesterOf } from './requester.ts';
import { inventoryResource, resourceDocument, sendCreated, pageDocument } from './resources.ts';

const onHand = Type.Integer({
  minimum: 0,
  maximum: MAX_ON_HAND,
  description: 'Units physically there.',
});
const lowStockThreshold = nullable(
  Type.Integer({
    minimum: 0,
    maximum: MAX_ON_HAND,
    description: 'At or below it the stock counts as low; null turns that off.',
  }),
);

const newInventory = createBody({
  type: 'inventories',
  id: 'required',
  attributes: Type.Object({
    onHand: Type.Optional(onHand),
    lowStockThreshold: Type.Optional(lowStockThreshold),
  }),
  example: {
    data: { type: 'inventories', id: '25', attributes: { onHand: 40, lowStockThreshold: 5 } },
  },
});

const inventoryUpdate = updateBody({
  type: 'inventories',
  attributes: Type.Object({
    onHand: Type.Optional(onHand),
    lowStockThreshold: Type.Optional(lowStockThreshold),
  }),
  example: { data: { type: 'inventories', id: '1', attributes: { onHand: 120 } } },
});

const inventorySchema = resourceSchema({
  type: 'inventories',
  attributes: Type.Object({
    onHand,
    reserved: Type.Integer({ description: 'Units promised to live reservations.' }),
    available: Type.Integer({ description: 'What can be sold: on hand, less reserved.' }),
    lowStockThreshold,
    updatedAt: Type.String({ format: 'date-time' }),
  }),
});

const inventoryList = listQuery({
  filters: { id: integers({ maxCount: 100 }), lowStock: boolean() },
  sorts: ['id', 'onHand', 'available', 'updatedAt'],
  page: { style: 'number', defaultSize: 20, maxSize: 100 },
});

const inventoryAnswer = jsonApiResponse('The stock.', dataSchema(inventorySchema));
const tags = ['Inventories'];

export function inventoryRoutes(app: FastifyInstance, ports: Ports): void {
  app.get(
    '/inventories',
    {
      config: { scope: 'inventory:read' },
      schema: {
        tags,
        summary: 'List stock',
        querystring: inventoryList.schema,
        response: { 200: jsonApiResponse('A page of stock.', collectionSchema(inventorySchema)) },
      },
    },
    async (request) => {
      const { page, sort, filter } = inventoryList.parse(request.query);
      const bases = ports.linkBases(request);
      const { id: ids, lowStock } = filter;
      const { items, total } = await ports.reader.levels({
        filters: [
          ...(ids ? [{ field: 'id', operator: 'in', value: ids } as const] : []),
          ...(lowStock === undefined
            ? []
            : [{ field: 'lowStock', operator: 'eq', value: lowStock } as const]),
        ],
        sort,
        page: { style: 'number', ...page },
      });
      const data = items.map((item) => inventoryResource(item, bases));
      return pageDocument(data, { bases, address: request.url, page, total });
    },
  );

  app.get<{ Params: IdParam }>(
    '/inventories/:id',
    {
      config: { scope: 'inventory:read' },
      schema: {
        tags,
        summary: 'Read the stock of a product',
        description:
          'With `If-None-Match` and the ETag of the last answer, 304 when nothing has changed.',
        params: idParam('The id of a product.', '1'),
        headers: ifNoneMatchHeader,
        response: {
          200: inventoryAnswer,
          304: noContentResponse('Unchanged.'),
          ...problemResponses(stockProblem, 'not-tracked'),
        },
      },
    },
    async (request, reply) => {
      noQuery.parse(request.query);
      const productId = idFrom(request.params.id);
      const level = productId === null ? null : await ports.reader.level(productId, MAIN_LOCATION);
      if (!level) throw notTracked();
      const tag = etag(level.version);
      reply.header('etag', tag);
      if (ifNoneMatchHits(request.headers['if-none-match'], tag)) return reply.code(304).send();
      return resourceDocument(inventoryResource(level, ports.linkBases(request)));
    },
  );

  app.post<{ Body: Static<typeof newInventory> }>(
    '/inventories',
    {
      config: { scope: 'inventory:write' },
      schema: {
        tags,
        summary: 'Start tracking the stock of a product',
        description:
          'The id is that of a product that Products knows. Create product 25 there before you try the example.',
        headers: optionalIdempotencyKey,
        body: newInventory,
        response: {
          201: inventoryAnswer,
          ...problemResponses(
            stockProblem,
            'product-not-found',
            'already-tracked',
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
      const { id, attributes } = request.body.data;
      const productId = requireProductId(id, { pointer: '/data/id' });
      const { onHand: firstCount = 0, lowStockThreshold: threshold = null } = attributes;
      const tracked = { productId, onHand: firstCount, lowStockThreshold: threshold };
      const outcome = await startTracking(ports, tracked, requesterOf(request));
      const level = levelOf(outcome, reply, () => ({ pointer: '/data/id' }));
      return sendCreated(reply, inventoryResource(level, ports.linkBases(request)));
    },
  );

  app.patch<{ Params: IdParam; Body: Static<typeof inventoryUpdate> }>(
    '/inventories/:id',
    {
      config: { scope: 'inventory:write' },
      schema: {
        tags,
        summary: 'Count the stock of a product',
        description:
          "Sets what is on hand and leaves what is reserved. Send the ETag you saw as `If-Match`, and nobody else's change is overwritten.",
        params: idParam('The id of a product.', '1'),
        headers: Type.Object({
          ...optionalIdempotencyKey.properties,
          'if-match': Type.Optional(
            Type.String({ description: 'The ETag that the stock must still have.' }),
          ),
        }),
        body: inventoryUpdate,
        response: {
          200: inventoryAnswer,
          ...problemResponses(
            stockProblem,
            'not-tracked',
            'count-below-reserved',
            'idempotency-key-reused',
            'overloaded',
            'ledger-unavailable',
          ),
          ...problemResponses(protocolProblem, 'precondition-failed'),
        },
      },
    },
    async (request, reply) => {
      noQuery.parse(request.query);
      const { id } = request.params;
      assertBodyId(request.body, id);
      const productId = idFrom(id);
      if (productId === null) throw notTracked();
      const { onHand: count, lowStockThreshold: threshold } = request.body.data.attributes;
      const update = { productId, onHand: count, lowStockThreshold: threshold };
      if (count === undefined && threshold === undefined) throw nothingToChange();
      const conditions = {
        expectedVersions: ifMatchVersions(request.headers['if-match']),
        startTracking: false,
      };
      const outcome = await updateInventory(ports, update, conditions, requesterOf(request));
      const level = levelOf(outcome, reply, (_step, type) =>
        type === 'version-mismatch' ? { header: 'If-Match' } : undefined,
      );
      return resourceDocument(inventoryResource(level, ports.linkBases(request)));
    },
  );
}

/** The level that a change left, with the headers that go with it. */
function levelOf(outcome: RequestOutcome, reply: FastifyReply, sourceOf: SourceOf): Level {
  if (!outcome.ok) throw refusalError(outcome.refusals, sourceOf);
  const { level } = levelResult(outcome);
  reply.header('etag', etag(level.version));
  if (outcome.replayed) reply.header('idempotency-replayed', 'true');
  return level;
}

export function levelResult({ result }: Accepted): Extract<Accepted['result'], { type: 'level' }> {
  if (result.type !== 'level') throw new Error('A change of stock left no level');
  return result;
}

function notTracked(): JsonApiError {
  return new JsonApiError(stockProblem('not-tracked', 'No stock is tracked under this id.'));
}

function nothingToChange(): JsonApiError {
  const detail = 'Send "onHand", "lowStockThreshold" or both.';
  return new JsonApiError(
    protocolProblem('invalid-attribute', detail, { source: { pointer: '/data/attributes' } }),
  );
}
