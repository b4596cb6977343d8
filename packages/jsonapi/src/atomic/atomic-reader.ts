import type { FastifyRequest } from 'fastify';
import {
  forOperation,
  inOperation,
  MAX_OPERATIONS,
  OPERATIONS,
  type AtomicOperation,
  type AtomicOperations,
  type AtomicType,
  type OperationTarget,
} from './atomic-operations.ts';
import {
  identityOf,
  isObject,
  malformed,
  openAdditions,
  readPlace,
  typeConflict,
  typeNamed,
  type Additions,
  type Json,
  type Place,
} from './atomic-targets.ts';
import type {
  AssertUnchanged,
  BodyInput,
  BodySchemas,
  NewResource,
} from '../declarations/operations.ts';
import { alternatives } from '../http/nearest-names.ts';
import { JsonApiError, protocolProblem } from '../http/problems.ts';
import {
  assertUnchanged,
  mentionsReadOnly,
  readOnlyAttribute,
  readOnlyNames,
  refuseReadOnly,
} from '../routes/read-only.ts';
import { createBody, updateBody } from '../schemas/schemas.ts';
import { bodyValidator } from '../http/validation.ts';

/**
 * Reads the operations of a request. Throws a JsonApiError for the first that is wrong: those after
 * it are not looked at.
 */
export type OperationReader = (
  document: unknown,
  request: FastifyRequest,
) => {
  readonly operations: readonly AtomicOperation[];
  /** For all operations that send back what the server makes; undefined when none does. */
  readonly assertUnchanged: AssertUnchanged | undefined;
};

/** Judges what would be the body of a single request. */
interface Judge {
  readonly validate: ReturnType<typeof bodyValidator>;
  /** The attributes that it may not set. */
  readonly readOnly: readonly string[];
}

interface UpdateJudge extends Judge, Pick<NonNullable<AtomicType['update']>, 'read'> {}

interface TypeJudges {
  readonly add?: Judge;
  readonly update?: UpdateJudge;
}

type Judges = ReadonlyMap<AtomicType, TypeJudges>;

/** What the operations of one request are read with. */
interface Context {
  readonly types: readonly AtomicType[];
  readonly judges: Judges;
  readonly additions: Additions;
  /** What is to be held against the present state. */
  readonly checks: AssertUnchanged[];
  readonly request: FastifyRequest;
}

export function operationReader({
  types,
  origin,
  example,
}: Pick<AtomicOperations, 'types' | 'origin' | 'example'>): OperationReader {
  const judges: Judges = new Map(types.map((declared) => [declared, judgesOf(declared)]));
  return (document, request) => {
    const asked = new URL(origin(request) + request.url);
    const checks: AssertUnchanged[] = [];
    const context = { types, judges, additions: openAdditions(), checks, request };
    const operations: AtomicOperation[] = [];
    for (const [index, operation] of operationsOf(document, example).entries()) {
      operations.push(
        inOperation(index, () => readOperation(operation, { index, asked, context })),
      );
    }
    const assertUnchangedAll = async (): Promise<void> => {
      for (const check of checks) await check();
    };
    return { operations, assertUnchanged: checks.length > 0 ? assertUnchangedAll : undefined };
  };
}

function judgesOf({ resource, add, update }: AtomicType): TypeJudges {
  const judge = (body: BodySchemas, schemaWith: (readOnly: string[]) => object): Judge => {
    const readOnly = readOnlyNames(resource, body);
    return { validate: bodyValidator(schemaWith(readOnly)), readOnly };
  };
  const { type } = resource;
  return {
    ...(add && { add: judge(add, (readOnly) => createBody({ ...add, type, readOnly })) }),
    ...(update && {
      update: {
        ...judge(update, (readOnly) => updateBody({ ...update, type, readOnly })),
        read: update.read,
      },
    }),
  };
}

/** https://jsonapi.org/ext/atomic/#document-structure */
function operationsOf(document: unknown, example: object): readonly unknown[] {
  const wanted = `Send a JSON object with "${OPERATIONS}", for example ${JSON.stringify(example)}.`;
  // Where there is no document, nothing can be pointed to.
  if (document === undefined) throw new JsonApiError(protocolProblem('invalid-document', wanted));
  if (!isObject(document)) throw malformed(wanted);
  const operations = document[OPERATIONS];
  if (operations === undefined) throw malformed(wanted);
  for (const name of ['data', 'included', 'errors', 'atomic:results'])
    if (name in document)
      throw malformed(`Leave "${name}" out of a list of operations.`, `/${name}`);
  const pointer = `/${OPERATIONS}`;
  if (!Array.isArray(operations) || operations.length === 0)
    throw malformed(`"${OPERATIONS}" must be a list of at least one operation.`, pointer);
  if (operations.length <= MAX_OPERATIONS) return operations;
  const detail = `Send at most ${MAX_OPERATIONS} operations at once.`;
  throw new JsonApiError(
    protocolProblem('invalid-document', detail, {
      source: { pointer },
      meta: { maxOperations: MAX_OPERATIONS },
    }),
  );
}

function readOperation(
  operation: unknown,
  { index, asked, context }: { index: number; asked: URL; context: Context },
): AtomicOperation {
  if (!isObject(operation)) throw malformed('An operation must be an object.');
  const { op } = operation;
  if (op !== 'add' && op !== 'update' && op !== 'remove')
    throw malformed('"op" must be "add", "update" or "remove".', 'op' in operation ? '/op' : '');
  const place = readPlace(operation, context.types, asked);
  switch (op) {
    case 'add':
      return readAdd(operation, index, place, context);
    case 'update':
      return readUpdate(operation, index, place, context);
    case 'remove':
      return readRemove(place, context);
  }
}

/** https://jsonapi.org/ext/atomic/#creating-resources */
function readAdd(
  operation: Json,
  index: number,
  place: Place | null,
  context: Context,
): AtomicOperation {
  if (place?.identity)
    throw malformed('What is added is not there to be named; "data" says it all.', place.pointer);
  const { declared, data } = readData(operation, place, context);
  const { validate, readOnly } = judgeOf('add', declared, context);
  assertValid(validate, data);
  const input = data as Json & NewResource;
  for (const name of readOnly) if (name in input.attributes) throw readOnlyAttribute(name);
  const { type } = declared.resource;
  context.additions.add(index, type, data);
  return { op: 'add', type, data: input };
}

/** https://jsonapi.org/ext/atomic/#updating-resources */
function readUpdate(
  operation: Json,
  index: number,
  place: Place | null,
  context: Context,
): AtomicOperation {
  if (place && !place.identity) throw malformed('Name one resource of the collection.', '/href');
  const { declared, data } = readData(operation, place, context);
  const { type } = declared.resource;
  const { validate, readOnly, read } = judgeOf('update', declared, context);
  const identity = identityOf(data, '/data');
  assertValid(validate, { ...data, id: 'id' in identity ? identity.id : '' });
  const { additions, request } = context;
  const target = additions.resolve(type, identity, '/data');
  if (place?.identity)
    assertSame(target, additions.resolve(type, place.identity, place.pointer), identity);

  const { attributes = {}, relationships } = data as Json & Partial<BodyInput>;
  const input = { attributes, relationships };
  if (mentionsReadOnly(input, declared.resource, readOnly)) {
    if (additions.isNew(type, target) || !('id' in target))
      throw refuseReadOnly(input, declared.resource, readOnly);
    context.checks.push(() =>
      forOperation(index, async () => {
        const current = { resource: declared.resource, model: await read(target.id, request) };
        await assertUnchanged(input, current, { readOnly, request });
      }),
    );
  }
  return { op: 'update', type, target, data: input };
}

/** https://jsonapi.org/ext/atomic/#deleting-resources */
function readRemove(place: Place | null, context: Context): AtomicOperation {
  if (!place?.identity) throw malformed('Name what to remove by "ref" or "href".', place?.pointer);
  const { declared, identity, pointer } = place;
  if (!declared.remove) throw notSupported('remove', declared);
  const { type } = declared.resource;
  return { op: 'remove', type, target: context.additions.resolve(type, identity, pointer) };
}

function readData(
  operation: Json,
  place: Place | null,
  { types }: Context,
): { readonly declared: AtomicType; readonly data: Json } {
  const { data } = operation;
  if (data === undefined) throw malformed('The operation must have "data".');
  if (!isObject(data)) throw malformed('"data" must be one resource.', '/data');
  const { type } = data;
  if (typeof type !== 'string')
    throw malformed(
      '"data" must have a "type" that is text.',
      'type' in data ? '/data/type' : '/data',
    );
  const declared = typeNamed(types, type, '/data/type');
  if (place && place.declared !== declared)
    throw typeConflict(`"type" must be "${place.declared.resource.type}" here.`, '/data/type');
  return { declared, data };
}

function judgeOf<Op extends keyof TypeJudges>(
  op: Op,
  declared: AtomicType,
  { judges }: Context,
): NonNullable<TypeJudges[Op]> {
  const judge = judges.get(declared)?.[op];
  if (judge) return judge;
  throw notSupported(op, declared);
}

function notSupported(op: string, declared: AtomicType): JsonApiError {
  const { type } = declared.resource;
  const possible = (['add', 'update', 'remove'] as const).filter((name) => declared[name]);
  const detail = `There is no "${op}" for ${type} here; use ${alternatives(possible)}.`;
  const source = { pointer: '/op' };
  return new JsonApiError(protocolProblem('operation-not-supported', detail, { source }));
}

function assertValid(validate: Judge['validate'], data: Json): void {
  const verdict = validate({ data });
  if (verdict !== true) throw verdict.error;
}

/** The resource of `data` must be the one that `ref` or `href` names. */
function assertSame(one: OperationTarget, other: OperationTarget, identity: object): void {
  const isSame =
    'id' in one
      ? 'id' in other && one.id === other.id
      : 'addedBy' in other && one.addedBy === other.addedBy;
  if (isSame) return;
  const pointer = 'id' in identity ? '/data/id' : '/data/lid';
  throw new JsonApiError(
    protocolProblem('id-conflict', '"data" must be the resource that the operation names.', {
      source: { pointer },
    }),
  );
}
