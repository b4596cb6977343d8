import type { Metrics } from './metrics.ts';

/** How far work that follows a log is behind it. */
export interface LogLag {
  /** From now on it is this process's work. */
  begin(): void;
  /** It has done all that the log has. */
  caughtUp(): void;
  /** It is this process's work no more. */
  end(): void;
}

/**
 * A gauge of the seconds since the work was last at the end of its log: it grows while the work
 * fails, hangs or is slower than the log, however little there is to do. A process whose work it
 * isn't tells nothing.
 */
export function createLogLag(metrics: Metrics, named: { name: string; help: string }): LogLag {
  let caughtUpAtMs: number | null = null;
  metrics.gauge({
    ...named,
    collect() {
      if (caughtUpAtMs === null) this.remove();
      else this.set((performance.now() - caughtUpAtMs) / 1_000);
    },
  });
  const now = (): void => {
    caughtUpAtMs = performance.now();
  };
  return {
    begin: now,
    caughtUp: now,
    end() {
      caughtUpAtMs = null;
    },
  };
}
