import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TObject } from 'typebox';
import type { Operation, ResourceOperations } from '../declarations/operations.ts';
import type { AnyResourceType } from '../declarations/resource-type.ts';
import { documentText, wantsWholeOnes, type ResourceWriter } from '../documents/document-text.ts';
import { resourceDocument } from '../documents/resource-document.ts';
import { etag } from '../http/etags.ts';
import type { QueryReader, ResourceQuery } from '../queries/resource-query.ts';
import type { dataSchema } from '../schemas/document-schemas.ts';

/** What the routes of one resource share. */
export interface RouteContext {
  readonly app: FastifyInstance;
  readonly resource: AnyResourceType;
  readonly operations: ResourceOperations<unknown>;
  readonly reader: QueryReader;
  readonly write: ResourceWriter;
  /** Of a document with one resource. */
  readonly answer: ReturnType<typeof dataSchema>;
  readonly params: TObject;
}

export interface IdParams {
  readonly id: string;
}

/** The members that every operation puts into its route's schema. */
export function operationSchema(tags: readonly string[], operation: Operation): object {
  const { summary, description, headers } = operation;
  return {
    tags,
    summary,
    ...(description !== undefined && { description }),
    ...(headers && { headers }),
  };
}

/** A document of one resource: as text when the query asks for nothing but whole ones. */
export function documentOf(
  { resource, operations, write }: RouteContext,
  model: unknown,
  query: ResourceQuery,
  request: FastifyRequest,
  self: string,
): string | Promise<object> {
  const addresses = { origin: operations.origin(request), self };
  if (wantsWholeOnes(query)) return documentText(write(model, request), addresses);
  return resourceDocument({ resource, model }, query, addresses, request);
}

export function tagOf(resource: AnyResourceType, model: unknown): string | null {
  const version = resource.version?.(model);
  return version === undefined ? null : etag(version, resource.state?.(model));
}

/** Sets the ETag. An answer with included resources has none, since it says nothing of theirs. */
export function tagAnswer(
  reply: FastifyReply,
  resource: AnyResourceType,
  model: unknown,
  query: ResourceQuery,
): void {
  const tag = query.include === null ? tagOf(resource, model) : null;
  if (tag !== null) reply.header('etag', tag);
}
