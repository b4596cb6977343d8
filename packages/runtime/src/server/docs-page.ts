import swagger, { type StaticDocumentSpec } from '@fastify/swagger';
import swaggerUi, { type FastifySwaggerUiOptions } from '@fastify/swagger-ui';
import Fastify, { type FastifyInstance } from 'fastify';

/** All that the page may load and call is its own origin, so it works without a network. */
const POLICY = {
  'default-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'object-src': ["'none'"],
  'base-uri': ["'self'"],
  'frame-ancestors': ["'none'"],
};

/** An app that answers with the interactive page of a document, and with the document itself. */
export async function openDocsPage(
  document: object,
  options: FastifySwaggerUiOptions,
): Promise<FastifyInstance> {
  const app = Fastify();
  // A copy, because the plugin may change it.
  const specification: StaticDocumentSpec = { document: JSON.parse(JSON.stringify(document)) };
  await app.register(swagger, { mode: 'static', specification });
  await app.register(swaggerUi, { ...options, staticCSP: POLICY });
  await app.ready();
  return app;
}
