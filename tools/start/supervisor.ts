import { keepRunning, type KeeperLimits } from './service-keeper.ts';
import type { Outputs, ServiceProcess } from './service-process.ts';
import { createStartupErrors } from './startup-errors.ts';

interface Options {
  services: readonly ServiceProcess[];
  /** Lines for the person at the terminal. */
  say: (line: string) => void;
  outputs: Outputs;
  limits?: Partial<Limits>;
}

interface Limits extends KeeperLimits {
  /** What still runs so long after all were asked to stop is killed. */
  stopWithinMs: number;
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
  restart(service: ServiceProcess): void;
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

/** Keeps services running. When one of them can't be started, all end. */
export function superviseServices(options: Options): Supervisor {
  const { services, say, outputs } = options;
  const limits = { ...DEFAULTS, ...options.limits };
  const up = new Set<ServiceProcess>();
  const stopping = new AbortController();
  const startupErrors = createStartupErrors(outputs.stderr, () => up.size === services.length);
  let failed = false;

  const keepers = services.map((service) =>
    keepRunning(service, {
      limits,
      outputs: { stdout: outputs.stdout, stderr: startupErrors },
      say,
      stopSignal: stopping.signal,
      onReady() {
        up.add(service);
        if (up.size === services.length) startupErrors.clear();
      },
      onEnd: () => void up.delete(service),
      onGiveUp(reason) {
        if (stopping.signal.aborted) return;
        failed = true;
        if (reason !== null) say(reason);
        stop();
      },
    }),
  );
  const ended = Promise.all(keepers.map(({ done }) => done)).then(() => !failed);
  const allReady = Promise.all(keepers.map(({ firstReady }) => firstReady)).then(() => true);

  function stop(): void {
    if (stopping.signal.aborted) return;
    stopping.abort();
    void stopInReverse();
  }

  /** Callers of a service end before it does. */
  async function stopInReverse(): Promise<void> {
    const deadline = performance.now() + limits.stopWithinMs;
    for (const keeper of keepers.toReversed())
      await keeper.stop(Math.max(0, deadline - performance.now()));
  }

  return {
    started: Promise.race([allReady, ended.then(() => false)]),
    ended,
    restart(service) {
      const index = services.findIndex((candidate) => candidate === service);
      keepers[index]?.restart(limits.stopWithinMs);
    },
    stop,
  };
}
