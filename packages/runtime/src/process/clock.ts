import os from 'node:os';
import type { FastifyBaseLogger } from 'fastify';

/**
 * The current instant. Passed in wherever time decides something, so that tests can hold it still.
 */
export type Clock = () => Date;

/** What a machine knows of time. */
export interface TimeSources {
  /**
   * The time of day in milliseconds since 1970, which people and other machines set back and
   * forward.
   */
  wallMs(): number;
  /**
   * Seconds since the machine was started, the time that it slept included; as coarse as a second
   * on some systems.
   */
  uptimeSeconds(): number;
  /** Milliseconds from any beginning, finely; it may stand still while the machine sleeps. */
  steadyMs(): number;
}

const MACHINE: TimeSources = {
  wallMs: () => Date.now(),
  uptimeSeconds: () => os.uptime(),
  steadyMs: () => performance.now(),
};

/** Asking for the uptime costs more than all the rest of a clock. */
const CHECK_EVERY_MS = 100;
/** What the coarseness of the uptime may make up. */
const COARSENESS_MS = 1_100;

/**
 * Milliseconds since it was made, sleep of the machine included; nobody can set it. After a sleep
 * it may go back by as much as the uptime is coarse.
 */
export function createStopwatch({
  uptimeSeconds,
  steadyMs,
}: Omit<TimeSources, 'wallMs'> = MACHINE): () => number {
  const beginUptimeMs = uptimeSeconds() * 1_000;
  let checkedAtMs = steadyMs();
  let uptimeAheadMs = beginUptimeMs - checkedAtMs;
  return () => {
    const nowMs = steadyMs();
    if (nowMs < checkedAtMs || nowMs - checkedAtMs >= CHECK_EVERY_MS) {
      const aheadMs = uptimeSeconds() * 1_000 - nowMs;
      if (Math.abs(aheadMs - uptimeAheadMs) > COARSENESS_MS) uptimeAheadMs = aheadMs;
      checkedAtMs = nowMs;
    }
    return nowMs + uptimeAheadMs - beginUptimeMs;
  };
}

/**
 * A clock that nobody can set. It begins with the machine's time, or with `notBefore` where that is
 * later, and from then on goes by the time that has passed, sleep of the machine included: an hour
 * by which somebody sets the machine's time back or forward changes nothing until the process is
 * started again. It never goes back (docs/decisions/0027).
 */
export function createClock({
  notBefore,
  sources = MACHINE,
}: {
  /** The last instant that is recorded: what comes now is later. */
  readonly notBefore?: Date | null;
  readonly sources?: TimeSources;
} = {}): Clock {
  const afterRecordedMs = notBefore ? notBefore.getTime() + 1 : 0;
  const beginMs = Math.max(sources.wallMs(), afterRecordedMs);
  const passedMs = createStopwatch(sources);
  let latestMs = beginMs;
  return () => {
    latestMs = Math.max(latestMs, beginMs + passedMs());
    return new Date(Math.floor(latestMs));
  };
}

const WATCH_EVERY_MS = 60_000;
const WORTH_TELLING_MS = 60_000;

const SET =
  'the clock differs from the time of this machine, which was set: it goes on by itself until the next start, and never back';

/**
 * Warns when the machine's time and the clock differ by more than a minute, at once and each time
 * that changes.
 */
export function watchClock(
  clock: Clock,
  log: Pick<FastifyBaseLogger, 'warn'>,
  warning: string = SET,
): { stop(): void } {
  let toldMs = 0;
  function look(): void {
    const aheadMs = clock().getTime() - Date.now();
    if (Math.abs(aheadMs - toldMs) <= WORTH_TELLING_MS) return;
    toldMs = aheadMs;
    log.warn({ aheadSeconds: Math.round(aheadMs / 1_000) }, warning);
  }
  look();
  const timer = setInterval(look, WATCH_EVERY_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
