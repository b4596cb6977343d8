import type { FastifyInstance } from 'fastify';
import type { FilterKinds } from '../declarations/list-declaration.ts';
import type {
  BodySchemas,
  NewBodySchemas,
  ResourceOperations,
} from '../declarations/operations.ts';
import type { AnyResourceType, ResourceType } from '../declarations/resource-type.ts';
import { rememberingWriter, resourceWriter } from '../documents/document-text.ts';
import { resourceQuery } from '../queries/resource-query.ts';
import { dataSchema } from '../schemas/document-schemas.ts';
import { idParams, typeSchema } from '../schemas/resource-schemas.ts';
import { listRoute, readRoute } from './read-routes.ts';
import { relationshipRoutes } from './relationship-routes.ts';
import type { RouteContext } from './route-context.ts';
import { createRoute, removeRoute, updateRoute } from './write-routes.ts';

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
  app: FastifyInstance,
  resource: ResourceType<Model>,
  operations: ResourceOperations<NoInfer<Model>, Kinds, SortField, Created, Updated>,
): void;
// Here the types of one resource end: what a request holds is validated by the schemas that they
// were inferred from.
export function resourceRoutes(
  app: FastifyInstance,
  resource: AnyResourceType,
  operations: ResourceOperations<unknown>,
): void {
  const context: RouteContext = {
    app,
    resource,
    operations,
    reader: resourceQuery(resource),
    write: resourceWriter(resource),
    answer: dataSchema(typeSchema(resource)),
    params: idParams(resource.type, operations.idExample),
  };
  const reading = { ...context, write: rememberingWriter(resource) };
  listRoute(reading);
  createRoute(context);
  readRoute(reading);
  updateRoute(context);
  removeRoute(context);
  relationshipRoutes(app, resource, operations);
}

/** The list of resources that are made for it, and are nowhere else. */
export function listedResourceRoute<Model, Kinds extends FilterKinds, SortField extends string>(
  app: FastifyInstance,
  resource: ResourceType<Model>,
  operations: ListOperations<NoInfer<Model>, Kinds, SortField>,
): void;
export function listedResourceRoute(
  app: FastifyInstance,
  resource: AnyResourceType,
  operations: ListOperations<unknown>,
): void {
  listRoute({ app, resource, operations, write: rememberingWriter(resource) });
}

type ListOperations<
  Model,
  Kinds extends FilterKinds = FilterKinds,
  SortField extends string = string,
> = Pick<ResourceOperations<Model, Kinds, SortField>, 'path' | 'tags' | 'origin' | 'list'>;
