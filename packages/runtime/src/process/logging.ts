import type { FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import { createFailureLog } from './failure-log.ts';
import { standardOutput } from './output.ts';

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export type LogLevel = (typeof logLevels)[number];

/**
 * JSON lines to standard output, none of which is waited for: pino's own stream tries again for
 * ever on a full disk, and does so in the only thread. Keys are cut out wherever a line carries
 * headers.
 */
export function loggerOptions(
  service: string,
  /** By which the replicas of a service differ. */
  port: number | undefined,
  level: LogLevel,
  stream: { write(line: string): void } = standardOutput(),
): NonNullable<FastifyServerOptions['logger']> {
  const secret = ['["x-api-key"]', '.authorization', '.cookie'];
  return {
    level,
    base: { service, ...(port !== undefined && { port }), pid: process.pid },
    formatters: { level: (label) => ({ level: label }) },
    redact: ['headers', '*.headers', '*.*.headers'].flatMap((path) =>
      secret.map((name) => path + name),
    ),
    stream,
  };
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
  app.addHook('onResponse', (request, reply, done) => {
    const { statusCode } = reply;
    if (statusCode === 503) noteRefusal({ ...fieldsOf(reply), err: errors.get(request) });
    else if (statusCode >= 500)
      app.log.error({ ...fieldsOf(reply), error: errors.get(request)?.message }, 'request failed');
    else if (tellsAll) app.log.debug(fieldsOf(reply), 'request completed');
    done();
  });
}

function fieldsOf({ request, statusCode, elapsedTime }: FastifyReply): object {
  const { id: reqId, method, url } = request;
  return { reqId, method, url, statusCode, elapsedMs: Math.round(elapsedTime) };
}
