/** JSON:API 1.1 for Fastify: declared resources, their routes, queries and documents, media types, errors. Knows nothing of the services that use it. */
export type { Related, Relationship, ResourceType, ToMany, ToOne } from './resource-type.ts';
export { resourceRoutes } from './resource-routes.ts';
export type { ResourceInput, ResourceOperations } from './operations.ts';
export { atomicRoute } from './atomic-route.ts';
export { atOperation, forOperation, operationSource } from './atomic-operations.ts';
export type { AtomicOperation, OperationTarget } from './atomic-operations.ts';
export type { ListDeclaration } from './list-declaration.ts';
export type {
  Filter,
  FilterOperator,
  ListPage,
  ListRequest,
  PageRequest,
  RowPosition,
  Scalar,
  Sort,
} from './list-request.ts';
export {
  boolean,
  element,
  ids,
  number,
  oneOf,
  orNull,
  text,
  textId,
  timestamp,
} from './filters.ts';
export type { FilterKind } from './filters.ts';
export { idList, integer, noQuery, plainQuery } from './query.ts';
export { MEDIA_TYPE } from './media-type.ts';
export { defineProblems, JsonApiError, protocolProblem } from './problems.ts';
export type { ErrorObject, ErrorSource } from './problems.ts';
export { dataDocument } from './documents.ts';
export type { DataDocument, Resource } from './documents.ts';
export { ifMatchVersions } from './etags.ts';
export {
  collectionSchema,
  createBody,
  dataSchema,
  errorSchema,
  nullable,
  resourceSchema,
  toOneRelationship,
  updateBody,
} from './schemas.ts';
export { jsonApiResponse, noContentResponse, problemResponses } from './responses.ts';
export { bodyValidator } from './validation.ts';
export { serverOptions } from './server-options.ts';
export { jsonApiErrors } from './json-api-errors.ts';
export { jsonApiRoutes } from './json-api-routes.ts';
export { looseJsonBodies } from './json-bodies.ts';
