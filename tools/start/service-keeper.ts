import { setTimeout as delay } from 'node:timers/promises';
import { hangs, type HealthChecks } from './health-watch.ts';
import {
  startService,
  type End,
  type Outputs,
  type RunningService,
  type ServiceProcess,
} from './service-process.ts';

export interface KeeperLimits {
  /** The wait after a first death before readiness; it doubles with each one in a row. */
  firstRetryMs: number;
  longestRetryMs: number;
  /** So many deaths in a row of a service that was never ready are the last. */
  deathsInARow: number;
  /** A service that isn't ready by then is killed, which counts as a death before readiness. */
  readyWithinMs: number;
  /** When a service that was ready is taken to hang, and is replaced. */
  healthChecks: HealthChecks;
}

interface Options {
  limits: KeeperLimits;
  outputs: Outputs;
  /** Lines for the person at the terminal. */
  say: (line: string) => void;
  /** Once it is aborted, a service that ends is not started again. */
  stopSignal: AbortSignal;
  onReady: () => void;
  onEnd: () => void;
  /** Told that the service is not tried again, and why unless it has said so itself. */
  onGiveUp: (reason: string | null) => void;
}

export interface ServiceKeeper {
  firstReady: Promise<void>;
  /** Resolves when the service has ended and is not started again. */
  done: Promise<void>;
  /** Ends the service, or its wait for the next try, so that it is started again at once. */
  restart(stopWithinMs: number): void;
  /** Ends the process there is; what follows is for the `stopSignal` to say. */
  stop(withinMs: number): Promise<void>;
}

/**
 * Keeps one service running as a process of its own. One that dies after it was ready is restarted
 * at once, without limit, and so is one that hangs. One that dies before waits longer and longer.
 * In its first start too many such deaths in a row, or its own word that it can't run like this,
 * are the end.
 */
export function keepRunning(service: ServiceProcess, options: Options): ServiceKeeper {
  const { limits, say, stopSignal } = options;
  const firstReady = Promise.withResolvers<void>();
  let running: RunningService | null = null;
  let wait: AbortController | null = null;

  async function keep(): Promise<void> {
    let everReady = false;
    let deathsInARow = 0;
    while (!stopSignal.aborted) {
      const { wasReady, how, refused } = await runOnce();
      everReady ||= wasReady;
      if (stopSignal.aborted) return;
      if (wasReady) {
        deathsInARow = 0;
        say(`${service.name} ${how}: restarting it.`);
        continue;
      }
      deathsInARow += 1;
      // It has said why, on its error output.
      if (refused && !everReady) return options.onGiveUp(null);
      const death = `${service.name} ${how} before it was ready`;
      // What worked before may work again, as when a disk has room again.
      const isPatient = everReady || limits.deathsInARow === Infinity;
      if (!isPatient && deathsInARow >= limits.deathsInARow)
        return options.onGiveUp(`${death}, ${deathsInARow} times in a row: giving up.`);
      const waitMs = Math.min(limits.longestRetryMs, limits.firstRetryMs * 2 ** (deathsInARow - 1));
      if (!isPatient) say(`${death}: trying again in ${waitMs} ms.`);
      else if (deathsInARow === 1)
        say(`${death}: it is tried again, every ${limits.longestRetryMs / 1_000} s in the end.`);
      await pause(waitMs);
    }
  }

  /** One process, from its start to its end. */
  async function runOnce(): Promise<End & { wasReady: boolean }> {
    const life = startService(service, options.outputs, limits.readyWithinMs);
    running = life;
    const wasReady = await life.ready;
    if (wasReady) {
      firstReady.resolve();
      options.onReady();
      void replaceWhenItHangs(service, life, options);
    }
    const end = await life.ended;
    running = null;
    options.onEnd();
    return { wasReady, ...end };
  }

  async function pause(milliseconds: number): Promise<void> {
    wait = new AbortController();
    const signal = AbortSignal.any([wait.signal, stopSignal]);
    await delay(milliseconds, undefined, { signal }).catch(() => {});
    wait = null;
  }

  return {
    firstReady: firstReady.promise,
    done: keep(),
    restart(stopWithinMs) {
      void running?.stop(stopWithinMs);
      wait?.abort();
    },
    stop: async (withinMs) => running?.stop(withinMs),
  };
}

async function replaceWhenItHangs(
  { name, liveUrl }: ServiceProcess,
  { endSignal, kill }: RunningService,
  { limits: { healthChecks }, say, stopSignal }: Options,
): Promise<void> {
  if (liveUrl === null || !(await hangs(liveUrl, healthChecks, endSignal))) return;
  if (stopSignal.aborted) return;
  say(`${name} hangs: it failed ${healthChecks.failures} health checks in a row.`);
  kill();
}
