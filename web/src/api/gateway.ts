import type { Client, Options } from './client.ts';
import { isJson, reader, type UnknownValue } from './documents.ts';
import type { Result } from './errors.ts';

export type Role = 'shopper' | 'operator';

export interface Session {
  readonly role: Role;
  /** Whether one may buy without signing in. */
  readonly storefront: 'open' | 'closed';
}

function toSession(document: unknown): Session {
  const read = reader(isJson(document) ? document : {});
  return {
    role: read.oneOf('role', ['shopper', 'operator']),
    storefront: read.oneOf('storefront', ['open', 'closed']),
  };
}

export interface ServiceHealth {
  readonly name: string;
  readonly status: string;
  readonly latencyMs: number | null;
}

export const healthStatuses = ['ok', 'degraded', 'failed'] as const;
export type HealthStatus = (typeof healthStatuses)[number];

export interface Health {
  readonly status: HealthStatus | UnknownValue;
  readonly services: readonly ServiceHealth[];
}

function toHealth(document: unknown): Health {
  const status = reader(isJson(document) ? document : {}).openOneOf('status', healthStatuses);
  const services = isJson(document) && isJson(document['services']) ? document['services'] : {};
  return {
    status,
    services: Object.entries(services).map(([name, service]) => {
      const read = reader(isJson(service) ? service : {});
      return { name, status: read.text('status'), latencyMs: read.numberOrNull('latencyMs') };
    }),
  };
}

const PLAIN = { mediaType: 'application/json', isHarmless: true } as const;

/** What the gateway itself is asked, in plain JSON. */
export function gatewayCalls({ ask }: Client) {
  return {
    session: ({ signal }: Options = {}): Promise<Result<Session>> =>
      ask({ ...PLAIN, path: '/session', signal }, ({ document }) => toSession(document)),
    signIn: (password: string): Promise<Result<Session>> =>
      ask({ ...PLAIN, method: 'POST', path: '/session', body: { password } }, ({ document }) =>
        toSession(document),
      ),
    signOut: (): Promise<Result<null>> =>
      ask({ ...PLAIN, method: 'DELETE', path: '/session' }, () => null),
    health: ({ signal }: Options = {}): Promise<Result<Health>> =>
      ask({ ...PLAIN, path: '/health', signal }, ({ document }) => toHealth(document)),
  };
}
