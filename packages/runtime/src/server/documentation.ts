import { errorSchema, protocolProblem, unencapsulated } from '@anaquel/jsonapi';
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import { hostProblem } from './allowed-hosts.ts';
import { authProblem } from './auth.ts';
import { certificateProblem, type ServerTls } from './client-certificates.ts';
import { describedOperation, KEY_SCHEME, type RouteSchema } from './described-operation.ts';
import { createDocs } from './docs.ts';
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
  /** Operations that need a certificate say so. */
  tls?: ServerTls | null;
}

/**
 * `/docs`, interactive, and `/openapi.json`, OpenAPI 3.1, both made from the schemas and scopes of
 * the routes that are registered after it.
 */
export const documentation = unencapsulated((app, options: DocumentationOptions) => {
  const docs = createDocs(app, {
    document: swaggerOptions(options),
    page: {
      theme: { title: options.title },
      uiConfig: { deepLinking: true, layout: 'BaseLayout' },
    },
  });
  docs.register(app);
  app.get(
    '/openapi.json',
    { schema: { hide: true }, config: { scope: 'open' } },
    async (_request, reply) => reply.type('application/json').send(await app.openApiDocument()),
  );
});

function swaggerOptions({
  title,
  version,
  description,
  keyring,
  tags,
  errorCatalogue,
  tls = null,
}: DocumentationOptions): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      // Wherever it is read: a service's own origin, or that of a gateway before it.
      servers: [{ url: '/', description: 'The origin that serves this document' }],
      tags: [...tags, { name: 'Health', description: 'Is it there, and can it work?' }],
      info: {
        title,
        version,
        license: { name: 'MIT', identifier: 'MIT' },
        description: `${description}\n\n${errorTable(allProblems(errorCatalogue))}`,
      },
      components: {
        securitySchemes: {
          [KEY_SCHEME]: {
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
    transform: ({ schema, url, route }) => ({
      url,
      schema: describedOperation(
        // What a route's schema holds is this project's own.
        { url, method: route.method, schema: schema as RouteSchema, config: route.config },
        { keyring, needsCertificate: tls !== null },
      ),
    }),
    transformObject: (document) =>
      'openapiObject' in document
        ? withSharedErrors(document.openapiObject)
        : document.swaggerObject,
  };
}

type OpenApi = Extract<
  Parameters<NonNullable<FastifyDynamicSwaggerOptions['transformObject']>>[0],
  { openapiObject: unknown }
>['openapiObject'];

/** Names the schema of error documents once: each operation has a dozen of them. */
function withSharedErrors(document: OpenApi): OpenApi {
  const shared = JSON.stringify({ schema: errorSchema });
  const text = JSON.stringify({ ...document, components: {} }).replaceAll(
    shared,
    JSON.stringify({ schema: { $ref: '#/components/schemas/ErrorDocument' } }),
  );
  const { components } = document;
  const schemas = { ...components?.schemas, ErrorDocument: errorSchema };
  return { ...JSON.parse(text), components: { ...components, schemas } } as OpenApi;
}

/** What a service with keys may answer: its own problems, and those of the protocol and of keys. */
export function allProblems(catalogue: ErrorCatalogue = {}): ErrorCatalogue {
  return {
    ...protocolProblem.entries,
    ...hostProblem.entries,
    ...certificateProblem.entries,
    ...authProblem.entries,
    ...catalogue,
  };
}

function errorTable(catalogue: ErrorCatalogue): string {
  const rows = Object.entries(catalogue)
    .sort(([codeA, a], [codeB, b]) => a.status - b.status || (codeA < codeB ? -1 : 1))
    .map(([code, { status, title }]) => `| ${status} | \`${code}\` | ${title} |`);
  const table = ['| status | code | meaning |', '|---|---|---|', ...rows].join('\n');
  return `<details><summary>Every error code</summary>\n\n${table}\n\n</details>`;
}
