import { setTimeout as sleep } from 'node:timers/promises';

/** So many failed calls in a row open the circuit, or one failed probe. */
export const FAILURES_TO_OPEN = 3;
/** The pause between a failure and the next probe. */
export const PROBE_AFTER_MS = 500;

/**
 * What came of a call. Three reasons say nothing of how the other side is: `timeout`, it may have
 * been slow for what this call was; `rejected`, it answered and refused only what this call was;
 * `closed`, this side is stopping.
 */
export type CallResult = { readonly ok: true } | { readonly ok: false; readonly reason: string };

export interface CircuitBreakerOptions {
  /**
   * A call as small as one can be that shows that calls succeed again. It must end in bounded time
   * and never reject.
   */
  readonly probe: () => Promise<CallResult>;
  /** A call that takes longer makes the other side suspect. */
  readonly slowAfterMs: number;
  /** Told when it stops being well, when it opens, and when it is well again. */
  readonly onChange?: () => void;
}

export interface CircuitBreaker {
  /**
   * Makes the call; null at once while the circuit is open, and for calls under way as soon as it
   * opens. From then on `isWaitedFor` is false: what tries again stops there.
   */
  call<Result extends CallResult>(
    work: (isWaitedFor: () => boolean) => Promise<Result>,
  ): Promise<Result | null>;
  /** Lets a probe find out how the other side is, unless one is under way. */
  suspect(): void;
  /** False from a failure until something succeeds. */
  readonly isWell: boolean;
  /** True while calls are refused. */
  readonly isOpen: boolean;
}

/**
 * Spares callers the wait for a neighbour that fails. After a failure it probes by itself, one
 * probe at a time and whether anybody calls or not, until one succeeds, so that no caller's request
 * is the one that finds out. A call that takes long is no failure: a probe finds out, while it
 * waits, whether the neighbour hangs or only this call is slow.
 */
export function createCircuitBreaker({
  probe,
  slowAfterMs,
  onChange,
}: CircuitBreakerOptions): CircuitBreaker {
  const underWay = new Set<(result: null) => void>();
  const health = createHealth(() => {
    if (health.isOpen) giveUpAll();
    onChange?.();
  });
  const probes = createProbes(probe, health);

  function giveUpAll(): void {
    for (const giveUp of underWay) giveUp(null);
    underWay.clear();
  }

  function record(result: CallResult): void {
    if (result.ok) return health.succeed();
    if (result.reason === 'closed' || result.reason === 'rejected') return;
    if (result.reason === 'timeout') return probes.start(0);
    health.fail(health.failuresInARow + 1);
    probes.start(PROBE_AFTER_MS);
  }

  return {
    call(work) {
      if (health.isOpen) return Promise.resolve(null);
      return new Promise((resolve, reject) => {
        underWay.add(resolve);
        const timer = setTimeout(() => probes.start(0), slowAfterMs);
        work(() => underWay.has(resolve))
          .finally(() => clearTimeout(timer))
          .then(
            (result) => {
              // Given up when the circuit opened: its result is old news, and must not open it
              // again.
              if (!underWay.delete(resolve)) return;
              record(result);
              resolve(result);
            },
            (error: unknown) => {
              underWay.delete(resolve);
              reject(error);
            },
          );
      });
    },
    suspect: () => probes.start(0),
    get isOpen() {
      return health.isOpen;
    },
    get isWell() {
      return health.failuresInARow === 0;
    },
  };
}

/** What calls and probes have shown of the other side. */
interface Health {
  succeed(): void;
  /** From now on so many calls in a row have failed. */
  fail(failuresInARow: number): void;
  readonly failuresInARow: number;
  readonly isOpen: boolean;
  /** How often it was shown to be well. */
  readonly successes: number;
}

/** @param onChange Told when it stops being well, when it opens, and when it is well again. */
function createHealth(onChange: () => void): Health {
  let failuresInARow = 0;
  let successes = 0;
  const isOpen = (): boolean => failuresInARow >= FAILURES_TO_OPEN;
  return {
    succeed() {
      const wasWell = failuresInARow === 0;
      failuresInARow = 0;
      successes += 1;
      if (!wasWell) onChange();
    },
    fail(failures) {
      const [wasWell, wasOpen] = [failuresInARow === 0, isOpen()];
      failuresInARow = failures;
      if (wasWell || wasOpen !== isOpen()) onChange();
    },
    get failuresInARow() {
      return failuresInARow;
    },
    get isOpen() {
      return isOpen();
    },
    get successes() {
      return successes;
    },
  };
}

/** One probe after the other until the other side is well. */
interface Probes {
  /** Nothing while there are some already. */
  start(firstAfterMs: number): void;
}

function createProbes(probe: CircuitBreakerOptions['probe'], health: Health): Probes {
  let areUnderWay = false;

  async function probeUntilWell(firstAfterMs: number): Promise<void> {
    areUnderWay = true;
    let afterMs = firstAfterMs;
    do {
      await sleep(afterMs, undefined, { ref: false });
      const before = health.successes;
      const result = await probe();
      if (!result.ok && result.reason === 'closed') break;
      if (result.ok) health.succeed();
      // Calls that succeeded meanwhile know better.
      else if (health.successes === before) health.fail(FAILURES_TO_OPEN);
      afterMs = PROBE_AFTER_MS;
    } while (health.failuresInARow > 0);
    areUnderWay = false;
  }

  return {
    start(firstAfterMs) {
      if (!areUnderWay) void probeUntilWell(firstAfterMs);
    },
  };
}
