import { json } from 'node:stream/consumers';
import { docsPagePolicy } from '@anaquel/runtime';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { targets, type Target } from '../domain/target.ts';
import type { Ports } from './ports.ts';
import { gatewayProblem, serviceFailed } from './problems.ts';

const FETCH_WITHIN_MS = 5_000;

/** `/docs`: both APIs, and the few addresses of the gateway itself, each by a document of its own. */
export async function docsRoutes(
  app: FastifyInstance,
  { upstreams, version }: Pick<Ports, 'upstreams'> & { version: string },
): Promise<void> {
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
        { url: '/docs/json', name: `Gateway ${version}` },
      ],
    },
  });
  for (const target of targets) {
    app.get(`/openapi/${target}.json`, { schema: { hide: true } }, async (_request, reply) => {
      reply.header('cache-control', 'no-cache');
      return reply.type('application/json').send(await readDocument(target, upstreams));
    });
  }
}

/** What a service says of itself, less what the gateway does not forward: its classic API at the root, and what is internal. */
async function readDocument(target: Target, upstreams: Ports['upstreams']): Promise<object> {
  const signal = AbortSignal.timeout(FETCH_WITHIN_MS);
  const answer = await upstreams[target].send({
    method: 'GET',
    url: '/openapi.json',
    headers: {},
    signal,
  });
  if (!answer.ok)
    throw serviceFailed(target, answer.reason === 'closed' ? 'timeout' : answer.reason);
  const document = (await json(answer.body)) as {
    paths: Record<string, Record<string, Operation>>;
    tags?: Tag[];
  };
  const paths = Object.entries(document.paths).filter(([path]) => path.startsWith('/api/v1/'));
  const used = new Set(
    paths.flatMap(([, item]) => Object.values(item).flatMap(({ tags = [] }) => tags)),
  );
  return {
    ...document,
    paths: Object.fromEntries(paths),
    tags: document.tags?.filter(({ name }) => used.has(name)) ?? [],
  };
}

interface Operation {
  readonly tags?: readonly string[];
}

interface Tag {
  readonly name: string;
}

/** The document of the gateway itself, made from its routes. Register it before them. */
export async function describeGateway(app: FastifyInstance, version: string): Promise<void> {
  const codes = Object.entries(gatewayProblem.entries)
    .map(([code, { status, title }]) => `| ${status} | \`${code}\` | ${title} |`)
    .join('\n');
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Anaquel Gateway',
        version,
        description: `The one door to both services. \`/api/v1/…\` is forwarded: with your own \`x-api-key\`, or else with what your session or token allows.\n\nIts own error codes:\n\n| status | code | meaning |\n|---|---|---|\n${codes}`,
      },
      tags: [
        { name: 'Session', description: 'Who a browser is' },
        { name: 'Health', description: 'Is it there, and can it work?' },
      ],
    },
  });
}
