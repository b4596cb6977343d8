import { defineProblems, JsonApiError, protocolProblem, unencapsulated } from '@anaquel/jsonapi';
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { clientOf } from './client-address.ts';
import { actingAs, type Caller, type OtherServiceKey, type Keyring, type Scope } from './keys.ts';
import { varyByCaller } from './private-answers.ts';
import { createTwofoldLimit, type RateLimit } from './rate-limit.ts';

/**
 * What a route asks of its caller: one scope, any of several, `public` (no key needed, a wrong one
 * is still refused) or `open` (keys are not looked at: health, docs).
 */
export type RouteScope = Scope | readonly Scope[] | 'public' | 'open';

declare module 'fastify' {
  interface FastifyInstance {
    /** What its keys are good for: https://www.rfc-editor.org/rfc/rfc9110#section-11.5 */
    keyRealm: string;
  }
  interface FastifyRequest {
    caller: Caller;
  }
  interface FastifyContextConfig {
    scope?: RouteScope;
    /** Whether the key may come as `Authorization: Bearer` too. */
    takesBearer?: boolean;
  }
}

export const authProblem = defineProblems({
  'key-required': { status: 401, title: 'An API key is required' },
  'key-unknown': { status: 401, title: 'The API key is unknown' },
  'scope-missing': { status: 403, title: 'The API key may not do this' },
});

/**
 * A hundred wrong keys a client, then one a second: a program with an old key is told so, a guess
 * needs far more.
 */
const WRONG_KEYS_EACH = { burst: 100, everyMs: 1_000 };
/** For guesses from many addresses. */
const WRONG_KEYS_IN_ALL = { burst: 1_000, everyMs: 10 };

const ACTOR_PATTERN = /^[!-~](?:[ -~]{0,198}[!-~])?$/;

/**
 * Finds out who asks before a body is read, and refuses who may not: 401 without a key where one is
 * needed and for a wrong key anywhere (429 when a client sent many), 403 for a key without the
 * scope. A right key is never refused for wrong ones that came from its address. Every route must
 * declare `config.scope`; one that does not fails at registration, so that no route is open by
 * oversight.
 */
export const authentication = unencapsulated(
  (app, { keyring, realm }: { keyring: Keyring; realm: string }) => {
    app.decorate('keyRealm', realm);
    // Replaced before any handler runs; the shared value only fixes the request's shape.
    app.decorateRequest('caller', null as unknown as Caller);
    app.addHook('onRoute', (route) => assertScopeDeclared(route, keyring.scopes));
    const wrongKeys = createTwofoldLimit(WRONG_KEYS_EACH, WRONG_KEYS_IN_ALL);
    const identify = rememberingConnections(keyring);
    app.addHook('onRequest', (request, reply, done) => {
      const refusal = admit(request, reply, { keyring, identify, wrongKeys });
      done(refusal);
    });
  },
);

function assertScopeDeclared(route: RouteOptions, scopes: readonly Scope[]): void {
  const scope = route.config?.scope;
  const parts = Array.isArray(scope) ? scope : [scope];
  const isOne = (part: unknown): boolean =>
    part === 'public' || part === 'open' || scopes.some((candidate) => candidate === part);
  if (parts.length === 0 || !parts.every(isOne))
    throw new Error(
      `Route ${String(route.method)} ${route.url} must declare config.scope: one or a list of ${scopes.join(', ')}, or 'public' or 'open'.`,
    );
}

type Identify = (key: string, connection: object) => Caller | undefined;

/**
 * Makes no digest of the key that a connection sent before. The key is compared with nothing but
 * what the same connection sent, so the time that it takes tells nobody of other keys.
 */
function rememberingConnections({ identify }: Keyring): Identify {
  const last = new WeakMap<object, { readonly key: string; readonly caller: Caller }>();
  return (key, connection) => {
    const known = last.get(connection);
    if (known?.key === key) return known.caller;
    const caller = identify(key);
    if (caller !== undefined) last.set(connection, { key, caller });
    return caller;
  };
}

interface Admission {
  readonly keyring: Keyring;
  readonly identify: Identify;
  readonly wrongKeys: RateLimit;
}

function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  { keyring, identify, wrongKeys }: Admission,
): JsonApiError | undefined {
  // A path that names no route has no config; whether the path exists is no secret, a wrong key is
  // told all the same.
  const scope = request.routeOptions.config.scope ?? 'public';
  request.caller = keyring.anonymous;
  if (scope === 'open') return undefined;

  const key = keyOf(request);
  varyByCaller(reply, { isPrivate: key !== undefined });
  if (key !== undefined) {
    const caller = identify(key, request.raw.socket);
    if (caller === undefined) {
      const owner = keyring.otherServiceOf(key);
      return wrongKeyRefusal(request, wrongKeys, owner);
    }
    request.caller = caller;
    const problem = believeActor(request, caller);
    if (problem) return problem;
  }
  return scope === 'public' ? undefined : scopeRefusal(request, scope);
}

function keyOf({ headers, routeOptions }: FastifyRequest): string | undefined {
  const key = headers['x-api-key'];
  if (key !== undefined) return String(key);
  if (routeOptions.config.takesBearer !== true) return undefined;
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
}

function wrongKeyRefusal(
  request: FastifyRequest,
  wrongKeys: RateLimit,
  owner: OtherServiceKey | undefined,
): JsonApiError {
  const client = clientOf(request.ip);
  const nowMs = performance.now();
  const waitMs = wrongKeys.waitMs(client, nowMs);
  if (waitMs > 0) return tooManyWrongKeys(request, waitMs);
  wrongKeys.take(client, nowMs);
  if (wrongKeys.waitMs(client, nowMs) > 0)
    request.log.warn({ reqId: request.id, client }, 'many wrong keys were tried');
  const whose = owner
    ? `The key in x-api-key is that of ${owner.service} (${owner.setting}). Send ${owner.rightSetting} or another key of this service`
    : 'The key in x-api-key is not known here; each service has keys of its own. Send a valid one';
  return unauthenticated(request, 'key-unknown', `${whose}, or none where none is needed.`);
}

/**
 * @throws {JsonApiError} 401 or 403 when the caller lacks a scope that not the address but what is
 * asked for there needs.
 */
export function assertScope(request: FastifyRequest, scope: Scope): void {
  const refusal = scopeRefusal(request, scope);
  if (refusal) throw refusal;
}

function scopeRefusal(
  request: FastifyRequest,
  scope: Scope | readonly Scope[],
): JsonApiError | undefined {
  if (holdsAny(request.caller, scope)) return undefined;
  if (keyOf(request) === undefined)
    return unauthenticated(
      request,
      'key-required',
      `Send a key with the scope ${scopeText(scope)} in the header x-api-key.`,
    );
  return new JsonApiError(
    authProblem(
      'scope-missing',
      `This key lacks the scope ${scopeText(scope)}. Ask for a key that has it.`,
      { source: { header: 'x-api-key' } },
    ),
  );
}

function holdsAny(caller: Caller, scope: Scope | readonly Scope[]): boolean {
  return typeof scope === 'string' ? caller.can(scope) : scope.some((one) => caller.can(one));
}

/** Only a service may say on whose behalf it asks; from anyone else the header means nothing. */
function believeActor(request: FastifyRequest, caller: Caller): JsonApiError | undefined {
  const actor = request.headers['x-actor'];
  if (actor === undefined || !caller.can('internal')) return undefined;
  if (typeof actor !== 'string' || !ACTOR_PATTERN.test(actor)) {
    return new JsonApiError(
      protocolProblem('invalid-parameter', 'x-actor must be 1 to 200 visible ASCII characters.', {
        source: { header: 'x-actor' },
      }),
    );
  }
  request.caller = actingAs(caller, actor);
  return undefined;
}

function tooManyWrongKeys(request: FastifyRequest, waitMs: number): JsonApiError {
  const detail =
    'Too many wrong keys came from your address. Send a valid one, or wait as long as Retry-After says.';
  return new JsonApiError(
    protocolProblem('too-many-requests', detail, { source: { header: 'x-api-key' } }),
    { ...challengeOf(request), 'retry-after': String(Math.ceil(waitMs / 1_000)) },
  );
}

function unauthenticated(
  request: FastifyRequest,
  code: 'key-required' | 'key-unknown',
  detail: string,
): JsonApiError {
  return new JsonApiError(
    authProblem(code, detail, { source: { header: 'x-api-key' } }),
    challengeOf(request),
  );
}

function challengeOf({ server }: FastifyRequest): Record<string, string> {
  return { 'www-authenticate': `ApiKey realm="${server.keyRealm}"` };
}

function scopeText(scope: Scope | readonly Scope[]): string {
  return typeof scope === 'string' ? scope : scope.join(' or ');
}
