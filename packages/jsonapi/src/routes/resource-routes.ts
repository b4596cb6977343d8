import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type, type TObject } from 'typebox';
import { wantsCursors } from '../queries/cursors.ts';
import { assertBodyId } from '../documents/documents.ts';
import { etag, ifMatchVersions, ifNoneMatchHits } from '../http/etags.ts';
import type {
  BodyInput,
  BodySchemas,
  NewBodySchemas,
  NewResource,
  Operation,
  ResourceOperations,
} from '../declarations/operations.ts';
import type { FilterKinds } from '../declarations/list-declaration.ts';
import { JsonApiError, protocolProblem } from '../http/problems.ts';
import {
  assertUnchanged,
  mentionsReadOnly,
  readOnlyAttribute,
  readOnlyNames,
} from './read-only.ts';
import { relationshipRoutes } from './relationship-routes.ts';
import { assertReadable } from '../documents/inclusion.ts';
import { pageDocument, resourceDocument } from '../documents/resource-document.ts';
import { resourceQuery, type QueryReader, type ResourceQuery } from '../queries/resource-query.ts';
import type { AnyResourceType, ResourceType } from '../declarations/resource-type.ts';
import { jsonApiResponse, noContentResponse } from '../schemas/responses.ts';
import {
  collectionSchema,
  createBody,
  dataSchema,
  idParams,
  typeSchema,
  updateBody,
  type UpdateBody,
} from '../schemas/schemas.ts';

interface IdParams {
  readonly id: string;
}

const ifNoneMatch = Type.Object({
  'if-none-match': Type.Optional(
    Type.String({ description: 'The ETag of what you have already.' }),
  ),
});

/**
 * The routes of a declared resource: the collection, its members, and the addresses of its
 * relationships. https://jsonapi.org/format/1.1/#fetching, https://jsonapi.org/format/1.1/#crud
 */
export function resourceRoutes<
  Model,
  Kinds extends FilterKinds,
  SortField extends string,
  const Created extends NewBodySchemas,
  Updated extends BodySchemas,
>(
  scope: FastifyInstance,
  resource: ResourceType<Model>,
  operations: ResourceOperations<NoInfer<Model>, Kinds, SortField, Created, Updated>,
): void;
// Here the types of one resource end: what a request holds is validated by the schemas that they
// were inferred from.
export function resourceRoutes(
  scope: FastifyInstance,
  resource: AnyResourceType,
  operations: ResourceOperations<unknown>,
): void {
  const context: RouteContext = {
    scope,
    resource,
    operations,
    query: resourceQuery(resource),
    answer: dataSchema(typeSchema(resource)),
    params: idParams(resource.type, operations.idExample),
  };
  listRoute(context);
  createRoute(context);
  readRoute(context);
  updateRoute(context);
  removeRoute(context);
  relationshipRoutes(scope, resource, operations);
}

interface RouteContext {
  readonly scope: FastifyInstance;
  readonly resource: AnyResourceType;
  readonly operations: ResourceOperations<unknown>;
  readonly query: QueryReader;
  readonly answer: ReturnType<typeof dataSchema>;
  readonly params: TObject;
}

/** What all operations put into a route's schema. */
function described(tags: readonly string[], operation: Operation): object {
  const { summary, description, headers } = operation;
  return {
    tags,
    summary,
    ...(description !== undefined && { description }),
    ...(headers && { headers }),
  };
}

function listRoute(context: RouteContext): void {
  const { scope, resource, operations } = context;
  const { path, list } = operations;
  if (!list) return;
  const query = resourceQuery(resource, list.declaration);
  const schema = {
    ...described(operations.tags, list),
    querystring: query.schema,
    response: {
      200: jsonApiResponse(
        `A page of ${resource.type}.`,
        collectionSchema(typeSchema(resource), list.meta?.schema),
      ),
      ...list.refusals,
    },
  };
  scope.get(path, { config: list.config, schema }, async (request, reply) => {
    const asked = query.parse(request.query, wantsCursors(request));
    const page = await list.run(asked.list, request);
    const addresses = { origin: operations.origin(request), asked: request.url };
    const { meta } = list;
    return pageDocument(
      { resource, page, query: asked, addresses, reply, meta: meta?.value },
      request,
    );
  });
}

function readRoute(context: RouteContext): void {
  const { scope, resource, operations, query, answer, params } = context;
  const { path, read } = operations;
  const conditional = resource.version !== undefined;
  const schema = {
    ...described(operations.tags, read),
    ...(conditional && { headers: ifNoneMatch }),
    params,
    querystring: query.schema,
    response: {
      200: jsonApiResponse(`One of the ${resource.type}.`, answer),
      ...(conditional && { 304: noContentResponse('Unchanged.') }),
      ...read.refusals,
    },
  };
  scope.get<{ Params: IdParams }>(
    `${path}/:id`,
    { config: read.config, schema },
    async (request, reply) => {
      const asked = query.parse(request.query, false);
      const model = await read.run(request.params.id, request);
      const tag = asked.include === null ? tagOf(resource, model) : null;
      if (tag !== null) {
        reply.header('etag', tag);
        if (ifNoneMatchHits(request.headers['if-none-match'], tag)) return reply.code(304).send();
      }
      return documentOf(context, model, asked, request, operations.origin(request) + request.url);
    },
  );
}

function createRoute(context: RouteContext): void {
  const { scope, resource, operations, query, answer } = context;
  const { path, create } = operations;
  if (!create) return;
  const readOnly = readOnlyNames(resource, create.body);
  const { id, ...body } = create.body;
  const schema = {
    ...described(operations.tags, create),
    querystring: query.schema,
    body: createBody({ type: resource.type, ...body, readOnly, ...(id && { id }) }),
    response: {
      201: jsonApiResponse('What was made; its address is in `Location`.', answer),
      ...create.refusals,
    },
  };
  scope.post(path, { config: create.config, schema }, async (request, reply) => {
    const asked = query.parse(request.query, false);
    const { data } = request.body as { data: NewResource };
    for (const name of readOnly) if (name in data.attributes) throw readOnlyAttribute(name);
    if (asked.include) assertReadable(resource, asked.include, request);
    const model = await create.run(data, request, reply);
    tagAnswer(reply, resource, model, asked);
    const self = resource.self?.(model, request) ?? operations.origin(request) + request.url;
    reply.code(201).header('location', self);
    return writtenDocument(context, model, { asked, request, self: withQuery(self, request) });
  });
}

/**
 * What was done stays done, and is told, also when what was to be sent along cannot be found now.
 */
async function writtenDocument(
  context: RouteContext,
  model: unknown,
  { asked, request, self }: { asked: ResourceQuery; request: FastifyRequest; self: string },
): Promise<object> {
  try {
    return await documentOf(context, model, asked, request, self);
  } catch (error) {
    if (!asked.include || !(error instanceof JsonApiError)) throw error;
    return documentOf(context, model, { ...asked, include: null }, request, self);
  }
}

function updateRoute(context: RouteContext): void {
  const { scope, resource, operations, query, answer, params } = context;
  const { path, read, update } = operations;
  if (!update) return;
  const readOnly = readOnlyNames(resource, update.body);
  const schema = {
    ...described(operations.tags, update),
    params,
    querystring: query.schema,
    body: updateBody({ type: resource.type, ...update.body, readOnly }),
    response: { 200: jsonApiResponse('As it is after the change.', answer), ...update.refusals },
  };
  const preValidation = resource.version && assertExpected(context);
  scope.patch<{ Params: IdParams }>(
    `${path}/:id`,
    { config: update.config, schema, ...(preValidation && { preValidation }) },
    async (request, reply) => {
      const asked = query.parse(request.query, false);
      const { id } = request.params;
      const { data } = request.body as UpdateBody<BodyInput['attributes']>;
      assertBodyId(data, id);
      const input = { ...data, attributes: data.attributes ?? {} };
      if (asked.include) assertReadable(resource, asked.include, request);
      const check = mentionsReadOnly(input, resource, readOnly)
        ? async () => {
            const current = { resource, model: await read.run(id, request) };
            await assertUnchanged(input, current, { readOnly, request });
          }
        : undefined;
      if (!update.takesKeys) await check?.();
      const model = await update.run(id, input, request, reply, check);
      tagAnswer(reply, resource, model, asked);
      return writtenDocument(context, model, {
        asked,
        request,
        self: operations.origin(request) + request.url,
      });
    },
  );
}

/**
 * A precondition that fails is told before what else is wrong with the body.
 * https://www.rfc-editor.org/rfc/rfc9110#section-13.2.1
 */
function assertExpected({ resource, operations }: RouteContext) {
  return async (request: FastifyRequest<{ Params: IdParams }>): Promise<void> => {
    const expected = ifMatchVersions(request.headers['if-match']);
    const hasKey = request.headers['idempotency-key'] !== undefined;
    if (expected === null || (operations.update?.takesKeys && hasKey)) return;
    const model = await operations.read.run(request.params.id, request);
    const version = resource.version?.(model) ?? 0;
    if (expected.includes(version)) return;
    throw new JsonApiError(
      protocolProblem(
        'precondition-failed',
        'It has changed since you read it. Read it again, then decide anew.',
        { source: { header: 'If-Match' }, meta: { version } },
      ),
    );
  };
}

function removeRoute(context: RouteContext): void {
  const { scope, resource, operations, query } = context;
  const { path, remove } = operations;
  if (!remove) return;
  const schema = {
    ...described(operations.tags, remove),
    params: idParams(resource.type, remove.idExample ?? operations.idExample),
    response: { 204: noContentResponse('Done.'), ...remove.refusals },
  };
  scope.delete<{ Params: IdParams }>(
    `${path}/:id`,
    { config: remove.config, schema },
    async (request, reply) => {
      query.parse(request.query, false);
      await remove.run(request.params.id, request, reply);
      return reply.code(204).send();
    },
  );
}

function documentOf(
  { resource, operations }: RouteContext,
  model: unknown,
  asked: ResourceQuery,
  request: FastifyRequest,
  self: string,
): Promise<object> {
  const one = { resource, model };
  return resourceDocument(one, asked, { origin: operations.origin(request), self }, request);
}

/** An address with the query of the request. */
function withQuery(address: string, { url }: FastifyRequest): string {
  const mark = url.indexOf('?');
  return mark === -1 ? address : address + url.slice(mark);
}

function tagOf(resource: AnyResourceType, model: unknown): string | null {
  const version = resource.version?.(model);
  return version === undefined ? null : etag(version);
}

/** An answer with other resources in it says nothing of their versions, so it has no tag. */
function tagAnswer(
  reply: FastifyReply,
  resource: AnyResourceType,
  model: unknown,
  asked: ResourceQuery,
): void {
  const tag = asked.include === null ? tagOf(resource, model) : null;
  if (tag !== null) reply.header('etag', tag);
}
