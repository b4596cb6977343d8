import type { FastifyBaseLogger } from 'fastify';
import { createFailureLog } from '../process/failure-log.ts';
import type { LogLevel } from '../process/logging.ts';
import type { FinishedRequest, FinishedRequests } from './finished-requests.ts';

/**
 * Successes leave no line, so that logging does not bound the throughput; an answer of 500 or more
 * does. Of those with 503, which everybody gets in an outage, the first does, and their number.
 */
export function logFailures(
  requests: FinishedRequests,
  log: FastifyBaseLogger,
  level: LogLevel,
): void {
  const noteRefusal = createFailureLog(log, 'requests are answered 503');
  const tellsAll = level === 'debug' || level === 'trace';
  requests.listen((request) => {
    const { status, error } = request;
    if (status === 503) noteRefusal({ ...fieldsOf(request), err: error });
    if (status >= 500 && status !== 503)
      log.error({ ...fieldsOf(request), error: error?.message }, 'request failed');
    else if (tellsAll) log.debug(fieldsOf(request), 'request completed');
  });
}

function fieldsOf({ id, raw, status, elapsedMs }: FinishedRequest): object {
  const { method, url } = raw;
  return { reqId: id, method, url, statusCode: status, elapsedMs: Math.round(elapsedMs) };
}
