import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { pino } from 'pino';
import { createFailureLog } from './failure-log.ts';
import { standardOutput } from './output.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** When it came, by `performance.now()`. */
    beginMs: number;
  }
}

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export type LogLevel = (typeof logLevels)[number];

/**
 * JSON lines to standard output, none of which is waited for: pino's own stream tries again for
 * ever on a full disk, and does so in the only thread. Keys are cut out wherever a line carries
 * headers.
 */
export function createLog(
  service: string,
  /** By which the replicas of a service differ. */
  port: number | undefined,
  level: LogLevel,
  stream: { write(line: string): void } = standardOutput(),
): FastifyBaseLogger {
  const secret = ['["x-api-key"]', '.authorization', '.cookie'];
  const base = { service, ...(port !== undefined && { port }), pid: process.pid };
  const redact = ['headers', '*.headers', '*.*.headers'].flatMap((path) =>
    secret.map((name) => path + name),
  );
  return pino(
    { level, base, formatters: { level: (label) => ({ level: label }) }, redact },
    stream,
  );
}

/**
 * Successes leave no line, so that logging does not bound the throughput; an answer of 500 or more
 * does. Of those with 503, which everybody gets in an outage, the first does, and their number.
 */
export function logFailures(app: FastifyInstance, level: LogLevel): void {
  const errors = new WeakMap<FastifyRequest, Error>();
  const noteRefusal = createFailureLog(app.log, 'requests are answered 503');
  const tellsAll = level === 'debug' || level === 'trace';
  app.addHook('onError', (request, _reply, error, done) => {
    errors.set(request, error);
    done();
  });
  // A hook before the answer: one after it, or a log of Fastify's own, would have Fastify listen to
  // the end of each answer.
  app.decorateRequest('beginMs', 0);
  app.addHook('onRequest', (request, _reply, done) => {
    request.beginMs = performance.now();
    done();
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    const { statusCode } = reply;
    if (statusCode === 503) noteRefusal({ ...fieldsOf(reply), err: errors.get(request) });
    if (statusCode >= 500 && statusCode !== 503)
      app.log.error({ ...fieldsOf(reply), error: errors.get(request)?.message }, 'request failed');
    else if (tellsAll) app.log.debug(fieldsOf(reply), 'request completed');
    done(null, payload);
  });
}

function fieldsOf({ request, statusCode }: FastifyReply): object {
  const { id: reqId, method, url, beginMs } = request;
  return { reqId, method, url, statusCode, elapsedMs: Math.round(performance.now() - beginMs) };
}
