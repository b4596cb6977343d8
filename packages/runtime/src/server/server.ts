import type { FastifyInstance } from 'fastify';
import { authentication } from './auth.ts';
import { createBareServer, type BareServerOptions } from './bare-server.ts';
import { measureCertificate } from '../process/certificate-figure.ts';
import type { Clock } from '../process/clock.ts';
import { allProblems, documentation, type ErrorCatalogue } from './documentation.ts';
import { health, type Readiness } from './health.ts';
import type { Keyring, Scope } from './keys.ts';
import { metricsRoute } from './metrics-route.ts';
import { addMetricsServer } from './metrics-server.ts';
import { measureRequests } from './request-metrics.ts';
import { traceRequests } from './trace-requests.ts';

export type { Readiness } from './health.ts';

export interface ServerOptions extends BareServerOptions {
  /** For the docs: `Anaquel Products`. */
  title: string;
  version: string;
  /** Markdown, the introduction of the docs. */
  description: string;
  keyring: Keyring;
  /** What the keys are good for, as a 401 names it. */
  realm: string;
  /** What answers are dated by; the machine's time when left out. */
  clock?: Clock;
  readiness: Readiness;
  /** What a key must have that asks for the figures; nobody may when it is left out. */
  metricsScope?: Scope;
  /** Where they are asked for without a key, and not by the service's own port. */
  metricsPort?: number | undefined;
  /** The groups of operations in the docs, in the order in which to show them. */
  tags: readonly { name: string; description: string }[];
  /**
   * The service's own problems for the docs' list of errors; those of the protocol and of keys are
   * added.
   */
  errorCatalogue?: ErrorCatalogue;
}

/**
 * A server that has everything but the routes of its service: JSON:API errors, CORS, security
 * headers, keys, health, figures, docs. Register routes on what it returns, then open it by
 * `openServers` or `ready`; every route declares `config.scope`.
 */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const app = await createBareServer(options);
  const { keyring, realm, readiness, clock, metricsPort, metricsScope } = options;
  const metrics = measureRequests(app, Object.keys(allProblems(options.errorCatalogue)));
  measureCertificate(metrics, options.tls?.identity ?? null);
  if (clock) dateAnswers(app, clock);
  // Before the keys: who reads the docs has none yet.
  await app.register(documentation, options);
  await app.register(authentication, { keyring, realm });
  traceRequests(app, { known: ({ caller }) => caller !== keyring.anonymous });
  await app.register(health, { readiness });
  if (metricsPort === undefined) {
    if (metricsScope !== undefined) metricsRoute(app, { metrics, scope: metricsScope });
  } else await addMetricsServer(app, options, (inner) => health(inner, { readiness }));
  return app;
}

/**
 * By the clock that its instants come from: a client sees by the difference how long what expires
 * still lasts.
 */
function dateAnswers(app: FastifyInstance, clock: Clock): void {
  let second = 0;
  let text = '';
  app.addHook('onSend', (_request, reply, _payload, done) => {
    const now = clock();
    const current = Math.floor(now.getTime() / 1_000);
    if (current !== second) {
      second = current;
      text = now.toUTCString();
    }
    reply.header('date', text);
    done();
  });
}
