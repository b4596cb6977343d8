import { isDeepStrictEqual } from 'node:util';
import type { FastifyRequest } from 'fastify';
import type { BodyInput, BodySchemas } from '../declarations/operations.ts';
import { JsonApiError, protocolProblem } from '../http/problems.ts';
import type { AnyResourceType, Relationship } from '../declarations/resource-type.ts';
import type { Included } from '../documents/inclusion.ts';

/** The attributes of a resource that a body may not set. */
export function readOnlyNames(resource: AnyResourceType, { attributes }: BodySchemas): string[] {
  const writable = Object.keys(attributes.properties);
  return Object.keys(resource.attributes.properties).filter((name) => !writable.includes(name));
}

export function mentionsReadOnly(
  { attributes, relationships }: BodyInput,
  resource: AnyResourceType,
  readOnly: readonly string[],
): boolean {
  return (
    readOnly.some((name) => name in attributes) ||
    Object.keys(relationships ?? {}).some((name) => relationshipNamed(name, resource))
  );
}

/** A body may name one `constructor`, which every object has. */
function relationshipNamed(
  name: string,
  { relationships = {} }: AnyResourceType,
): Relationship<unknown> | undefined {
  return Object.hasOwn(relationships, name) ? relationships[name] : undefined;
}

/**
 * A client may send a whole resource back, as long as it changes no read-only member.
 * https://jsonapi.org/format/1.1/#crud-updating-responses-403
 *
 * @throws {JsonApiError} 403 for the first one that it changes.
 */
export async function assertUnchanged(
  { attributes, relationships }: BodyInput,
  { resource, model }: Included,
  { readOnly, request }: { readonly readOnly: readonly string[]; readonly request: FastifyRequest },
): Promise<void> {
  const current = resource.view(model, request) as Record<string, unknown>;
  const values = attributes as Record<string, unknown>;
  for (const name of readOnly) {
    if (name in values && !isDeepStrictEqual(values[name], current[name]))
      throw readOnlyAttribute(name);
  }
  for (const [name, value] of Object.entries((relationships ?? {}) as Record<string, unknown>)) {
    const relationship = relationshipNamed(name, resource);
    if (!relationship || typeof value !== 'object' || value === null || !('data' in value))
      continue;
    const linkage = await linkageOf(relationship, { resource, model }, request);
    if (!isDeepStrictEqual(plain(value.data), linkage))
      throw readOnlyRelationship(name, `/data/relationships/${name}`);
  }
}

/** The linkage as documents have it; that of a to-many relationship as with an `include`. */
async function linkageOf(
  relationship: Relationship<unknown>,
  { resource, model }: Included,
  request: FastifyRequest,
): Promise<unknown> {
  const { type } = relationship.to();
  if (relationship.kind === 'one') {
    const id = relationship.id(model);
    return id === null ? null : { type, id };
  }
  const related = await relationship.load([model], request);
  return related.get(resource.id(model))?.items.map(({ id }) => ({ type, id })) ?? [];
}

/** Identifiers without members that a client may have added. */
function plain(data: unknown): unknown {
  if (Array.isArray(data)) return data.map(plain);
  if (typeof data !== 'object' || data === null) return data;
  const { type, id } = data as Record<string, unknown>;
  return { type, id };
}

/** The refusal for a new resource, of which nothing can be sent back unchanged. */
export function refuseReadOnly(
  { attributes, relationships }: BodyInput,
  resource: AnyResourceType,
  readOnly: readonly string[],
): JsonApiError {
  const attribute = readOnly.find((name) => name in attributes);
  if (attribute !== undefined) return readOnlyAttribute(attribute);
  const names = Object.keys(relationships ?? {});
  const relationship = names.find((name) => relationshipNamed(name, resource)) ?? '';
  return readOnlyRelationship(relationship, `/data/relationships/${relationship}`);
}

export function readOnlyAttribute(name: string): JsonApiError {
  return new JsonApiError(
    protocolProblem('read-only-attribute', `Leave "${name}" out: the server makes it.`, {
      source: { pointer: `/data/attributes/${name}` },
    }),
  );
}

export function readOnlyRelationship(name: string, pointer?: string): JsonApiError {
  const detail = `"${name}" follows from what happens and cannot be written.`;
  return new JsonApiError(
    protocolProblem(
      'relationship-read-only',
      detail,
      pointer === undefined ? {} : { source: { pointer } },
    ),
  );
}
