import { resolve } from 'node:path';
import {
  addMetricsServer,
  allProblems,
  closeServers,
  createBareServer,
  createTwofoldLimit,
  createClock,
  measureCertificate,
  measureRequests,
  openServers,
  openTlsIdentity,
  replicaLog,
  traceRequests,
  warnOfWeakSettings,
} from '@anaquel/runtime';
import type { BareServerOptions, Clock, Metrics, TlsIdentity } from '@anaquel/runtime';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { realm } from '../../manifest.ts';
import packageJson from '../package.json' with { type: 'json' };
import { createPasswordCheck } from './adapters/hashed-password.ts';
import { createHttpUpstream } from './adapters/http-upstream.ts';
import { createSealedSessions } from './adapters/sealed-sessions.ts';
import { createSignIn } from './application/sign-in.ts';
import type { Tokens } from './application/tokens.ts';
import type { Config } from './config.ts';
import { createHoldLimit } from './domain/hold-limit.ts';
import { apiRoutes } from './http/api.ts';
import { describeGateway, docsRoutes } from './http/docs.ts';
import { createGatewayMetrics } from './http/gateway-metrics.ts';
import { healthRoutes } from './http/health.ts';
import { metricsRoutes } from './http/metrics.ts';
import type { Ports } from './http/ports.ts';
import { gatewayProblem } from './http/problems.ts';
import { sessionRoutes } from './http/session.ts';
import { webRoutes } from './http/web.ts';

/**
 * Sixty changes at once and then one a second: more than a person clicks, and little enough to fill
 * no ledger.
 */
const SHOPPER_CHANGES_EACH = { burst: 60, everyMs: 1_000 };
const SHOPPER_CHANGES_IN_ALL = { burst: 1_000, everyMs: 10 };

/** What tests put in the place of the world outside. */
export interface Overrides {
  readonly clock?: Clock;
  readonly logStream?: NonNullable<BareServerOptions['logStream']>;
  /** Where the built web app lies. */
  readonly webFolder?: string;
  readonly answerWithinMs?: number;
}

export interface GatewayService {
  readonly app: FastifyInstance;
  /** Resolves with the address once requests are answered. */
  listen(): Promise<string>;
  /** Answers what has begun, ends the live streams, lets go of the services. */
  close(): Promise<void>;
}

/** Puts the gateway together. The one file that knows every adapter. */
export async function createService(
  config: Config,
  overrides: Overrides = {},
): Promise<GatewayService> {
  const { clock = createClock(), logStream, answerWithinMs } = overrides;
  const { webFolder = resolve(import.meta.dirname, '../../../web/dist') } = overrides;
  const app = await createBareServer({
    ...config,
    name: 'gateway',
    corsHeaders: ['authorization'],
    ...(logStream && { logStream }),
  });
  const metrics = measureRequests(app, Object.keys(allProblems(gatewayProblem.entries)));
  const tls = openIdentity(config, app.log, metrics);
  // It knows no caller: the services judge keys.
  traceRequests(app, { known: () => false });
  const upstreams = config.targets.map(({ baseUrls, ...target }) =>
    createHttpUpstream({
      target,
      baseUrls,
      tls,
      onFailure: ({ baseUrl }, detail) =>
        app.log.warn({ target: target.name, replica: baseUrl, detail }, 'a service did not answer'),
      onChange: replicaLog(app.log, target.name),
      tracing: app.tracing,
      ...(answerWithinMs !== undefined && { answerWithinMs }),
    }),
  );
  const { keys, operatorPassword, storefront, corsOrigins } = config;
  warnOfWeakSettings(app.log, {
    keys: { STOREFRONT_API_KEY: keys.shopper, OPERATOR_API_KEY: keys.operator },
    settingWarnings: config.settingWarnings,
  });
  const ports: Ports = {
    upstreams,
    sessions: createSealedSessions({ operatorKey: keys.operator, operatorPassword }, clock),
    tokens: await openTokens(config, clock),
    signIn: createSignIn(createPasswordCheck(operatorPassword), clock),
    shopperLimit: createTwofoldLimit(SHOPPER_CHANGES_EACH, SHOPPER_CHANGES_IN_ALL),
    holdLimit: createHoldLimit(config.holdCaps),
    metrics: createGatewayMetrics(metrics, upstreams),
    clock,
    storefront,
    keys,
    corsOrigins,
  };
  const docs = describeGateway(app, { version: packageJson.version, upstreams });
  await app.register(async (instance) => apiRoutes(instance, ports));
  await app.register(async (instance) => sessionRoutes(instance, ports));
  await app.register(async (instance) => healthRoutes(instance, ports));
  if (config.metricsPort === undefined)
    await app.register((instance) =>
      metricsRoutes(instance, { metrics, operatorKey: keys.operator, realm }),
    );
  else
    await addMetricsServer(app, { ...config, name: 'gateway' }, (inner) =>
      healthRoutes(inner, ports),
    );
  await app.register((instance) => docsRoutes(instance, { upstreams, docs }));
  await app.register((instance) => webRoutes(instance, { folder: webFolder }));

  return {
    app,
    listen: () => openServers(app, config),
    async close() {
      await closeServers(app);
      await Promise.all(upstreams.map((upstream) => upstream.close()));
      tls?.stop();
    },
  };
}

/** What reads tokens is loaded by a gateway that takes some. */
async function openTokens({ tokens }: Config, clock: Clock): Promise<Tokens | null> {
  if (tokens === null) return null;
  const { createJoseTokens } = await import('./adapters/jose-tokens.ts');
  return createJoseTokens(tokens, clock);
}

/** What it shows the services of itself; null where they ask for nothing. */
function openIdentity(
  { tlsSettings }: Config,
  log: FastifyBaseLogger,
  metrics: Metrics,
): TlsIdentity | null {
  const identity = tlsSettings === null ? null : openTlsIdentity(tlsSettings);
  identity?.watch(log);
  measureCertificate(metrics, identity);
  return identity;
}
