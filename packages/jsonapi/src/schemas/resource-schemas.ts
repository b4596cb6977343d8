import { Type } from 'typebox';
import type { TObject, TSchema } from 'typebox';
import { relationshipsOf, type AnyResourceType } from '../declarations/resource-type.ts';

/** The parameters of an address that names one resource. */
export function idParams(type: string, example: string | undefined): TObject {
  const description = `The id of one of the ${type}.`;
  return Type.Object({
    id: Type.String({ description, ...(example !== undefined && { examples: [example] }) }),
  });
}

interface ResourceDeclaration {
  type: string;
  attributes: TSchema;
  relationships?: TSchema;
  links?: TSchema;
  meta?: TSchema;
}

/** A resource object as answered. https://jsonapi.org/format/1.1/#document-resource-objects */
export function resourceSchema({ type, ...members }: ResourceDeclaration): TSchema {
  return Type.Unsafe<unknown>({
    type: 'object',
    required: ['type', 'id', 'attributes'],
    properties: { type: { type: 'string', const: type }, id: { type: 'string' }, ...members },
  });
}

/** A resource object of a declared type as answered. */
export function typeSchema(resource: AnyResourceType): TSchema {
  const relationships = relationshipsOf(resource).map(([name, relationship]) => {
    const identifier = {
      type: 'object',
      required: ['type', 'id'],
      properties: {
        type: { type: 'string', const: relationship.to().type },
        id: { type: 'string' },
      },
    };
    const linkage =
      relationship.kind === 'many'
        ? { type: 'array', items: identifier }
        : { ...identifier, type: ['object', 'null'] };
    const description = relationship.description && { description: relationship.description };
    return [
      name,
      { type: 'object', ...description, properties: { links: RELATIONSHIP_LINKS, data: linkage } },
    ];
  });
  return resourceSchema({
    type: resource.type,
    attributes: resource.attributes,
    ...(relationships.length > 0 && {
      relationships: Type.Unsafe<unknown>({
        type: 'object',
        properties: Object.fromEntries(relationships),
      }),
    }),
    links: Type.Unsafe<unknown>({ type: 'object', properties: { self: { type: 'string' } } }),
  });
}

const RELATIONSHIP_LINKS = {
  type: 'object',
  required: ['self', 'related'],
  properties: { self: { type: 'string' }, related: { type: 'string' } },
};
