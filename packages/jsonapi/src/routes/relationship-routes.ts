import type { FastifyInstance, FastifyRequest } from 'fastify';
import { wantsCursors } from '../queries/cursors.ts';
import type { IncludeTree } from '../queries/include-paths.ts';
import type { Included } from '../documents/inclusion.ts';
import type { ResourceOperations } from '../declarations/operations.ts';
import { JsonApiError, protocolProblem } from '../http/problems.ts';
import { readOnlyRelationship } from './read-only.ts';
import {
  type LinkageTargets,
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
import { collectionSchema, linkageSchema, maybeDataSchema } from '../schemas/document-schemas.ts';
import { idParams, typeSchema } from '../schemas/resource-schemas.ts';

/** One relationship of a resource, and where its routes go. */
interface RelationshipContext {
  readonly app: FastifyInstance;
  readonly resource: AnyResourceType;
  readonly operations: ResourceOperations<unknown>;
  readonly name: string;
  readonly relationship: Relationship<unknown>;
}

/** A copy, since a route's configuration may be extended for this route alone. */
function configOf({ read }: ResourceOperations<unknown>, relationship: Relationship<unknown>) {
  const guard = relationship.kind === 'many' ? relationship.guard : undefined;
  return { ...(guard?.config ?? read.config) };
}

/**
 * The addresses of a resource's relationships: the related resources, and the linkage. They are
 * read-only. https://jsonapi.org/format/1.1/#fetching-relationships
 */
export function relationshipRoutes(
  app: FastifyInstance,
  resource: AnyResourceType,
  operations: ResourceOperations<unknown>,
): void {
  for (const [name, relationship] of relationshipsOf(resource)) {
    const context = { app, resource, operations, name, relationship };
    relatedRoute(context);
    linkageRoute(context);
  }
}

/** `/articles/1/author`: the related resources. */
function relatedRoute(context: RelationshipContext): void {
  const { app, resource, operations, name, relationship } = context;
  const { path, tags, read } = operations;
  const to = relationship.to();
  const list = relationship.kind === 'many' ? relationship.list : undefined;
  const reader = resourceQuery(to, list?.declaration);
  const document = relationship.kind === 'many' ? collectionSchema : maybeDataSchema;
  const schema = {
    tags,
    summary: `Read the ${name} of one of the ${resource.type}`,
    ...(relationship.description !== undefined && { description: relationship.description }),
    params: idParams(resource.type, operations.idExample),
    querystring: reader.schema,
    response: {
      200: jsonApiResponse(`The ${to.type}.`, document(typeSchema(to))),
      ...read.refusals,
    },
  };
  app.get<{ Params: { id: string } }>(
    `${path}/:id/${name}`,
    { config: configOf(operations, relationship), schema },
    async (request, reply) => {
      const query = reader.parse(request.query, wantsCursors(request));
      const parent = { resource, model: await read.run(request.params.id, request) };
      const origin = operations.origin(request);
      const addresses = { origin, self: origin + request.url };
      if (relationship.kind === 'one') {
        const id = relationship.id(parent.model);
        const model = id === null ? undefined : (await relationship.load([id], request)).get(id);
        const one = model === undefined ? null : { resource: to, model };
        return resourceDocument(one, query, addresses, request);
      }
      if (relationship.list) {
        const page = await relationship.list.read(parent.model, query.list, request);
        return pageDocument(
          { resource: to, page, query, reply, addresses: { origin, url: request.url } },
          request,
        );
      }
      const { items } = await relatedOf(relationship, parent, request);
      const all = items
        .filter(({ model }) => model !== undefined)
        .map(({ model }) => ({ resource: to, model }));
      return resourceDocument(all, query, addresses, request);
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

/** `/articles/1/relationships/author`: the identifiers of the related resources. */
function linkageRoute(context: RelationshipContext): void {
  const { app, resource, operations, name, relationship } = context;
  const { path, tags, read } = operations;
  const address = `${path}/:id/relationships/${name}`;
  const { declaration } = (relationship.kind === 'many' && relationship.list) || {};
  const reader = resourceQuery(resource, declaration);
  const schema = {
    tags,
    summary: `Read which ${name} one of the ${resource.type} has`,
    params: idParams(resource.type, operations.idExample),
    querystring: reader.schema,
    response: {
      200: jsonApiResponse('The linkage.', linkageSchema(relationship.kind)),
      ...operations.read.refusals,
    },
  };
  app.get<{ Params: { id: string } }>(
    address,
    { config: configOf(operations, relationship), schema },
    async (request, reply) => {
      const query = parseLinkageQuery(reader, name, request);
      const parent: Included = { resource, model: await read.run(request.params.id, request) };
      const origin = operations.origin(request);
      const related = `${resource.self?.(parent.model, request) ?? origin}/${name}`;
      const to = relationship.to();
      // An `include` here names the relationship itself, then relationships of its resources.
      const include = query.include?.get(name);
      const targetsOf = (models: readonly unknown[]): LinkageTargets => ({
        models: include ? models.map((model) => ({ resource: to, model })) : [],
        include: include ?? query.include,
      });
      if (relationship.kind === 'many' && relationship.list) {
        const page = await relationship.list.read(parent.model, query.list, request);
        const addresses = { origin, url: request.url };
        const targets = targetsOf(page.items);
        return linkagePageDocument(
          { resource: to, page, query, addresses, reply, targets, related },
          request,
        );
      }
      const { data, models } = await linkageOf(relationship, parent, {
        needsModels: include !== undefined,
        request,
      });
      const links = { self: origin + request.url, related };
      const { fields } = query;
      return linkageDocument({ data, targets: targetsOf(models), fields, links, origin }, request);
    },
  );
  for (const method of ['PATCH', 'POST', 'DELETE'] as const) {
    app.route({
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

/** The query of a relationship's own address, whose `include` must begin with the relationship. */
function parseLinkageQuery(reader: QueryReader, name: string, request: FastifyRequest) {
  const query = reader.parse(request.query, wantsCursors(request));
  const others = [...(query.include ?? new Map<string, IncludeTree>()).keys()].filter(
    (path) => path !== name,
  );
  if (others.length === 0) return query;
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
    const models = needsModels
      ? await relationship.load([id], request)
      : new Map<string, unknown>();
    return { data: { type, id }, models: [...models.values()] };
  }
  const { items } = await relatedOf(relationship, parent, request);
  return {
    data: items.map(({ id }) => ({ type, id })),
    models: items.map(({ model }) => model).filter((model) => model !== undefined),
  };
}
