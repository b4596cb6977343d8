import fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import {
  createBody,
  dataDocument,
  JsonApiError,
  jsonApiErrors,
  jsonApiRoutes,
  looseJsonBodies,
  noQuery,
  nullable,
  protocolProblem,
  serverOptions,
  toOneRelationship,
  updateBody,
} from '../src/index.ts';

const thingAttributes = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 10 }),
  amount: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  note: Type.Optional(nullable(Type.String({ maxLength: 5 }))),
  colour: Type.Optional(Type.Unsafe<'red' | 'blue'>({ type: 'string', enum: ['red', 'blue'] })),
  icon: Type.Optional(Type.String({ pattern: '^/', 'x-expects': 'a path that starts with "/"' })),
  lines: Type.Optional(
    Type.Array(Type.Object({ count: Type.Integer({ minimum: 1 }) }), { maxItems: 2 }),
  ),
  kinds: Type.Optional(
    Type.Array(
      Type.Partial(
        Type.Object({
          yes: Type.Boolean(),
          least: Type.Integer({ minimum: 1 }),
          most: Type.Number({ maximum: 2 }),
          some: nullable(Type.Object({})),
          none: Type.Literal('nothing'),
        }),
      ),
      { maxItems: 1 },
    ),
  ),
});

const createThing = createBody({ type: 'things', attributes: thingAttributes });
const updateThing = updateBody({ type: 'things', attributes: Type.Partial(thingAttributes) });
const createPart = createBody({
  type: 'parts',
  id: 'required',
  attributes: Type.Object({}),
  relationships: Type.Object({ thing: toOneRelationship('things') }),
});

/** A small server with the package: canonical routes, loose ones, and routes that fail. */
export async function createTestApp(): Promise<FastifyInstance> {
  const app = fastify({ ...serverOptions(), logger: false });
  await app.register(jsonApiErrors);
  await app.register(
    jsonApiRoutes((instance) => {
      instance.get('/things', (request) => {
        noQuery.parse(request.query);
        return dataDocument([]);
      });
      instance.post('/things', { schema: { body: createThing } }, async (request, reply) => {
        const { data } = request.body as Static<typeof createThing>;
        return reply
          .code(201)
          .send(dataDocument({ type: 'things', id: '1', attributes: data.attributes }));
      });
      instance.patch('/things/:id', { schema: { body: updateThing } }, () => dataDocument(null));
      instance.post('/parts', { schema: { body: createPart } }, () => dataDocument(null));
      instance.get('/things/:id', () => dataDocument(null));
      instance.delete('/things/:id', (_request, reply) => reply.code(204).send());
      instance.get('/seen', ({ url }) => dataDocument([], { links: { self: url } }));
      instance.get('/unchanged', (_request, reply) => reply.code(304).send());
      instance.get('/text', (_request, reply) =>
        reply.header('content-type', 'application/vnd.api+json').send('{"data":null}'),
      );
      instance.get('/boom', () => {
        throw new Error('SELECT secret FROM /var/lib/x.db');
      });
      instance.get('/mixed', () => {
        throw new JsonApiError([
          protocolProblem('invalid-attribute', 'a'),
          protocolProblem('invalid-document', 'b'),
        ]);
      });
      instance.get('/later', () => {
        throw new JsonApiError(protocolProblem('unavailable', 'c'), { 'retry-after': '7' });
      });
      instance.get<{ Params: { status: string } }>('/framework/:status', ({ params }) => {
        throw Object.assign(new Error('e'), { statusCode: Number(params.status) });
      });
    }),
    { prefix: '/api/v1' },
  );
  app.get('/begun', (_request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200).write('half');
  });
  await app.register(async (instance) => {
    await instance.register(looseJsonBodies);
    instance.post('/loose', (request) => ({ got: request.body ?? 'nothing' }));
    instance.get('/loose/boom', () => {
      throw new Error('hidden');
    });
  });
  return app;
}
