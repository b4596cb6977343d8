import { isDeepStrictEqual } from 'node:util';
import type { FastifyRequest } from 'fastify';
import type { BodySchemas, ResourceInput } from '../declarations/operations.ts';
import { JsonApiError, protocolProblem } from '../http/problems.ts';
import type { AnyResourceType } from '../declarations/resource-type.ts';

/** The attributes of a resource that a body may not set. */
export function readOnlyNames(resource: AnyResourceType, { attributes }: BodySchemas): string[] {
  const writable = Object.keys(attributes.properties);
  return Object.keys(resource.attributes.properties).filter((name) => !writable.includes(name));
}

export function mentionsReadOnly(
  { attributes, relationships }: ResourceInput,
  resource: AnyResourceType,
  readOnly: readonly string[],
): boolean {
  return (
    readOnly.some((name) => name in attributes) ||
    Object.keys(relationships ?? {}).some((name) => resource.relationships?.[name])
  );
}

/** Clients that send a whole resource back may, as long as they change only what they can. https://jsonapi.org/format/1.1/#crud-updating-responses-403 */
export function assertUnchanged(
  { attributes, relationships }: ResourceInput,
  resource: AnyResourceType,
  model: unknown,
  { readOnly, request }: { readonly readOnly: readonly string[]; readonly request: FastifyRequest },
): void {
  const current = resource.view(model as never, request) as Record<string, unknown>;
  const sent = attributes as Record<string, unknown>;
  for (const name of readOnly) {
    if (name in sent && !isDeepStrictEqual(sent[name], current[name]))
      throw readOnlyAttribute(name);
  }
  for (const [name, value] of Object.entries((relationships ?? {}) as Record<string, unknown>)) {
    const relationship = resource.relationships?.[name];
    if (!relationship || typeof value !== 'object' || value === null || !('data' in value))
      continue;
    const id = relationship.kind === 'one' ? relationship.id(model as never) : undefined;
    const linkage = id === undefined ? undefined : id && { type: relationship.to().type, id };
    if (linkage === undefined || !isDeepStrictEqual(value.data, linkage))
      throw readOnlyRelationship(name, `/data/relationships/${name}`);
  }
}

/** The refusal of what is not made yet, so that nothing of it can be sent back unchanged. */
export function refuseReadOnly(
  { attributes, relationships }: ResourceInput,
  resource: AnyResourceType,
  readOnly: readonly string[],
): JsonApiError {
  const attribute = readOnly.find((name) => name in attributes);
  if (attribute !== undefined) return readOnlyAttribute(attribute);
  const names = Object.keys(relationships ?? {});
  const relationship = names.find((name) => resource.relationships?.[name]) ?? '';
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
