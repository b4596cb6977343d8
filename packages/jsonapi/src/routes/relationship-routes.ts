import type { FastifyInstance, FastifyRequest } from 'fastify';
import { wantsCursors } from '../queries/cursors.ts';
import type { IncludeTree } from '../queries/include-paths.ts';
import type { Included } from '../documents/inclusion.ts';
import type { ResourceOperations } from '../declarations/operations.ts';
import { JsonApiError, protocolProblem } from '../http/problems.ts';
import { readOnlyRelationship } from './read-only.ts';
import {
  type Ends,
  linkageDocument,
  linkagePageDocument,
  pageDocument,
  resourceDocument,
} from '../documents/resource-document.ts';
import { resourceQuery, type QueryReader } from '../queries/resource-query.ts';
import {
  relationshipsOf,
  type AnyResourceType,
  type Related,
  type Relationship,
  type ToMany,
} from '../declarations/resource-type.ts';
import { jsonApiResponse } from '../schemas/responses.ts';
import {
  collectionSchema,
  idParams,
  linkageSchema,
  maybeDataSchema,
  typeSchema,
} from '../schemas/schemas.ts';

interface Side {
  readonly scope: FastifyInstance;
  readonly resource: AnyResourceType;
  readonly operations: ResourceOperations<unknown>;
  readonly name: string;
  readonly relationship: Relationship<unknown>;
}

/** A copy: whoever extends a route's configuration must not extend that of others. */
function configOf({ read }: ResourceOperations<unknown>, relationship: Relationship<unknown>) {
  const guard = relationship.kind === 'many' ? relationship.guard : undefined;
  return { ...(guard?.config ?? read.config) };
}

/**
 * The addresses of a resource's relationships: what each leads to, and the linkage itself. None of
 * them can be written. https://jsonapi.org/format/1.1/#fetching-relationships
 */
export function relationshipRoutes(
  scope: FastifyInstance,
  resource: AnyResourceType,
  operations: ResourceOperations<unknown>,
): void {
  for (const [name, relationship] of relationshipsOf(resource)) {
    const side = { scope, resource, operations, name, relationship };
    relatedRoute(side);
    linkageRoute(side);
  }
}

/** `/articles/1/author`: the resources at the other end. */
function relatedRoute({ scope, resource, operations, name, relationship }: Side): void {
  const { path, tags, read } = operations;
  const to = relationship.to();
  const list = relationship.kind === 'many' ? relationship.list : undefined;
  const query = resourceQuery(to, list?.declaration);
  const document = relationship.kind === 'many' ? collectionSchema : maybeDataSchema;
  const schema = {
    tags,
    summary: `Read the ${name} of one of the ${resource.type}`,
    ...(relationship.description !== undefined && { description: relationship.description }),
    params: idParams(resource.type, operations.idExample),
    querystring: query.schema,
    response: { 200: jsonApiResponse(`The ${to.type}.`, document(typeSchema(to))) },
  };
  scope.get<{ Params: { id: string } }>(
    `${path}/:id/${name}`,
    { config: configOf(operations, relationship), schema },
    async (request, reply) => {
      const asked = query.parse(request.query, wantsCursors(request));
      const parent = { resource, model: await read.run(request.params.id, request) };
      const origin = operations.origin(request);
      const addresses = { origin, self: origin + request.url };
      if (relationship.kind === 'one') {
        const id = relationship.id(parent.model);
        const found = id === null ? undefined : (await relationship.load([id], request)).get(id);
        const one = found === undefined ? null : { resource: to, model: found };
        return resourceDocument(one, asked, addresses, request);
      }
      if (relationship.list) {
        const page = await relationship.list.read(parent.model, asked.list, request);
        const of = { resource: to, page, query: asked, reply };
        return pageDocument({ ...of, addresses: { origin, asked: request.url } }, request);
      }
      const { items } = await relatedOf(relationship, parent, request);
      const all = items
        .filter(({ model }) => model !== undefined)
        .map(({ model }) => ({ resource: to, model }));
      return resourceDocument(all, asked, addresses, request);
    },
  );
}

async function relatedOf(
  relationship: ToMany<unknown>,
  { resource, model }: Included,
  request: FastifyRequest,
): Promise<Related> {
  const related = await relationship.load([model], request);
  return related.get(resource.id(model)) ?? { items: [] };
}

/** `/articles/1/relationships/author`: which resources are at the other end. */
function linkageRoute(side: Side): void {
  const { scope, resource, operations, name, relationship } = side;
  const { path, tags, read } = operations;
  const address = `${path}/:id/relationships/${name}`;
  const { declaration } = (relationship.kind === 'many' && relationship.list) || {};
  const query = resourceQuery(resource, declaration);
  const schema = {
    tags,
    summary: `Read which ${name} one of the ${resource.type} has`,
    params: idParams(resource.type, operations.idExample),
    querystring: query.schema,
    response: { 200: jsonApiResponse('The linkage.', linkageSchema(relationship.kind)) },
  };
  scope.get<{ Params: { id: string } }>(
    address,
    { config: configOf(operations, relationship), schema },
    async (request, reply) => {
      const asked = parseOwn(query, name, request);
      const parent: Included = { resource, model: await read.run(request.params.id, request) };
      const origin = operations.origin(request);
      const related = `${resource.self?.(parent.model, request) ?? origin}/${name}`;
      const to = relationship.to();
      // At the address of a relationship, what is sent along is what it leads to, and what is
      // behind that.
      const behind = asked.include?.get(name);
      const endsOf = (models: readonly unknown[]): Ends => ({
        models: behind ? models.map((model) => ({ resource: to, model })) : [],
        include: behind ?? asked.include,
      });
      if (relationship.kind === 'many' && relationship.list) {
        const page = await relationship.list.read(parent.model, asked.list, request);
        const addresses = { origin, asked: request.url };
        const of = { resource: to, page, query: asked, addresses, reply };
        return linkagePageDocument({ ...of, ends: endsOf(page.items), related }, request);
      }
      const { data, models } = await linkageOf(relationship, parent, {
        needsModels: behind !== undefined,
        request,
      });
      const links = { self: origin + request.url, related };
      const { fields } = asked;
      return linkageDocument({ data, ends: endsOf(models), fields, links, origin }, request);
    },
  );
  for (const method of ['PATCH', 'POST', 'DELETE'] as const) {
    scope.route({
      method,
      url: address,
      config: configOf(operations, relationship),
      schema: { hide: true },
      async handler(request) {
        await read.run((request.params as { id: string }).id, request);
        throw readOnlyRelationship(name);
      },
    });
  }
}

/** At the address of a relationship, what is sent along starts with it. */
function parseOwn(query: QueryReader, name: string, request: FastifyRequest) {
  const asked = query.parse(request.query, wantsCursors(request));
  const others = [...(asked.include ?? new Map<string, IncludeTree>()).keys()].filter(
    (path) => path !== name,
  );
  if (others.length === 0) return asked;
  throw new JsonApiError(
    protocolProblem('invalid-parameter', `"include" must begin with "${name}" here.`, {
      source: { parameter: 'include' },
    }),
  );
}

async function linkageOf(
  relationship: Relationship<unknown>,
  parent: Included,
  { needsModels, request }: { readonly needsModels: boolean; readonly request: FastifyRequest },
): Promise<{ data: unknown; models: readonly unknown[] }> {
  const { type } = relationship.to();
  if (relationship.kind === 'one') {
    const id = relationship.id(parent.model);
    if (id === null) return { data: null, models: [] };
    const found = needsModels ? await relationship.load([id], request) : new Map<string, unknown>();
    return { data: { type, id }, models: [...found.values()] };
  }
  const { items } = await relatedOf(relationship, parent, request);
  return {
    data: items.map(({ id }) => ({ type, id })),
    models: items.map(({ model }) => model).filter((model) => model !== undefined),
  };
}
