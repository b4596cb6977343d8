import type { Metrics } from '@anaquel/runtime';
import type { Upstream } from '../application/upstream.ts';
import type { Role } from '../domain/role.ts';

/** What only the gateway has. */
export interface GatewayMetrics {
  /** Counts a request by how its caller was known; what a key of its own may do is not known. */
  admitted(by: 'own-key' | 'token' | 'session', role: Role | 'unknown'): void;
}

export function createGatewayMetrics(
  metrics: Metrics,
  upstreams: readonly Upstream[],
): GatewayMetrics {
  const admissions = metrics.counter({
    name: 'gateway_admissions_total',
    help: 'Requests that may be forwarded, by what their callers are known by, and their roles.',
    labelNames: ['by', 'role'],
  });
  metrics.gauge({
    name: 'gateway_upstream_replicas',
    help: 'Replicas of a service, by whether they are used or left out because they fail.',
    labelNames: ['upstream', 'state'],
    collect() {
      for (const { target, replicaCounts } of upstreams) {
        const { usable, all } = replicaCounts();
        this.set({ upstream: target.name, state: 'usable' }, usable);
        this.set({ upstream: target.name, state: 'failing' }, all - usable);
      }
    },
  });
  return {
    admitted(by, role) {
      admissions.inc({ by, role });
    },
  };
}
