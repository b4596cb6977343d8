import {
  MEDIA_TYPE,
  mergeResponses,
  problemResponses,
  protocolProblem,
  protocolRefusals,
  underExtension,
} from '@anaquel/jsonapi';
import type { FastifyContextConfig } from 'fastify';
import { hostProblem } from './allowed-hosts.ts';
import { authProblem } from './auth.ts';
import { certificateProblem } from './client-certificates.ts';
import type { Keyring } from './keys.ts';

/** A route as it is registered. */
export interface DescribedRoute {
  readonly url: string;
  readonly method: string | readonly string[];
  readonly schema: RouteSchema | undefined;
  readonly config: FastifyContextConfig | undefined;
}

export interface RouteSchema {
  readonly hide?: boolean;
  readonly tags?: readonly string[];
  readonly consumes?: readonly string[];
  readonly body?: unknown;
  readonly querystring?: unknown;
  readonly headers?: { readonly properties?: object };
  readonly response?: Parameters<typeof mergeResponses>[0];
  readonly operationId?: string;
}

/** The name of the security scheme of keys. */
export const KEY_SCHEME = 'apiKey';

/**
 * What a route's schema says, with what follows from the route itself: its name, who may call it
 * and how it may refuse.
 */
export function describedOperation(
  route: DescribedRoute,
  { keyring, needsCertificate }: { keyring: Keyring; needsCertificate: boolean },
): object {
  const { schema, config } = route;
  const security = securityOf(config, keyring);
  return {
    ...schema,
    operationId: operationIdOf(route),
    consumes: schema?.consumes ?? [MEDIA_TYPE],
    security,
    response: mergeResponses(
      schema?.response ?? {},
      // Health is asked by machines, before anything else is looked at.
      config?.scope === 'open' ? {} : refusalsOf(route, security),
      needsCertificate ? problemResponses(certificateProblem, 'certificate-refused') : {},
    ),
  };
}

function refusalsOf(route: DescribedRoute, security: readonly object[]) {
  const { url, schema, config } = route;
  const isLocked = security.length > 0;
  const needsKey = security.every((one) => Object.keys(one).length > 0);
  const callers = isLocked
    ? problemResponses(
        authProblem,
        ...(needsKey ? (['key-required'] as const) : []),
        'key-unknown',
        'scope-missing',
      )
    : {};
  const protocol = protocolRefusals({
    method: String(route.method),
    url,
    speaksJsonApi: config?.speaksJsonApi === true,
    takesBody: schema?.body !== undefined,
    takesQuery: schema?.querystring !== undefined,
    takesIfMatch: 'if-match' in (schema?.headers?.properties ?? {}),
  });
  const general = problemResponses(protocolProblem, 'too-many-requests');
  const hosts = problemResponses(hostProblem, 'host-not-allowed');
  return underExtension(
    mergeResponses(callers, protocol, general, hosts),
    config?.jsonApiExtension,
  );
}

/**
 * Roles beside an API key scheme are allowed since 3.1:
 * https://spec.openapis.org/oas/v3.1.0#security-requirement-object
 */
function securityOf(
  config: FastifyContextConfig | undefined,
  keyring: Keyring,
): Record<string, string[]>[] {
  const scope = config?.scope;
  if (scope === undefined || scope === 'public' || scope === 'open') return [];
  const scopes = typeof scope === 'string' ? [scope] : scope;
  const withKey = scopes.map((one) => ({ [KEY_SCHEME]: [one] }));
  return scopes.some((one) => keyring.anonymous.can(one)) ? [{}, ...withKey] : withKey;
}

/**
 * A name that no other operation has, and that stays as long as the address does: `getProducts`,
 * `getProductsById`, `postStockOperations`. What is outside of the canonical API says so:
 * `getClassicProducts`.
 */
export function operationIdOf({ url, method, schema }: Omit<DescribedRoute, 'config'>): string {
  const [path = ''] = url.split('?', 1);
  const isClassic = schema?.tags?.includes('Classic') === true;
  const words = path
    .replace(/^\/api\/v1\//, isClassic ? '/v1/' : '/')
    .replace(/\/$/, '/plain')
    .split(/[/-]/)
    .filter((word) => word !== '')
    .map((word) => (word.startsWith(':') ? `by-${word.slice(1)}` : word));
  const parts = [...(isClassic ? ['classic'] : []), ...words].flatMap((word) => word.split('-'));
  const name = parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('');
  return String(method).toLowerCase() + name;
}
