import { Type } from 'typebox';
import type { Static, TObject, TSchema } from 'typebox';

/**
 * Builders of body and answer schemas. The same JSON Schema validates (see validation.ts) and
 * documents. A schema may carry `x-expects`, which completes "… must be" in the error of a value
 * that does not fit.
 */

export interface ToOne {
  data: { type: string; id: string };
}

/** A body that creates, after validation. `Id` is `string` where the client names the resource. */
export interface CreateBody<Attributes, Id = unknown, Relationships = unknown> {
  data: { type: string; id: Id; attributes: Attributes; relationships: Relationships };
}

export interface UpdateBody<Attributes, Relationships = unknown> {
  data: { type: string; id: string; attributes?: Attributes; relationships: Relationships };
}

type StaticOf<Schema> = Schema extends TSchema ? Static<Schema> : unknown;

interface BodyDeclaration<Attributes extends TObject, Relationships extends TObject | undefined> {
  type: string;
  attributes: Attributes;
  /**
   * The names of further attributes that a body may hold. The schema doesn't validate their values.
   */
  readOnly?: readonly string[];
  /** Required when one of its members is. */
  relationships?: Relationships;
  /** A whole document that works as it stands. */
  example?: object;
}

/**
 * The body of a POST. Unknown attributes are refused, `@`-members and all other unknown members are
 * ignored, as are `lid` and a null `id`. https://jsonapi.org/format/1.1/#crud-creating
 */
export function createBody<
  Attributes extends TObject,
  Relationships extends TObject | undefined = undefined,
  Id extends 'forbidden' | 'required' = 'forbidden',
>(
  declaration: BodyDeclaration<Attributes, Relationships> & { id?: Id },
): Type.TUnsafe<
  CreateBody<Static<Attributes>, Id extends 'required' ? string : unknown, StaticOf<Relationships>>
> {
  const forbidden = declaration.id !== 'required';
  return body(declaration, {
    properties: { id: forbidden ? FORBIDDEN_ID : { type: 'string' }, lid: { type: 'string' } },
    required: [...(forbidden ? [] : ['id']), ...requiredMembers(declaration)],
  });
}

/**
 * The body of a PATCH: `type` and `id` are required, absent members keep their values.
 * https://jsonapi.org/format/1.1/#crud-updating
 */
export function updateBody<
  Attributes extends TObject,
  Relationships extends TObject | undefined = undefined,
>(
  declaration: BodyDeclaration<Attributes, Relationships>,
): Type.TUnsafe<UpdateBody<Static<Attributes>, StaticOf<Relationships>>> {
  return body(declaration, { properties: { id: { type: 'string' } }, required: ['id'] });
}

const FORBIDDEN_ID = { type: 'null', description: 'Ids are made by the server: leave it out.' };

function body<Value>(
  declaration: BodyDeclaration<TObject, TObject | undefined>,
  data: { properties: Record<string, object>; required: string[] },
): Type.TUnsafe<Value> {
  const { type, attributes, readOnly = [], relationships, example } = declaration;
  const { properties } = data;
  return Type.Unsafe<Value>({
    type: 'object',
    required: ['data'],
    properties: {
      data: {
        type: 'object',
        required: ['type', ...data.required],
        properties: {
          type: { type: 'string', const: type },
          ...properties,
          // Before the attributes: an error of the document comes first, and hides theirs.
          ...(relationships === undefined ? {} : { relationships }),
          attributes: {
            ...attributes,
            properties: {
              ...attributes.properties,
              ...Object.fromEntries(readOnly.map((name) => [name, { readOnly: true }])),
            },
            patternProperties: { '^@': {} },
            additionalProperties: false,
          },
        },
      },
    },
    ...(example === undefined ? {} : { examples: [example] }),
  });
}

/**
 * A new resource needs its `attributes` even where each is optional: a body without them is more
 * likely a mistake than a wish.
 */
function requiredMembers({
  relationships,
}: BodyDeclaration<TObject, TObject | undefined>): string[] {
  const required: unknown = relationships?.required;
  return Array.isArray(required) && required.length > 0
    ? ['attributes', 'relationships']
    : ['attributes'];
}

/** Linkage to one resource. https://jsonapi.org/format/1.1/#document-resource-object-linkage */
export function toOneRelationship(
  type: string,
  options: { description?: string } = {},
): Type.TUnsafe<ToOne> {
  return Type.Unsafe<ToOne>({
    ...options,
    type: 'object',
    required: ['data'],
    properties: {
      data: {
        type: 'object',
        required: ['type', 'id'],
        properties: { type: { type: 'string', const: type }, id: { type: 'string' } },
      },
    },
  });
}

/**
 * The same schema, or null. One `type` list instead of `anyOf`, so that a wrong value gives one
 * error.
 */
export function nullable<Schema extends TSchema>(
  schema: Schema,
): Type.TUnsafe<Static<Schema> | null> {
  const plain = schema as TSchema & { type?: unknown; enum?: unknown[] };
  return Type.Unsafe<Static<Schema> | null>({
    ...plain,
    type: [plain.type, 'null'],
    ...(plain.enum === undefined ? {} : { enum: [...plain.enum, null] }),
  });
}
