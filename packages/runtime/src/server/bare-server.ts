import cors from '@fastify/cors';
import { jsonApiErrors, REQUEST_ID_HEADER, serverOptions } from '@anaquel/jsonapi';
import Fastify, { LogController, type FastifyInstance } from 'fastify';
import { checkHosts, type AllowedHosts } from './allowed-hosts.ts';
import { checkCertificates, tlsServerOptions, type ServerTls } from './client-certificates.ts';
import { drainOnClose } from './drain.ts';
import { tellFinishedRequests } from './finished-requests.ts';
import { createLog, type LogLevel } from '../process/logging.ts';
import { logRequests } from './request-log.ts';
import { securityHeaders } from './security-headers.ts';
import { openTracing } from '../process/open-tracing.ts';
import type { TracingSettings } from '../process/tracing.ts';
import { trustFunction, type TrustedProxies } from './trusted-proxies.ts';

/** What any server of ours needs, whether it has keys and an API of its own or not. */
export interface BareServerOptions {
  /** Short, for the log: `products`. */
  name: string;
  /** For the log, too: where it will listen. */
  port?: number;
  logLevel: LogLevel;
  /** Whether each request leaves a line, and not only those that fail. */
  logsRequests?: boolean;
  /** Where traces are sent; nowhere when left out. */
  tracing?: TracingSettings | null;
  /** Beside `localhost` and IP addresses. */
  allowedHosts?: AllowedHosts;
  /** Exact origins, or `*` alone for every one. Empty: no CORS headers at all. */
  corsOrigins: readonly string[];
  /** Headers that pages of those origins may send besides the usual ones. */
  corsHeaders?: readonly string[];
  /**
   * Which proxies' `x-forwarded-*` headers are believed:
   * https://fastify.dev/docs/latest/Reference/Server/#trustproxy
   */
  trustProxy: TrustedProxies;
  /** Null or left out for plain HTTP. */
  tls?: ServerTls | null;
  /** Where log lines go; stdout when left out. */
  logStream?: { write(line: string): void };
}

/** Fastify's ten seconds are too few where the files of a start come from a cold, busy disk. */
const PLUGIN_TIMEOUT_MS = 60_000;

/**
 * A server with JSON:API errors, CORS, security headers, limits and an end that waits for answers;
 * the rest is its owner's.
 */
export async function createBareServer(options: BareServerOptions): Promise<FastifyInstance> {
  const {
    name,
    port,
    logLevel,
    logsRequests = false,
    tracing = null,
    logStream,
    trustProxy,
    corsOrigins,
    corsHeaders = [],
    allowedHosts = [],
    tls = null,
  } = options;
  const server = serverOptions();
  const log = createLog(name, port, logLevel, logStream);
  // Node would refuse a request without it, with no word of what is missing.
  const http = { ...server.http, requireHostHeader: false };
  const app: FastifyInstance = Fastify({
    ...server,
    ...(tls === null ? { http } : { https: { ...http, ...tlsServerOptions(tls) } }),
    // Fastify makes a logger for each request, which costs more than all else here. Instead all
    // have one, and their lines name them by `reqId`.
    logger: false,
    childLoggerFactory: () => log,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle',
    pluginTimeout: PLUGIN_TIMEOUT_MS,
    trustProxy: trustFunction(trustProxy),
  });
  app.log = log;
  app.decorate('tracing', await openTracing(tracing, { name, log }));
  app.decorate('metricsServer', null);
  drainOnClose(app);
  logRequests(tellFinishedRequests(app), log, { logLevel, all: logsRequests });
  securityHeaders(app);
  if (tls !== null) checkCertificates(app, tls);
  checkHosts(app, allowedHosts);
  if (corsOrigins.length > 0) await allowOrigins(app, corsOrigins, corsHeaders);
  await app.register(jsonApiErrors);
  return app;
}

/**
 * Headers of an answer's origin are set before keys are looked at, so that a browser may read a 401
 * too.
 */
async function allowOrigins(
  app: FastifyInstance,
  origins: readonly string[],
  headers: readonly string[],
): Promise<void> {
  app.addHook('onRequest', (request, reply, done) => {
    // The plugin takes every OPTIONS for a preflight; without these two headers it is one for a
    // route that doesn't exist.
    const { origin, 'access-control-request-method': method } = request.headers;
    if (request.method === 'OPTIONS' && (origin === undefined || method === undefined))
      reply.callNotFound();
    else done();
  });
  await app.register(cors, {
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [
      'x-api-key',
      'content-type',
      'idempotency-key',
      'if-match',
      'if-none-match',
      'last-event-id',
      REQUEST_ID_HEADER,
      ...headers,
    ],
    exposedHeaders: ['ETag', 'Location', 'Retry-After', 'Idempotency-Replayed', 'X-Request-Id'],
    maxAge: 86_400,
  });
}
