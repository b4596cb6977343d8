import type { AtomicType, OperationTarget } from './atomic-operations.ts';
import { JsonApiError, protocolProblem } from '../http/problems.ts';
import { isObject, type Json } from '../json.ts';
import { readOnlyRelationship } from '../routes/read-only.ts';

/** Refuses what the extension does not allow. The pointer is within the operation or document. */
export function malformed(detail: string, pointer = ''): JsonApiError {
  return new JsonApiError(protocolProblem('invalid-document', detail, { source: { pointer } }));
}

/** Its own id, or the local id that an operation before gives it. */
export type Identity = { readonly id: string } | { readonly lid: string };

/** The resource that `ref` or `href` names, or without an identity the whole collection. */
export interface Place {
  readonly atomicType: AtomicType;
  readonly identity?: Identity;
  /** To the `ref` or `href`. */
  readonly pointer: string;
}

/** https://jsonapi.org/ext/atomic/#operation-objects */
export function readPlace(
  operation: Json,
  types: readonly AtomicType[],
  requestUrl: URL,
): Place | null {
  if ('ref' in operation && 'href' in operation)
    throw malformed('An operation has a "ref" or an "href", not both.');
  if ('ref' in operation) return readRef(operation['ref'], types);
  return 'href' in operation ? readHref(operation['href'], types, requestUrl) : null;
}

function readRef(ref: unknown, types: readonly AtomicType[]): Place {
  if (!isObject(ref)) throw malformed('"ref" must be an object.', '/ref');
  const { type, relationship } = ref;
  if ('id' in ref && 'lid' in ref)
    throw malformed('"ref" has an "id" or a "lid", not both.', '/ref');
  if (typeof type !== 'string')
    throw malformed('"ref" must have a "type" that is text.', 'type' in ref ? '/ref/type' : '/ref');
  const identity = identityOf(ref, '/ref');
  if (relationship !== undefined && typeof relationship !== 'string')
    throw malformed('"relationship" must be text.', '/ref/relationship');
  const atomicType = findType(types, type, '/ref/type');
  if (relationship !== undefined)
    throw relationshipRefusal(atomicType, relationship, '/ref/relationship');
  return { atomicType, identity, pointer: '/ref' };
}

/** Characters. No resource has a longer address. */
const MAX_ADDRESS = 2_000;
/** A path that is the same however it is read. */
const PLAIN_PATH = /^(?:\/[\w-]+)+$/;

/**
 * An address may be whole, or relative to that of the request.
 * https://www.rfc-editor.org/rfc/rfc3986#section-4.1
 */
function readHref(href: unknown, types: readonly AtomicType[], requestUrl: URL): Place {
  const pointer = '/href';
  const path = typeof href === 'string' ? pathOf(href, requestUrl) : null;
  if (path === null) throw malformed('"href" must be an address.', pointer);
  for (const atomicType of types) {
    if (path === atomicType.path) return { atomicType, pointer };
    if (!path.startsWith(`${atomicType.path}/`)) continue;
    const segments = path.slice(atomicType.path.length + 1).split('/', 4);
    const [id = '', ...rest] = segments.map(decoded);
    if (rest.length === 0 && id !== '') return { atomicType, identity: { id }, pointer };
    const [first, name] = rest;
    if (first === 'relationships' && name !== undefined && rest.length === 2)
      throw relationshipRefusal(atomicType, name, pointer);
  }
  const paths = types.map((type) => type.path).join(' and ');
  const detail = `Operations reach nothing at this address; they reach ${paths}, and what is below.`;
  throw new JsonApiError(protocolProblem('not-found', detail, { source: { pointer } }));
}

/**
 * The path that an address of this server names, empty for another address; null when it is none.
 */
function pathOf(href: string, requestUrl: URL): string | null {
  if (href.length > MAX_ADDRESS) return '';
  if (PLAIN_PATH.test(href)) return href;
  const url = URL.parse(href, requestUrl.href);
  if (!url) return null;
  const isOurs = url.origin === requestUrl.origin && url.search === '' && url.hash === '';
  return isOurs ? url.pathname : '';
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw malformed('"href" must be validly percent-encoded.', '/href');
  }
}

/** @throws {JsonApiError} 409 when no type of this address has the name */
export function findType(types: readonly AtomicType[], name: string, pointer: string): AtomicType {
  const atomicType = types.find(({ resource }) => resource.type === name);
  if (atomicType) return atomicType;
  const names = types.map(({ resource }) => `"${resource.type}"`).join(' or ');
  throw typeConflict(`"type" must be ${names} at this address.`, pointer);
}

export function typeConflict(detail: string, pointer: string): JsonApiError {
  return new JsonApiError(protocolProblem('type-conflict', detail, { source: { pointer } }));
}

/** The `id` or else the `lid` of an object that must have one of them. */
export function identityOf(object: Json, pointer: string): Identity {
  const { id, lid } = object;
  const name = id === undefined || id === null ? 'lid' : 'id';
  const value = name === 'id' ? id : lid;
  if (value === undefined) throw malformed('It must have an "id" or a "lid".', pointer);
  if (typeof value !== 'string') throw malformed(`"${name}" must be text.`, `${pointer}/${name}`);
  return name === 'id' ? { id: value } : { lid: value };
}

/** No relationship can be written here. The error says whether there is one of this name. */
function relationshipRefusal(
  { resource: { type, relationships = {} } }: AtomicType,
  name: string,
  pointer: string,
): JsonApiError {
  if (Object.hasOwn(relationships, name)) return readOnlyRelationship(name, pointer);
  const detail = `The ${type} have no relationship of this name.`;
  return new JsonApiError(protocolProblem('not-found', detail, { source: { pointer } }));
}

/** The resources that the operations so far add. */
export interface Additions {
  /** @throws {JsonApiError} 400 when another one has this local id */
  add(index: number, type: string, data: { readonly id?: unknown; readonly lid?: unknown }): void;
  /** @throws {JsonApiError} 400 when the local id names nothing */
  resolve(type: string, identity: Identity, pointer: string): OperationTarget;
  /** Whether an operation before adds it. */
  isNew(type: string, target: OperationTarget): boolean;
}

export function openAdditions(): Additions {
  const byLid = new Map<string, OperationTarget>();
  const newIds = new Set<string>();
  // The name of a type has no line feed in it.
  const key = (type: string, id: string): string => `${type}\n${id}`;
  return {
    add(index, type, { id, lid }) {
      const hasId = typeof id === 'string';
      if (hasId) newIds.add(key(type, id));
      if (typeof lid !== 'string') return;
      if (byLid.has(key(type, lid)))
        throw malformed('An operation before this one has used this "lid".', '/data/lid');
      byLid.set(key(type, lid), hasId ? { id } : { addedBy: index });
    },
    resolve(type, identity, pointer) {
      if ('id' in identity) return identity;
      const target = byLid.get(key(type, identity.lid));
      if (target) return target;
      const detail = `No operation before this one adds one of the ${type} with this "lid".`;
      throw malformed(detail, `${pointer}/lid`);
    },
    isNew: (type, target) => 'addedBy' in target || newIds.has(key(type, target.id)),
  };
}
