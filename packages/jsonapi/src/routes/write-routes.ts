import type { FastifyRequest } from 'fastify';
import type { BodyInput, NewResource } from '../declarations/operations.ts';
import { assertBodyId } from '../documents/documents.ts';
import { assertReadable } from '../documents/inclusion.ts';
import { ifMatchVersions } from '../http/etags.ts';
import { JsonApiError, protocolProblem } from '../http/problems.ts';
import type { ResourceQuery } from '../queries/resource-query.ts';
import { createBody, updateBody, type UpdateBody } from '../schemas/body-schemas.ts';
import { idParams } from '../schemas/resource-schemas.ts';
import { jsonApiResponse, noContentResponse } from '../schemas/responses.ts';
import {
  assertUnchanged,
  mentionsReadOnly,
  readOnlyAttribute,
  readOnlyNames,
} from './read-only.ts';
import {
  documentOf,
  operationSchema,
  tagAnswer,
  type IdParams,
  type RouteContext,
} from './route-context.ts';

export function createRoute(context: RouteContext): void {
  const { app, resource, operations, reader, answer } = context;
  const { path, create } = operations;
  if (!create) return;
  const readOnly = readOnlyNames(resource, create.body);
  const { id, ...body } = create.body;
  const schema = {
    ...operationSchema(operations.tags, create),
    querystring: reader.schema,
    body: createBody({ type: resource.type, ...body, readOnly, ...(id && { id }) }),
    response: {
      201: jsonApiResponse('What was made; its address is in `Location`.', answer),
      ...create.refusals,
    },
  };
  const { config, bodyLimit } = create;
  const options = { config, schema, ...(bodyLimit !== undefined && { bodyLimit }) };
  app.post(path, options, async (request, reply) => {
    const query = reader.parse(request.query, false);
    const { data } = request.body as { data: NewResource };
    for (const name of readOnly) if (name in data.attributes) throw readOnlyAttribute(name);
    if (query.include) assertReadable(resource, query.include, request);
    const model = await create.run(data, request, reply);
    tagAnswer(reply, resource, model, query);
    const self = resource.self?.(model, request) ?? operations.origin(request) + request.url;
    reply.code(201).header('location', self);
    return writtenDocument(context, model, { query, request, self: withQuery(self, request) });
  });
}

interface Written {
  readonly query: ResourceQuery;
  readonly request: FastifyRequest;
  readonly self: string;
}

function writtenDocument(
  context: RouteContext,
  model: unknown,
  written: Written,
): string | Promise<string | object> {
  const { query, request, self } = written;
  return query.include
    ? includingDocument(context, model, written)
    : documentOf(context, model, query, request, self);
}

/** The write succeeded, so the answer is 201 or 200 even if `include` now fails. */
async function includingDocument(
  context: RouteContext,
  model: unknown,
  { query, request, self }: Written,
): Promise<string | object> {
  try {
    return await documentOf(context, model, query, request, self);
  } catch (error) {
    if (!(error instanceof JsonApiError)) throw error;
    return documentOf(context, model, { ...query, include: null }, request, self);
  }
}

export function updateRoute(context: RouteContext): void {
  const { app, resource, operations, reader, answer, params } = context;
  const { path, read, update } = operations;
  if (!update) return;
  const readOnly = readOnlyNames(resource, update.body);
  const schema = {
    ...operationSchema(operations.tags, update),
    params,
    querystring: reader.schema,
    body: updateBody({ type: resource.type, ...update.body, readOnly }),
    response: { 200: jsonApiResponse('As it is after the change.', answer), ...update.refusals },
  };
  const preValidation = resource.version && preconditionCheck(context);
  app.patch<{ Params: IdParams }>(
    `${path}/:id`,
    { config: update.config, schema, ...(preValidation && { preValidation }) },
    async (request, reply) => {
      const query = reader.parse(request.query, false);
      const { id } = request.params;
      const { data } = request.body as UpdateBody<BodyInput['attributes']>;
      assertBodyId(data, id);
      const input = { ...data, attributes: data.attributes ?? {} };
      if (query.include) assertReadable(resource, query.include, request);
      const check = mentionsReadOnly(input, resource, readOnly)
        ? async () => {
            const current = { resource, model: await read.run(id, request) };
            await assertUnchanged(input, current, { readOnly, request });
          }
        : undefined;
      if (!update.takesKeys) await check?.();
      const model = await update.run(id, input, request, reply, check);
      tagAnswer(reply, resource, model, query);
      return writtenDocument(context, model, {
        query,
        request,
        self: operations.origin(request) + request.url,
      });
    },
  );
}

/**
 * Refuses a failed precondition before the body is validated.
 * https://www.rfc-editor.org/rfc/rfc9110#section-13.2.1
 */
function preconditionCheck({ resource, operations }: RouteContext) {
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
        'The resource has changed since you read it. Read it again, and send the change with the new ETag if it still applies.',
        { source: { header: 'If-Match' }, meta: { version } },
      ),
    );
  };
}

export function removeRoute(context: RouteContext): void {
  const { app, resource, operations, reader } = context;
  const { path, remove } = operations;
  if (!remove) return;
  const schema = {
    ...operationSchema(operations.tags, remove),
    params: idParams(resource.type, remove.idExample ?? operations.idExample),
    response: { 204: noContentResponse('Done.'), ...remove.refusals },
  };
  app.delete<{ Params: IdParams }>(
    `${path}/:id`,
    { config: remove.config, schema },
    async (request, reply) => {
      reader.parse(request.query, false);
      await remove.run(request.params.id, request, reply);
      return reply.code(204).send();
    },
  );
}

/** An address with the query of the request. */
function withQuery(address: string, { url }: FastifyRequest): string {
  const mark = url.indexOf('?');
  return mark === -1 ? address : address + url.slice(mark);
}
