import { hash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { isObject } from '@anaquel/jsonapi';
import { StartupError } from '../process/startup-error.ts';

/**
 * The scopes that the services of a project declare, by their names. It is empty here: the project
 * adds its own by declaration merging, so that a scope which none declares does not compile.
 */
export interface ScopeRegistry {}

export type Scope = keyof ScopeRegistry;

/** Who asks. */
export interface Caller {
  /** The key's name, or `anonymous`. */
  readonly name: string;
  /** The *who* of a movement: a believed `x-actor`, else the key's name. */
  readonly actor: string;
  /**
   * Whose idempotency keys these are: the key's name plus a believed `x-actor`. No two callers
   * share one.
   */
  readonly id: string;
  can(scope: Scope): boolean;
}

export interface Keyring {
  /** What the routes of the service may ask for. */
  readonly scopes: readonly Scope[];
  readonly anonymous: Caller;
  /**
   * The owner of a key, or nothing when no key is like it. How long it takes says nothing about the
   * keys that there are.
   */
  identify(key: string): Caller | undefined;
  /** Whose key it is instead, when it is known to be another service's. */
  otherServiceOf(key: string): OtherServiceKey | undefined;
}

/** A key of another service, which this one has because it asks there. */
export interface OtherServiceKey {
  /** As people call the service: `Products`. */
  readonly service: string;
  /** The setting that holds it. */
  readonly setting: string;
  /** The one that holds this service's. */
  readonly rightSetting: string;
}

export interface KeyringOptions {
  /** What the routes of the service may ask for. */
  scopes: readonly Scope[];
  /** What keys may have besides: one keys file may serve other services as well. */
  otherScopes?: readonly Scope[];
  /** The service's own key, which may do everything. */
  master: { name: string; key: string };
  /** Keys that clients may mix up with this service's. */
  otherServiceKeys?: readonly (OtherServiceKey & { readonly key: string })[];
  /** A JSON file `{"keys":[{"name","scopes":[…],"sha256"}]}`, at most 1 MiB and 1,000 keys. */
  keysFile?: string | undefined;
  /** What a caller without a key may do. */
  anonymousScopes: readonly Scope[];
}

interface Entry {
  /** Of the key: SHA-256, in hexadecimal. */
  digest: string;
  caller: Caller;
}

const MAX_FILE_BYTES = 1_048_576;
const MAX_KEYS = 1_000;
const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/**
 * Keeps SHA-256 digests, never keys. A key is found by its digest, which nobody can steer: what the
 * time of a lookup may tell of a digest leads to no key.
 *
 * @throws StartupError when the keys file can't be read or has a mistake; each mistake is a line
 * that names its place.
 */
export function createKeyring(options: KeyringOptions): Keyring {
  const { master, scopes, otherScopes = [], keysFile, anonymousScopes } = options;
  const otherServiceKeys = new Map(
    (options.otherServiceKeys ?? []).map(({ key, ...owner }) => [digestOf(key), owner]),
  );
  const entries: Entry[] = [
    { digest: digestOf(master.key), caller: createCaller(master.name, scopes) },
  ];
  if (keysFile !== undefined && keysFile !== '') {
    const grantable = [...new Set([...scopes, ...otherScopes])];
    entries.push(...readKeysFile(keysFile, entries, grantable));
  }

  const callers = new Map(entries.map(({ digest, caller }) => [digest, caller]));

  return {
    scopes,
    anonymous: createCaller('anonymous', anonymousScopes),
    identify: (key) => callers.get(digestOf(key)),
    otherServiceOf: (key) => otherServiceKeys.get(digestOf(key)),
  };
}

/**
 * The same caller on behalf of someone else, as a trusted service names them. Names have no slash,
 * so ids stay distinct.
 */
export function actingAs(caller: Caller, actor: string): Caller {
  return { ...caller, actor, id: `${caller.name}/${actor}` };
}

function createCaller(name: string, scopes: Iterable<Scope>): Caller {
  const granted: ReadonlySet<Scope> = new Set(scopes);
  return { name, actor: name, id: name, can: (scope) => granted.has(scope) };
}

function digestOf(key: string): string {
  return hash('sha256', key, 'hex');
}

function readKeysFile(
  path: string,
  others: readonly Entry[],
  grantable: readonly Scope[],
): Entry[] {
  const document = parseFile(path);
  const list = isObject(document) ? document['keys'] : undefined;
  if (!Array.isArray(list))
    throw new StartupError(
      `KEYS_FILE ${path} must hold {"keys": [{"name": …, "scopes": […], "sha256": …}]}.`,
    );
  if (list.length > MAX_KEYS)
    throw new StartupError(
      `KEYS_FILE ${path} holds ${list.length} keys; at most ${MAX_KEYS} are read.`,
    );

  const problems: string[] = [];
  const entries: Entry[] = [];
  for (const [index, item] of list.entries()) {
    const addProblem = (text: string): void =>
      void problems.push(`KEYS_FILE ${path}: keys[${index}]${text}`);
    const entry = parseEntry(item, grantable, addProblem);
    if (entry === undefined) continue;
    const earlier = [...others, ...entries];
    if (earlier.some(({ caller }) => caller.name === entry.caller.name))
      addProblem(`.name "${entry.caller.name}" is taken; each key needs its own.`);
    if (earlier.some(({ digest }) => digest === entry.digest))
      addProblem('.sha256 is the digest of another key; each key needs its own.');
    entries.push(entry);
  }
  if (problems.length > 0) throw new StartupError(problems.join('\n'));
  return entries;
}

function parseFile(path: string): unknown {
  try {
    if (statSync(path).size > MAX_FILE_BYTES) throw new Error('it is larger than 1 MiB');
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    // A syntax error's own text quotes the file, which is not for the log.
    const why =
      error instanceof SyntaxError
        ? 'it is not valid JSON'
        : error instanceof Error
          ? error.message
          : String(error);
    throw new StartupError(`KEYS_FILE ${path} can't be used: ${why}.`, { cause: error });
  }
}

function parseEntry(
  item: unknown,
  grantable: readonly Scope[],
  addProblem: (text: string) => void,
): Entry | undefined {
  if (!isObject(item)) {
    addProblem(' must be an object with name, scopes and sha256.');
    return undefined;
  }
  const { name, scopes, sha256 } = item;
  const hasName = typeof name === 'string' && NAME_PATTERN.test(name) && name !== 'anonymous';
  if (!hasName)
    addProblem(
      '.name must be 1 to 64 letters, digits, dots, dashes or underscores, and not "anonymous".',
    );
  const list: unknown[] = Array.isArray(scopes) ? scopes : [undefined];
  const granted = grantable.filter((scope) => list.includes(scope));
  if (list.some((scope) => !grantable.some((candidate) => candidate === scope)))
    addProblem(`.scopes must be a list out of ${grantable.join(', ')}.`);
  const hasDigest = typeof sha256 === 'string' && /^[0-9a-f]{64}$/i.test(sha256);
  if (!hasDigest)
    addProblem(
      '.sha256 must be the SHA-256 digest of the key as 64 hexadecimal digits, as `printf %s KEY | sha256sum` prints it.',
    );
  return hasName && hasDigest
    ? { digest: sha256.toLowerCase(), caller: createCaller(name, granted) }
    : undefined;
}
