import { setTimeout as delay } from 'node:timers/promises';
import { createStartupErrors } from './startup-errors.ts';
import { hangs } from './health-watch.ts';
import type { HealthChecks } from './health-watch.ts';
import { startService } from './service-process.ts';
import type { Outputs, RunningService, ServiceProcess } from './service-process.ts';

interface Options {
  services: readonly ServiceProcess[];
  /** Lines for the person at the terminal. */
  say: (line: string) => void;
  outputs: Outputs;
  limits?: Partial<Limits>;
}

interface Limits {
  /** The wait after a first death before readiness; it doubles with each one in a row. */
  firstRetryMs: number;
  longestRetryMs: number;
  /** So many deaths in a row of a service that was never ready end everything. */
  deathsInARow: number;
  /** A service that isn't ready by then is killed, which counts as a death before readiness. */
  readyWithinMs: number;
  /** What still runs so long after all were asked to stop is killed. */
  stopWithinMs: number;
  /** When a service that was ready is taken to hang, and is replaced. */
  healthChecks: HealthChecks;
}

export interface Supervisor {
  /** True when every service has been ready once; false when all ended before. */
  started: Promise<boolean>;
  /**
   * Resolves when nothing runs any more: true after stop(), false when a service failed for good.
   */
  ended: Promise<boolean>;
  /**
   * Ends a service, which is then started again like one that died. One that waits to be tried
   * again is tried at once.
   */
  restart(service: ServiceProcess | undefined): void;
  /** Stops all services, the last one first. Further calls do nothing. */
  stop(): void;
}

const DEFAULTS: Limits = {
  firstRetryMs: 100,
  longestRetryMs: 5_000,
  deathsInARow: 5,
  readyWithinMs: 60_000,
  stopWithinMs: 12_000,
  healthChecks: { everyMs: 5_000, failures: 6 },
};

/**
 * Keeps services running, each as a process of its own. One that dies after it was ready is
 * restarted at once, without limit, and so is one that hangs. One that dies before waits longer and
 * longer. In its first start too many such deaths in a row, or its own word that it can't run like
 * this, end everything.
 */
export function superviseServices(options: Options): Supervisor {
  const { services, say, outputs } = options;
  const limits = { ...DEFAULTS, ...options.limits };
  const running = new Map<ServiceProcess, RunningService>();
  const up = new Set<ServiceProcess>();
  const waits = new Map<ServiceProcess, AbortController>();
  const stopping = new AbortController();
  const startupErrors = createStartupErrors(outputs.stderr, () => up.size === services.length);
  const outputsOfServices = { stdout: outputs.stdout, stderr: startupErrors };
  let failed = false;

  const keepers = services.map((service) => {
    const firstReady = Promise.withResolvers<void>();
    return { firstReady: firstReady.promise, done: keepRunning(service, firstReady.resolve) };
  });
  const ended = Promise.all(keepers.map(({ done }) => done)).then(() => !failed);
  const allReady = Promise.all(keepers.map(({ firstReady }) => firstReady)).then(() => true);
  return { started: Promise.race([allReady, ended.then(() => false)]), ended, restart, stop };

  async function keepRunning(service: ServiceProcess, onReady: () => void): Promise<void> {
    let everReady = false;
    let deathsInARow = 0;
    while (!stopping.signal.aborted) {
      const life = startService(service, outputsOfServices, limits.readyWithinMs);
      running.set(service, life);
      const wasReady = await life.ready;
      if (wasReady) {
        onReady();
        up.add(service);
        if (up.size === services.length) startupErrors.clear();
        void replaceWhenItHangs(service, life);
      }
      everReady ||= wasReady;
      const { how, refused } = await life.ended;
      running.delete(service);
      up.delete(service);

      if (stopping.signal.aborted) return;
      if (wasReady) {
        deathsInARow = 0;
        say(`${service.name} ${how}: restarting it.`);
        continue;
      }
      deathsInARow += 1;
      // It has said why, on its error output.
      if (refused && !everReady) return giveUp(null);
      // What worked before may work again, as when a disk has room again.
      const isPatient = everReady || limits.deathsInARow === Infinity;
      if (!isPatient && deathsInARow >= limits.deathsInARow) {
        return giveUp(
          `${service.name} ${how} before it was ready, ${deathsInARow} times in a row: giving up.`,
        );
      }
      const waitMs = Math.min(limits.longestRetryMs, limits.firstRetryMs * 2 ** (deathsInARow - 1));
      const then = isPatient
        ? `it is tried again, every ${limits.longestRetryMs / 1_000} s in the end`
        : `trying again in ${waitMs} ms`;
      if (!isPatient || deathsInARow === 1)
        say(`${service.name} ${how} before it was ready: ${then}.`);
      await waitFor(service, waitMs);
    }
  }

  async function waitFor(service: ServiceProcess, milliseconds: number): Promise<void> {
    const wait = new AbortController();
    waits.set(service, wait);
    const signal = AbortSignal.any([wait.signal, stopping.signal]);
    await delay(milliseconds, undefined, { signal }).catch(() => {});
    waits.delete(service);
  }

  async function replaceWhenItHangs(
    { name, liveUrl }: ServiceProcess,
    { endSignal, kill }: RunningService,
  ): Promise<void> {
    const checks = limits.healthChecks;
    if (liveUrl === null || !(await hangs(liveUrl, checks, endSignal))) return;
    if (stopping.signal.aborted) return;
    say(`${name} hangs: it failed ${checks.failures} health checks in a row.`);
    kill();
  }

  function restart(service: ServiceProcess | undefined): void {
    if (service === undefined) return;
    void running.get(service)?.stop(limits.stopWithinMs);
    waits.get(service)?.abort();
  }

  function giveUp(reason: string | null): void {
    if (stopping.signal.aborted) return;
    failed = true;
    if (reason !== null) say(reason);
    stop();
  }

  function stop(): void {
    if (stopping.signal.aborted) return;
    stopping.abort();
    void stopInReverse();
  }

  /** Callers of a service end before it does. */
  async function stopInReverse(): Promise<void> {
    const deadline = performance.now() + limits.stopWithinMs;
    for (const service of services.toReversed()) {
      await running.get(service)?.stop(Math.max(0, deadline - performance.now()));
    }
  }
}
