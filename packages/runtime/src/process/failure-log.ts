import type { FastifyBaseLogger } from 'fastify';

/** Notes a failure; the details are those of the log line. */
export type NoteFailure = (details: object) => void;

/** A series is over when nothing failed for so long: longer than anything waits to try again. */
const QUIET_MS = 10_000;

/**
 * Logs failures of one kind that come in series, such as all requests of an outage: the first with
 * its details, and the end of the series with how many there were. Those in between would only hide
 * what else is said.
 */
export function createFailureLog(
  log: Pick<FastifyBaseLogger, 'warn'>,
  message: string,
): NoteFailure {
  let times = 0;
  let begunAtMs = 0;
  let lastAtMs = 0;
  let timer: NodeJS.Timeout | undefined;

  function end(): void {
    const seconds = Math.round((lastAtMs - begunAtMs) / 1_000);
    if (times > 1) log.warn({ times, seconds }, `over: ${message}`);
    times = 0;
    timer = undefined;
  }

  return (details) => {
    times += 1;
    lastAtMs = performance.now();
    if (timer) return void timer.refresh();
    begunAtMs = lastAtMs;
    log.warn(details, message);
    timer = setTimeout(end, QUIET_MS).unref();
  };
}
