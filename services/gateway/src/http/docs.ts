import { createDocs, operationIdOf, type Docs } from '@anaquel/runtime';
import type { FastifyInstance } from 'fastify';
import { compressOwnAnswers } from './compression.ts';
import { mergedDocument, readDocument } from './openapi-documents.ts';
import type { Ports } from './ports.ts';
import { gatewayProblem } from './problems.ts';

/**
 * `/docs`: the APIs, and the few addresses of the gateway itself, each by a document of its own.
 * `/openapi.json` has all APIs in one, because every answer of the services names that address as
 * its description.
 */
export async function docsRoutes(
  app: FastifyInstance,
  { upstreams, docs }: Pick<Ports, 'upstreams'> & { docs: Docs },
): Promise<void> {
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-cache');
    done();
  });
  compressOwnAnswers(app);
  docs.register(app);
  for (const upstream of upstreams) {
    const url = `/openapi/${upstream.target.name}.json`;
    app.get(url, { schema: { hide: true } }, async (_request, reply) =>
      reply.type('application/json').send(await readDocument(upstream)),
    );
  }
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
    const documents = await Promise.all(upstreams.map(readDocument));
    const targets = upstreams.map(({ target }) => target);
    return reply.type('application/json').send(mergedDocument(documents, targets));
  });
}

/**
 * The page, and the document of the gateway itself, which is made from the routes that are
 * registered after this.
 */
export function describeGateway(
  app: FastifyInstance,
  { version, upstreams }: Pick<Ports, 'upstreams'> & { version: string },
): Docs {
  const codes = Object.entries(gatewayProblem.entries)
    .map(([code, { status, title }]) => `| ${status} | \`${code}\` | ${title} |`)
    .join('\n');
  const description =
    'The one door to all services. `/api/v1/…` is forwarded: with your own `x-api-key`, or else with what your session or token ' +
    `allows.\n\nIts own error codes:\n\n| status | code | meaning |\n|---|---|---|\n${codes}`;
  return createDocs(app, {
    document: {
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
    },
    page: {
      theme: { title: 'Anaquel' },
      uiConfig: {
        deepLinking: true,
        layout: 'StandaloneLayout',
        urls: [
          ...upstreams.map(({ target: { name, title } }) => ({
            url: `/openapi/${name}.json`,
            name: title,
          })),
          { url: '/docs/json', name: 'Gateway' },
        ],
      },
    },
  });
}
