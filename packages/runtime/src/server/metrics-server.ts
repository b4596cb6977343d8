import type { FastifyInstance } from 'fastify';
import { StartupError } from '../process/startup-error.ts';
import { createBareServer, type BareServerOptions } from './bare-server.ts';
import { metricsRoute } from './metrics-route.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** What answers on METRICS_PORT, once there is one. */
    metricsServer: FastifyInstance | null;
  }
}

/**
 * Gives `app` a second server, which tells its figures and its health to whoever reaches
 * METRICS_PORT: plainly, without a key, and nothing else.
 */
export async function addMetricsServer(
  app: FastifyInstance,
  options: BareServerOptions,
  health: (inner: FastifyInstance) => void | Promise<void>,
): Promise<void> {
  const plain = { tls: null, corsOrigins: [], trustProxy: false };
  const inner = await createBareServer({ ...options, ...plain });
  metricsRoute(inner, { metrics: app.metrics, scope: 'open' });
  await health(inner);
  app.metricsServer = inner;
}

/** Where a service listens. */
interface Addresses {
  readonly host: string;
  readonly port: number;
  readonly metricsHost: string;
  readonly metricsPort?: number | undefined;
}

/**
 * Resolves with the address of `app`, once that and its METRICS_PORT are listened on.
 * @throws StartupError when METRICS_PORT can't be.
 */
export async function openServers(
  app: FastifyInstance,
  { host, port, metricsHost, metricsPort = 0 }: Addresses,
): Promise<string> {
  const address = await app.listen({ host, port });
  // Afterwards: it says that the service is ready.
  await app.metricsServer?.listen({ host: metricsHost, port: metricsPort }).catch((error) => {
    const code = String((error as NodeJS.ErrnoException).code);
    const advice =
      code === 'EADDRINUSE'
        ? 'another program listens there. Stop it, or set METRICS_PORT to a free one'
        : 'set METRICS_HOST to an address of this machine, and METRICS_PORT to one above 1023';
    throw new StartupError(
      `METRICS_PORT ${metricsPort} of ${metricsHost} can't be used (${code}): ${advice}.`,
      { cause: error },
    );
  });
  return address;
}

/**
 * Answers what has begun, then sends what is left of its traces. The figures can be asked for until
 * everything else is answered.
 */
export async function closeServers(app: FastifyInstance): Promise<void> {
  await app.close();
  await app.metricsServer?.close();
  await app.tracing?.close();
}
