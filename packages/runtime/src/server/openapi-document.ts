import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import Fastify, { type RouteOptions } from 'fastify';

/** What is made of the schemas of these routes. */
export async function openApiDocument(
  routes: readonly RouteOptions[],
  options: FastifyDynamicSwaggerOptions,
): Promise<object> {
  // An app that answers nothing: the routes of one that serves can't be told of any more.
  const app = Fastify({ exposeHeadRoutes: false });
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  await app.register(swagger, options);
  for (const { method, url, schema, config } of routes.filter(isShown))
    app.route({
      method,
      url,
      ...(schema && { schema }),
      ...(config && { config }),
      handler: (_request, reply) => reply.callNotFound(),
    });
  await app.ready();
  const document = app.swagger();
  await app.close();
  return document;
}

/** Those that Fastify adds to a GET are said by it. */
function isShown({ method }: RouteOptions): boolean {
  return method !== 'HEAD';
}
