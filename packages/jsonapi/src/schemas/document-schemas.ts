import { Type } from 'typebox';
import type { TSchema } from 'typebox';

const JSONAPI = {
  type: 'object',
  required: ['version'],
  properties: { version: { type: 'string', const: '1.1' } },
};
const LINKS = { type: 'object', additionalProperties: { type: ['string', 'null', 'object'] } };
const META = { type: 'object' };

/** A document whose primary data is one resource. */
export function dataSchema(resource: TSchema): TSchema {
  return documentSchema(resource);
}

/** A document whose primary data is one resource, or null for none. */
export function maybeDataSchema(resource: TSchema): TSchema {
  return documentSchema({ ...resource, type: ['object', 'null'] });
}

/**
 * A document whose primary data is a list. `meta` is of what it says beside the total and the page.
 */
export function collectionSchema(resource: TSchema, meta?: TSchema): TSchema {
  return documentSchema({ type: 'array', items: resource }, meta);
}

/** A document whose primary data is linkage. */
export function linkageSchema(kind: 'one' | 'many'): TSchema {
  const identifier = {
    type: 'object',
    required: ['type', 'id'],
    properties: { type: { type: 'string' }, id: { type: 'string' } },
  };
  return documentSchema(
    kind === 'many'
      ? { type: 'array', items: identifier }
      : { ...identifier, type: ['object', 'null'] },
  );
}

function documentSchema(data: object, meta: TSchema = META): TSchema {
  return Type.Unsafe<unknown>({
    type: 'object',
    required: ['jsonapi', 'data'],
    properties: {
      jsonapi: JSONAPI,
      data,
      included: { type: 'array', items: { type: 'object' } },
      links: LINKS,
      meta,
    },
  });
}

/** An error document. https://jsonapi.org/format/1.1/#errors */
export const errorSchema: TSchema = Type.Unsafe<unknown>({
  type: 'object',
  required: ['jsonapi', 'errors', 'meta'],
  properties: {
    jsonapi: JSONAPI,
    errors: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['status', 'code', 'title', 'detail'],
        properties: {
          status: { type: 'string', description: 'The HTTP status of this problem.' },
          code: { type: 'string', description: 'Stable; see the list of codes.' },
          title: { type: 'string', description: 'The same for every problem of this code.' },
          detail: { type: 'string', description: 'What is wrong here and what to do about it.' },
          source: {
            type: 'object',
            properties: {
              pointer: { type: 'string' },
              parameter: { type: 'string' },
              header: { type: 'string' },
            },
          },
          meta: META,
        },
      },
    },
    meta: {
      type: 'object',
      required: ['requestId'],
      properties: {
        requestId: {
          type: 'string',
          description: 'As in the header x-request-id: name it when you ask for help.',
        },
        moreErrors: { type: 'boolean', description: 'Whether there are more errors than these.' },
      },
    },
  },
});
