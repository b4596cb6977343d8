import type { FastifyInstance } from 'fastify';
import { METRICS_TYPE, type Metrics } from '../process/metrics.ts';
import type { RouteScope } from './auth.ts';

interface MetricsRouteOptions {
  readonly metrics: Metrics;
  /** What a key must have. Where keys are not looked at it means nothing. */
  readonly scope: RouteScope;
}

/** `/metrics`: the figures of the process as they are now, which nobody may keep. */
export function metricsRoute(app: FastifyInstance, { metrics, scope }: MetricsRouteOptions): void {
  app.get(
    '/metrics',
    // Prometheus can send a key in no other header than Authorization.
    { schema: { hide: true }, config: { scope, takesBearer: true } },
    async (_request, reply) =>
      reply
        .header('cache-control', 'no-store')
        .type(METRICS_TYPE)
        .send(await metrics.text()),
  );
}
