/**
 * JSON:API 1.1 for Fastify: declared resources, their routes, queries and documents, media types,
 * errors. Knows nothing of the services that use it.
 */
export { declareResource, relatedList } from './declarations/resource-type.ts';
export type {
  AnyResourceType,
  Related,
  Relationship,
  ResourceType,
  ToMany,
  ToOne,
} from './declarations/resource-type.ts';
export { listedResourceRoute, resourceRoutes } from './routes/resource-routes.ts';
export type { AssertUnchanged, ResourceOperations } from './declarations/operations.ts';
export { atomicRoute } from './atomic/atomic-route.ts';
export { atomicTypes, atOperation, operationSource } from './atomic/atomic-operations.ts';
export type { AtomicOperation, OperationTarget } from './atomic/atomic-operations.ts';
export { declareList } from './declarations/list-declaration.ts';
export type { KindsFor, ListDeclaration } from './declarations/list-declaration.ts';
export type {
  Filter,
  FilterOf,
  FilterOperator,
  FilterValue,
  ListPage,
  ListRequest,
  PageRequest,
  RowPosition,
  Scalar,
  Sort,
} from './declarations/list-request.ts';
export {
  boolean,
  comparedBy,
  element,
  ids,
  number,
  oneOf,
  orNull,
  text,
  textId,
  timestamp,
} from './declarations/filters.ts';
export type { FilterKind } from './declarations/filters.ts';
export { idList, integer, noQuery, plainQuery } from './queries/query.ts';
export { MEDIA_TYPE } from './http/media-type.ts';
export {
  defineProblems,
  firstErrors,
  JsonApiError,
  MAX_ERRORS,
  protocolProblem,
} from './http/problems.ts';
export type { ErrorObject, ErrorSource } from './http/problems.ts';
export { REQUEST_ID_HEADER } from './http/request-ids.ts';
export { resourceDocument } from './documents/resource-document.ts';
export { resourceQuery } from './queries/resource-query.ts';
export { MAX_INCLUDED, tooManyIncluded } from './documents/inclusion.ts';
export { dataDocument } from './documents/documents.ts';
export type { DataDocument, Resource } from './documents/documents.ts';
export { ifMatchVersions, ifNoneMatchHits } from './http/etags.ts';
export { createBody, nullable, toOneRelationship, updateBody } from './schemas/body-schemas.ts';
export { collectionSchema, dataSchema, errorSchema } from './schemas/document-schemas.ts';
export { resourceSchema, typeSchema } from './schemas/resource-schemas.ts';
export { mergeResponses, protocolRefusals, underExtension } from './schemas/documented-refusals.ts';
export { jsonApiResponse, noContentResponse, problemResponses } from './schemas/responses.ts';
export { bodyValidator } from './http/validation.ts';
export { editDistance } from './http/edit-distance.ts';
export { isObject } from './json.ts';
export { createKeptValues } from './kept-values.ts';
export { numberOfId } from './numeric-id.ts';
export { normalLine, normalText, ONE_LINE } from './texts.ts';
export { serverOptions } from './http/server-options.ts';
export { jsonApiErrors } from './http/json-api-errors.ts';
export { jsonApiRoutes } from './http/json-api-routes.ts';
export { looseJsonBodies } from './http/json-bodies.ts';
export { unencapsulated } from './http/unencapsulated.ts';
