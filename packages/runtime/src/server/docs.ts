import { JsonApiError, protocolProblem } from '@anaquel/jsonapi';
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { FastifySwaggerUiOptions } from '@fastify/swagger-ui';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { remembered } from '../process/remembered.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** The OpenAPI document of a server with documentation, once all routes are there. */
    openApiDocument(): Promise<object>;
  }
}

export interface DocsOptions {
  readonly document: FastifyDynamicSwaggerOptions;
  readonly page: Pick<FastifySwaggerUiOptions, 'theme' | 'uiConfig'>;
}

/** Where the page is; the document of the same routes is at `/docs/json`. */
const PAGE = '/docs';

export interface Docs {
  /** Adds the routes of the page. */
  register(app: FastifyInstance): void;
}

/**
 * The documentation of the routes that `app` gets from now on. What makes it is loaded when
 * somebody asks for it: a process that only serves starts a tenth sooner.
 */
export function createDocs(app: FastifyInstance, { document: how, page }: DocsOptions): Docs {
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    routes.push(route);
  });

  const document = remembered(async () => {
    const { openApiDocument } = await import('./openapi-document.ts');
    return openApiDocument(routes, how);
  });
  const pages = remembered(async () => {
    const { openDocsPage } = await import('./docs-page.ts');
    return openDocsPage(await document(), { ...page, routePrefix: PAGE });
  });

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { url, headers } = request;
    const inner = await (await pages()).inject({ method: 'GET', url, headers });
    if (inner.statusCode === 404)
      throw new JsonApiError(protocolProblem('not-found', 'Nothing was found at this address.'));
    if (inner.statusCode >= 500) throw new Error(`The docs page failed at ${url}: ${inner.body}`);
    for (const [name, value] of Object.entries(inner.headers))
      if (value !== undefined && !OF_THE_CONNECTION.has(name)) reply.header(name, value);
    return reply.code(inner.statusCode).send(inner.rawPayload);
  }

  app.decorate('openApiDocument', document);
  return {
    register(to) {
      for (const url of [PAGE, `${PAGE}/*`])
        to.get(url, { schema: { hide: true }, config: { scope: 'open' } }, answer);
    },
  };
}

/** What an answer says of how it is sent, and not of what it is. */
const OF_THE_CONNECTION = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'transfer-encoding',
]);
