import { errorSchema, MEDIA_TYPE, protocolProblem } from '@anaquel/jsonapi';
import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { hostProblem } from './allowed-hosts.ts';
import { authProblem } from './auth.ts';
import type { Keyring } from './keys.ts';

export type ErrorCatalogue = Readonly<Record<string, { status: number; title: string }>>;

interface DocumentationOptions {
  title: string;
  version: string;
  description: string;
  keyring: Keyring;
  /** The groups of operations, in the order in which to show them. */
  tags: readonly { name: string; description: string }[];
  errorCatalogue?: ErrorCatalogue;
}

const SCHEME_NAME = 'apiKey';

/** For a docs page: all that it may load and call is its own origin, so it works without a network. */
export const docsPagePolicy = {
  'default-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'object-src': ["'none'"],
  'base-uri': ["'self'"],
  'frame-ancestors': ["'none'"],
};

/** `/docs`, interactive, and `/openapi.json`, OpenAPI 3.1, both made from the schemas and scopes of the routes. */
export const documentation = Object.assign(
  async function documentation(app: FastifyInstance, options: DocumentationOptions): Promise<void> {
    await app.register(swagger, swaggerOptions(options));
    await app.register(async (docs) => {
      docs.addHook('onRoute', (route) => {
        route.config = { ...route.config, scope: 'open' };
      });
      await docs.register(swaggerUi, {
        routePrefix: '/docs',
        staticCSP: docsPagePolicy,
        theme: { title: options.title },
        uiConfig: { deepLinking: true, layout: 'BaseLayout' },
      });
      docs.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) =>
        reply.type('application/json').send(app.swagger()),
      );
    });
  },
  // The OpenAPI document describes the routes of the whole server.
  { [Symbol.for('skip-override')]: true },
);

function swaggerOptions({
  title,
  version,
  description,
  keyring,
  tags,
  errorCatalogue,
}: DocumentationOptions): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      tags: [...tags, { name: 'Health', description: 'Is it there, and can it work?' }],
      info: {
        title,
        version,
        description: `${description}\n\n${errorTable({ ...protocolProblem.entries, ...hostProblem.entries, ...authProblem.entries, ...errorCatalogue })}`,
      },
      components: {
        securitySchemes: {
          [SCHEME_NAME]: {
            type: 'apiKey',
            in: 'header',
            name: 'x-api-key',
            description:
              "The service's own key, or one from KEYS_FILE with the scopes an operation names.",
          },
        },
      },
    },
    convertConstToEnum: false,
    transform: ({ schema, url, route }) => {
      const described = schema as { consumes?: string[] } | undefined;
      return {
        url,
        schema: {
          ...schema,
          consumes: described?.consumes ?? [MEDIA_TYPE],
          security: securityOf(route, keyring),
        },
      };
    },
    transformObject: (document) =>
      'openapiObject' in document
        ? withErrorAnswers(document.openapiObject)
        : document.swaggerObject,
  };
}

/** Roles beside an API key scheme are allowed since 3.1: https://spec.openapis.org/oas/v3.1.0#security-requirement-object */
function securityOf(route: RouteOptions, keyring: Keyring): Record<string, string[]>[] {
  const scope = route.config?.scope;
  if (scope === undefined || scope === 'public' || scope === 'open') return [];
  const scopes = typeof scope === 'string' ? [scope] : scope;
  const withKey = scopes.map((one) => ({ [SCHEME_NAME]: [one] }));
  return scopes.some((one) => keyring.anonymous.can(one)) ? [{}, ...withKey] : withKey;
}

type OpenApi = Extract<
  Parameters<NonNullable<FastifyDynamicSwaggerOptions['transformObject']>>[0],
  { openapiObject: unknown }
>['openapiObject'];

/** Every operation can answer with an error document; saying so here keeps it out of every route. */
function withErrorAnswers(document: OpenApi): OpenApi {
  const paths: Record<string, unknown> = {};
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    paths[path] = Object.fromEntries(
      Object.entries(item ?? {}).map(([method, operation]) => [method, withErrorAnswer(operation)]),
    );
  }
  const responses = {
    ...document.components?.responses,
    Error: {
      description: 'An error document. Its `code` is listed in the introduction.',
      content: { [MEDIA_TYPE]: { schema: errorSchema } },
    },
  };
  return { ...document, paths, components: { ...document.components, responses } } as OpenApi;
}

function withErrorAnswer(operation: unknown): unknown {
  if (typeof operation !== 'object' || operation === null || !('responses' in operation))
    return operation;
  return {
    ...operation,
    responses: {
      ...(operation.responses as object),
      default: { $ref: '#/components/responses/Error' },
    },
  };
}

function errorTable(catalogue: ErrorCatalogue): string {
  const rows = Object.entries(catalogue)
    .sort(([codeA, a], [codeB, b]) => a.status - b.status || codeA.localeCompare(codeB))
    .map(([code, { status, title }]) => `| ${status} | \`${code}\` | ${title} |`);
  const table = ['| status | code | meaning |', '|---|---|---|', ...rows].join('\n');
  return `<details><summary>Every error code</summary>\n\n${table}\n\n</details>`;
}
