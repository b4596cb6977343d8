import { authentication, createKeyring, metricsRoute, type Metrics } from '@anaquel/runtime';
import type { FastifyInstance } from 'fastify';

interface MetricsRoutesOptions {
  readonly metrics: Metrics;
  readonly operatorKey: string;
  readonly realm: string;
}

/** `/metrics` of the gateway itself, for who has the operator's key. */
export async function metricsRoutes(
  app: FastifyInstance,
  { metrics, operatorKey, realm }: MetricsRoutesOptions,
): Promise<void> {
  const keyring = createKeyring({
    master: { name: 'operator', key: operatorKey },
    scopes: ['admin'],
    anonymousScopes: [],
  });
  await app.register(authentication, { keyring, realm });
  metricsRoute(app, { metrics, scope: 'admin' });
}
