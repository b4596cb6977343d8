import type { FastifyInstance } from 'fastify';
import { Type, type TSchema } from 'typebox';
import {
  ATOMIC,
  MAX_OPERATIONS,
  OPERATIONS,
  type AtomicOperations,
  type AtomicType,
} from './atomic-operations.ts';
import { operationReader } from './atomic-reader.ts';
import { JSONAPI_OBJECT } from '../http/jsonapi-object.ts';
import { mediaTypeWith } from '../http/media-type.ts';
import { noQuery } from '../queries/query.ts';
import { resourceWriter, resultsBody } from '../documents/document-text.ts';
import { underExtension } from '../schemas/documented-refusals.ts';
import { noContentResponse } from '../schemas/responses.ts';
import { createBody, updateBody } from '../schemas/body-schemas.ts';
import { typeSchema } from '../schemas/resource-schemas.ts';

const ATOMIC_MEDIA_TYPE = mediaTypeWith('ext', ATOMIC);
const JSONAPI = { ...JSONAPI_OBJECT, ext: [ATOMIC] };

/**
 * A POST address for lists of operations, below `jsonApiRoutes`. It answers with the result of each
 * operation at its place, or 204 when every result is null. https://jsonapi.org/ext/atomic/
 */
export function atomicRoute<const Declared extends AtomicType, Change>(
  app: FastifyInstance,
  operations: AtomicOperations<Declared, Change>,
): void;
// Here the types of the declaration end: the reader validates operations by the schemas that they
// were inferred from.
export function atomicRoute(app: FastifyInstance, operations: AtomicOperations): void {
  const { path, config, types } = operations;
  const read = operationReader(operations);
  const writers = new Map(types.map(({ resource }) => [resource.type, resourceWriter(resource)]));
  app.post(
    path,
    {
      config: { ...config, jsonApiExtension: ATOMIC },
      schema: schemaOf(operations),
      // The schema only documents: the reader validates, with pointers into each operation.
      validatorCompiler: () => () => true,
    },
    async (request, reply) => {
      noQuery.parse(request.query);
      const { types: typesRead, changes, assertUnchanged } = read(request.body, request);
      // A list that waits for its turn need not keep its body, which may be a megabyte.
      request.body = undefined;
      if (!operations.takesKeys) await assertUnchanged?.();
      const models = await operations.run(changes, request, reply, assertUnchanged);
      if (models.every((model) => model === null)) return reply.code(204).send();
      const resourceAt = (index: number): string | null => {
        const model = models[index] ?? null;
        const type = typesRead[index] ?? '';
        return model && (writers.get(type)?.(model, request) ?? null);
      };
      const answered = { jsonapi: JSONAPI, origin: operations.origin(request) };
      return resultsBody(typesRead.length, resourceAt, answered);
    },
  );
}

function schemaOf(operations: AtomicOperations): object {
  const { tags, summary, description, headers, types, example, refusals = {} } = operations;
  return {
    tags,
    summary,
    ...(description !== undefined && { description }),
    ...(headers && { headers }),
    consumes: [ATOMIC_MEDIA_TYPE],
    body: documentSchema(types, example),
    response: {
      200: answer('What each operation leaves, at its place.', resultsSchema(types)),
      204: noContentResponse('Done, and no operation has anything to tell.'),
      ...underExtension(refusals as Parameters<typeof underExtension>[0], ATOMIC),
    },
  };
}

function answer(description: string, schema: TSchema): object {
  return { description, content: { [ATOMIC_MEDIA_TYPE]: { schema } } };
}

function documentSchema(types: readonly AtomicType[], example: object): TSchema {
  const names = types.map(({ resource }) => resource.type);
  const ref = {
    type: 'object',
    description: 'What is updated or removed; `lid` names what an operation before this one adds.',
    required: ['type'],
    properties: {
      type: { type: 'string', enum: names },
      id: { type: 'string' },
      lid: { type: 'string' },
    },
  };
  const href = { type: 'string', description: 'The same as an address.' };
  const operation = {
    type: 'object',
    required: ['op'],
    properties: {
      op: { type: 'string', enum: ['add', 'update', 'remove'] },
      ref,
      href,
      data: oneOfSchemas(types.flatMap(dataSchemas)),
    },
  };
  return Type.Unsafe<unknown>({
    type: 'object',
    required: [OPERATIONS],
    properties: {
      [OPERATIONS]: { type: 'array', minItems: 1, maxItems: MAX_OPERATIONS, items: operation },
    },
    examples: [example],
  });
}

function dataSchemas({ resource: { type }, add, update }: AtomicType): object[] {
  return [
    ...(add ? [dataOf(createBody({ ...add, type }))] : []),
    ...(update ? [withLocalId(dataOf(updateBody({ ...update, type })))] : []),
  ];
}

interface DataSchema {
  readonly required: readonly string[];
  readonly properties: object;
}

/** The bodies are made by this package, and each has a resource as its only member. */
function dataOf(body: unknown): DataSchema {
  return (body as { properties: { data: DataSchema } }).properties.data;
}

/** A resource that an operation before this one adds has a local id instead. */
function withLocalId({ required, properties, ...rest }: DataSchema): object {
  return {
    ...rest,
    required: required.filter((name) => name !== 'id'),
    properties: { ...properties, lid: { type: 'string' } },
  };
}

/** A choice of schemas, or the only one. */
function oneOfSchemas([first, ...others]: object[]): object {
  return first && others.length === 0 ? first : { anyOf: [first, ...others] };
}

function resultsSchema(types: readonly AtomicType[]): TSchema {
  const data = oneOfSchemas(types.map(({ resource }) => typeSchema(resource)));
  return Type.Unsafe<unknown>({
    type: 'object',
    required: ['jsonapi', 'atomic:results'],
    properties: {
      jsonapi: { type: 'object' },
      links: { type: 'object' },
      'atomic:results': {
        type: 'array',
        minItems: 1,
        items: { type: 'object', properties: { data } },
      },
    },
  });
}
