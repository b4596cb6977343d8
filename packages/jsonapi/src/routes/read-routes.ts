import { Type } from 'typebox';
import { pageText, wantsWholeOnes } from '../documents/document-text.ts';
import { pageDocument } from '../documents/resource-document.ts';
import { ifNoneMatchHits } from '../http/etags.ts';
import { wantsCursors } from '../queries/cursors.ts';
import { resourceQuery } from '../queries/resource-query.ts';
import { collectionSchema } from '../schemas/document-schemas.ts';
import { typeSchema } from '../schemas/resource-schemas.ts';
import { jsonApiResponse, noContentResponse } from '../schemas/responses.ts';
import {
  documentOf,
  operationSchema,
  tagOf,
  type IdParams,
  type RouteContext,
} from './route-context.ts';

const ifNoneMatch = Type.Object({
  'if-none-match': Type.Optional(
    Type.String({ description: 'The ETag of what you have already.' }),
  ),
});

/** What the list of a resource needs. */
export interface ListContext extends Pick<RouteContext, 'app' | 'resource' | 'write'> {
  readonly operations: Pick<RouteContext['operations'], 'path' | 'tags' | 'origin' | 'list'>;
}

export function listRoute(context: ListContext): void {
  const { app, resource, operations, write } = context;
  const { path, list } = operations;
  if (!list) return;
  const reader = resourceQuery(resource, list.declaration);
  const schema = {
    ...operationSchema(operations.tags, list),
    querystring: reader.schema,
    response: {
      200: jsonApiResponse(
        `A page of ${resource.type}.`,
        collectionSchema(typeSchema(resource), list.meta?.schema),
      ),
      ...list.refusals,
    },
  };
  app.get(path, { config: list.config, schema }, async (request, reply) => {
    const query = reader.parse(request.query, wantsCursors(request));
    const page = await list.run(query.list, request);
    const addresses = { origin: operations.origin(request), url: request.url };
    const meta = await list.meta?.value();
    const resourcePage = { resource, page, query, addresses, reply, meta };
    return wantsWholeOnes(query) && query.list.page.style === 'number'
      ? pageText(resourcePage, write, request)
      : pageDocument(resourcePage, request);
  });
}

export function readRoute(context: RouteContext): void {
  const { app, resource, operations, reader, answer, params } = context;
  const { path, read } = operations;
  const conditional = resource.version !== undefined;
  const schema = {
    ...operationSchema(operations.tags, read),
    ...(conditional && { headers: ifNoneMatch }),
    params,
    querystring: reader.schema,
    response: {
      200: jsonApiResponse(`One of the ${resource.type}.`, answer),
      ...(conditional && { 304: noContentResponse('Unchanged.') }),
      ...read.refusals,
    },
  };
  app.get<{ Params: IdParams }>(
    `${path}/:id`,
    { config: read.config, schema },
    async (request, reply) => {
      const query = reader.parse(request.query, false);
      const model = await read.run(request.params.id, request);
      const tag = query.include === null ? tagOf(resource, model) : null;
      if (tag !== null) {
        reply.header('etag', tag);
        if (ifNoneMatchHits(request.headers['if-none-match'], tag)) return reply.code(304).send();
      }
      return documentOf(context, model, query, request, operations.origin(request) + request.url);
    },
  );
}
