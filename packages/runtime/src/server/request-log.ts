import type { FastifyBaseLogger } from 'fastify';
import { createFailureLog } from '../process/failure-log.ts';
import type { LogLevel } from '../process/logging.ts';
import { traceIdOf } from './trace-requests.ts';
import type { FinishedRequest, FinishedRequests } from './finished-requests.ts';

export interface RequestLogOptions {
  readonly logLevel: LogLevel;
  /** Whether each request leaves a line. */
  readonly all: boolean;
}

/**
 * Successes leave no line unless all are asked for, so that logging does not bound the throughput;
 * an answer of 500 or more does. Of those with 503, which everybody gets in an outage, the first
 * does, and their number.
 */
export function logRequests(
  requests: FinishedRequests,
  log: FastifyBaseLogger,
  { logLevel, all }: RequestLogOptions,
): void {
  const noteRefusal = createFailureLog(log, 'requests are answered 503');
  const tellsAll = all || logLevel === 'debug' || logLevel === 'trace';
  const levelOfAll = all ? 'info' : 'debug';
  requests.listen((request) => {
    const { status, error } = request;
    if (status === 503) noteRefusal({ ...fieldsOf(request), err: error });
    if (status >= 500 && status !== 503)
      log.error({ ...fieldsOf(request), error: error?.message }, 'request failed');
    else if (tellsAll) log[levelOfAll](fieldsOf(request), 'request completed');
  });
}

/** The query is left out: it may say whom or what somebody looks for, or a key that got into it. */
function fieldsOf({ id, raw, status, elapsedMs }: FinishedRequest): object {
  const { method, url = '' } = raw;
  const [path] = url.split('?', 1);
  const traceId = traceIdOf(raw);
  const elapsed = Math.round(elapsedMs);
  return { reqId: id, traceId, method, path, statusCode: status, elapsedMs: elapsed };
}
