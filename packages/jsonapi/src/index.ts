/** JSON:API 1.1 for Fastify: media types, documents, queries, schemas, errors. Knows nothing of the services that use it. */
export { MEDIA_TYPE } from './media-type.ts';
export { defineProblems, JsonApiError, protocolProblem } from './problems.ts';
export type { ErrorObject, ErrorSource } from './problems.ts';
export { assertBodyId, dataDocument } from './documents.ts';
export type { DataDocument, Resource } from './documents.ts';
export { numberedPageLinks } from './page-links.ts';
export { etag, ifMatchVersions, ifNoneMatchHits } from './etags.ts';
export { boolean, integer, integers, oneOf, text } from './filters.ts';
export type { FilterKind } from './filters.ts';
export { listQuery, noQuery } from './query.ts';
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
