import type { FastifyInstance } from 'fastify';
import type { Histogram } from 'prom-client';
import { createMetrics, DURATION_BUCKETS, type Metrics } from '../process/metrics.ts';

declare module 'fastify' {
  interface FastifyInstance {
    metrics: Metrics;
  }
}

/** Of routes there are few; what an address that has none is called may be anything. */
const NO_ROUTE = 'none';
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const OTHER_METHOD = 'other';

/** What one series of a histogram is told. */
type Child = ReturnType<Histogram['labels']>;

/**
 * Gives a server its figures, which count requests by method, route and status with how long they
 * took, and refusals by their reason. No label has more values than this project's code names:
 * nothing of an address, a key or a body is one.
 *
 * @param codes the reasons that are counted from zero on, so that the first refusal is an increase
 */
export function measureRequests(app: FastifyInstance, codes: readonly string[]): Metrics {
  const metrics = createMetrics();
  app.decorate('metrics', metrics);
  const durations = metrics.histogram({
    name: 'http_request_duration_seconds',
    help: 'From the headers of a request to its answer; of a live stream, to the stream’s begin.',
    labelNames: ['method', 'route', 'status'],
    buckets: DURATION_BUCKETS,
  });
  const refusals = metrics.counter({
    name: 'http_refusals_total',
    help: 'Answers with errors, by the code of the first one.',
    labelNames: ['code'],
  });
  for (const code of codes) refusals.inc({ code }, 0);
  /** To look a series up by its labels costs more than all else here. */
  const children = new Map<string, Map<string, Map<number, Child>>>();

  app.finishedRequests.listen(({ raw, route = NO_ROUTE, status, elapsedMs, code }) => {
    const { method = '' } = raw;
    const ofRoute = childOf(children, route, () => new Map());
    const known = METHODS.has(method) ? method : OTHER_METHOD;
    const ofMethod = childOf(ofRoute, known, () => new Map());
    childOf(ofMethod, status, () => durations.labels(known, route, String(status))).observe(
      elapsedMs / 1_000,
    );
    if (code !== undefined) refusals.inc({ code });
  });
  return metrics;
}

function childOf<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const existing = map.get(key);
  if (existing !== undefined) return existing;
  const made = make();
  map.set(key, made);
  return made;
}
