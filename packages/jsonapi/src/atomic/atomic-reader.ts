import type { FastifyRequest } from 'fastify';
import type { AssertUnchanged, BodyInput, NewResource } from '../declarations/operations.ts';
import { isObject, type Json } from '../json.ts';
import { JsonApiError, protocolProblem } from '../http/problems.ts';
import {
  assertUnchanged,
  mentionsReadOnly,
  readOnlyAttribute,
  refuseReadOnly,
} from '../routes/read-only.ts';
import { operationsOf } from './atomic-document.ts';
import { judgeOf, judgesOf, notSupported, type Judge, type Judges } from './atomic-judges.ts';
import {
  forOperation,
  ofOperation,
  type AtomicOperation,
  type AtomicOperations,
  type AtomicType,
  type OperationTarget,
} from './atomic-operations.ts';
import {
  findType,
  identityOf,
  malformed,
  openAdditions,
  readPlace,
  typeConflict,
  type Additions,
  type Place,
} from './atomic-targets.ts';

/**
 * Reads the operations of a request. Throws a JsonApiError for the first wrong one, and doesn't
 * read those after it.
 */
export type OperationReader<Change> = (
  document: unknown,
  request: FastifyRequest,
) => {
  /** Of the resource of each operation. */
  readonly types: readonly string[];
  readonly changes: readonly Change[];
  /** Checks the operations that send back read-only members; undefined when none does. */
  readonly assertUnchanged: AssertUnchanged | undefined;
};

/** The state of reading one request. */
interface Context {
  readonly types: readonly AtomicType[];
  readonly judges: Judges;
  readonly additions: Additions;
  /** Compare read-only members of bodies with the resources as they are. */
  readonly checks: AssertUnchanged[];
  readonly request: FastifyRequest;
  /** An `href` may be relative to it. */
  readonly requestUrl: URL;
}

export function operationReader<Change>({
  types,
  origin,
  example,
  change,
}: Pick<
  AtomicOperations<AtomicType, Change>,
  'types' | 'origin' | 'example' | 'change'
>): OperationReader<Change> {
  const judges: Judges = new Map(types.map((atomicType) => [atomicType, judgesOf(atomicType)]));
  return (document, request) => {
    const requestUrl = new URL(origin(request) + request.url);
    const checks: AssertUnchanged[] = [];
    const context = { types, judges, additions: openAdditions(), checks, request, requestUrl };
    const typesRead: string[] = [];
    const changes: Change[] = [];
    operationsOf(document, example).forEach((value, index) => {
      try {
        const operation = readOperation(value, index, context);
        typesRead.push(operation.type);
        changes.push(change(operation));
      } catch (error) {
        throw ofOperation(index, error);
      }
    });
    const assertUnchangedAll = async (): Promise<void> => {
      for (const check of checks) await check();
    };
    return {
      types: typesRead,
      changes,
      assertUnchanged: checks.length > 0 ? assertUnchangedAll : undefined,
    };
  };
}

function readOperation(operation: unknown, index: number, context: Context): AtomicOperation {
  if (!isObject(operation)) throw malformed('An operation must be an object.');
  const { op } = operation;
  if (op !== 'add' && op !== 'update' && op !== 'remove')
    throw malformed('"op" must be "add", "update" or "remove".', 'op' in operation ? '/op' : '');
  const place = readPlace(operation, context.types, context.requestUrl);
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
  const { atomicType, data } = readData(operation, place, context);
  const { validate, readOnly } = judgeOf('add', atomicType, context.judges);
  assertValid(validate, data);
  const input = data as Json & NewResource;
  for (const name of readOnly) if (name in input.attributes) throw readOnlyAttribute(name);
  const { type } = atomicType.resource;
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
  const { atomicType, data } = readData(operation, place, context);
  const { type } = atomicType.resource;
  const { validate, readOnly, read } = judgeOf('update', atomicType, context.judges);
  const identity = identityOf(data, '/data');
  assertValid(validate, { ...data, id: 'id' in identity ? identity.id : '' });
  const { additions, request } = context;
  const target = additions.resolve(type, identity, '/data');
  if (place?.identity)
    assertSame(target, additions.resolve(type, place.identity, place.pointer), identity);

  const { attributes = {}, relationships } = data as Json & Partial<BodyInput>;
  const input = { attributes, relationships };
  if (mentionsReadOnly(input, atomicType.resource, readOnly)) {
    if (additions.isNew(type, target) || !('id' in target))
      throw refuseReadOnly(input, atomicType.resource, readOnly);
    context.checks.push(() =>
      forOperation(index, async () => {
        const current = { resource: atomicType.resource, model: await read(target.id, request) };
        await assertUnchanged(input, current, { readOnly, request });
      }),
    );
  }
  return { op: 'update', type, target, data: input };
}

/** https://jsonapi.org/ext/atomic/#deleting-resources */
function readRemove(place: Place | null, context: Context): AtomicOperation {
  if (!place?.identity) throw malformed('Name what to remove by "ref" or "href".', place?.pointer);
  const { atomicType, identity, pointer } = place;
  if (!atomicType.remove) throw notSupported('remove', atomicType);
  const { type } = atomicType.resource;
  return { op: 'remove', type, target: context.additions.resolve(type, identity, pointer) };
}

function readData(
  operation: Json,
  place: Place | null,
  { types }: Context,
): { readonly atomicType: AtomicType; readonly data: Json } {
  const { data } = operation;
  if (data === undefined) throw malformed('The operation must have "data".');
  if (!isObject(data)) throw malformed('"data" must be one resource.', '/data');
  const { type } = data;
  if (typeof type !== 'string')
    throw malformed(
      '"data" must have a "type" that is text.',
      'type' in data ? '/data/type' : '/data',
    );
  const atomicType = findType(types, type, '/data/type');
  if (place && place.atomicType !== atomicType)
    throw typeConflict(`"type" must be "${place.atomicType.resource.type}" here.`, '/data/type');
  return { atomicType, data };
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
