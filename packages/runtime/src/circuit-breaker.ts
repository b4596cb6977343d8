import { setTimeout as sleep } from 'node:timers/promises';

/** So many failures in a row open the circuit; a call that ran out of time opens it alone, since each more would cost as long. */
export const FAILURES_TO_OPEN = 3;
/** The pause before each probe. */
export const PROBE_AFTER_MS = 500;

/**
 * What came of a call. `timeout`: it took all of its time. Two say nothing of how the other side is: `closed`, this side is stopping,
 * and `rejected`, the other one answered and refused only what this call was.
 */
export type CallResult = { readonly ok: true } | { readonly ok: false; readonly reason: string };

export interface CircuitBreaker {
  /** Makes the call; null at once while the circuit is open, and for calls under way as soon as it opens. */
  call<Result extends CallResult>(work: () => Promise<Result>): Promise<Result | null>;
  /** False from a failure until something succeeds. */
  readonly isWell: boolean;
}

/**
 * Spares callers the wait for a neighbour that fails. After a failure it probes by itself, one probe at a time and whether anybody
 * calls or not, until one succeeds, so that no caller's request is the one that finds out.
 * @param probe a call as small as one can be that shows that calls succeed again; it must end in bounded time and never reject
 */
export function createCircuitBreaker(probe: () => Promise<CallResult>): CircuitBreaker {
  const underWay = new Set<(result: null) => void>();
  let failuresInARow = 0;
  let probing = false;

  const isOpen = (): boolean => failuresInARow >= FAILURES_TO_OPEN;

  function record(result: CallResult): void {
    if (result.ok) {
      failuresInARow = 0;
      return;
    }
    if (result.reason === 'closed' || result.reason === 'rejected') return;
    failuresInARow = result.reason === 'timeout' ? FAILURES_TO_OPEN : failuresInARow + 1;
    if (isOpen()) {
      for (const giveUp of underWay) giveUp(null);
      underWay.clear();
    }
    if (!probing) void probeUntilWell();
  }

  async function probeUntilWell(): Promise<void> {
    probing = true;
    while (failuresInARow > 0) {
      await sleep(PROBE_AFTER_MS, undefined, { ref: false });
      // A call may have succeeded meanwhile.
      if (failuresInARow === 0) break;
      const result = await probe();
      if (!result.ok && result.reason === 'closed') break;
      record(result);
    }
    probing = false;
  }

  return {
    call(work) {
      if (isOpen()) return Promise.resolve(null);
      return new Promise((resolve, reject) => {
        underWay.add(resolve);
        work().then(
          (result) => {
            // Given up when the circuit opened: its result is old news, and must not open it again.
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
    get isWell() {
      return failuresInARow === 0;
    },
  };
}
