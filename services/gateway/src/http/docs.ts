import { docsPagePolicy, operationIdOf } from '@anaquel/runtime';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { targets } from '../domain/target.ts';
import { mergedDocument, readDocument } from './openapi-documents.ts';
import type { Ports } from './ports.ts';
import { gatewayProblem } from './problems.ts';

/**
 * `/docs`: both APIs, and the few addresses of the gateway itself, each by a document of its own.
 * `/openapi.json` has both APIs in one, because every answer of the services names that address as
 * its description.
 */
export async function docsRoutes(
  app: FastifyInstance,
  { upstreams }: Pick<Ports, 'upstreams'>,
): Promise<void> {
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-cache');
    done();
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: docsPagePolicy,
    theme: { title: 'Anaquel' },
    uiConfig: {
      deepLinking: true,
      layout: 'StandaloneLayout',
      urls: [
        { url: '/openapi/products.json', name: 'Products' },
        { url: '/openapi/inventory.json', name: 'Inventory' },
        { url: '/docs/json', name: 'Gateway' },
      ],
    },
  });
  for (const target of targets) {
    app.get(`/openapi/${target}.json`, { schema: { hide: true } }, async (_request, reply) =>
      reply.type('application/json').send(await readDocument(target, upstreams)),
    );
  }
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
    const documents = await Promise.all(targets.map((target) => readDocument(target, upstreams)));
    return reply.type('application/json').send(mergedDocument(documents));
  });
}

/** The document of the gateway itself, made from its routes. Register it before them. */
export async function describeGateway(app: FastifyInstance, version: string): Promise<void> {
  const codes = Object.entries(gatewayProblem.entries)
    .map(([code, { status, title }]) => `| ${status} | \`${code}\` | ${title} |`)
    .join('\n');
  const description =
    'The one door to both services. `/api/v1/…` is forwarded: with your own `x-api-key`, or else with what your session or token ' +
    `allows.\n\nIts own error codes:\n\n| status | code | meaning |\n|---|---|---|\n${codes}`;
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      servers: [{ url: '/', description: 'The origin that serves this document' }],
      info: {
        title: 'Anaquel Gateway',
        version,
        license: { name: 'MIT', identifier: 'MIT' },
        description,
      },
      tags: [
        { name: 'Session', description: 'Who a browser is' },
        { name: 'Health', description: 'Is it there, and can it work?' },
      ],
    },
    transform: ({ schema, url, route: { method } }) => ({
      url,
      schema: {
        ...schema,
        operationId: operationIdOf({ url, method, schema: undefined }),
        security: [],
      },
    }),
  });
}
