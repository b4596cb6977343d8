import { backoffMs } from './backoff.ts';

/** Whether requests go to an endpoint side by side, one at a time, or none yet. */
export type Pace = 'side-by-side' | 'one' | 'none';

/**
 * How an endpoint is treated that fails: few requests while it is down, all when it is back.
 */
export interface EndpointPace {
  pace(nowMs: number): Pace;
  readonly isDown: boolean;
  /** When the next one may be tried; in the past where nothing stands against it. */
  readonly dueMs: number;
  /** Says whether all may be sent again that had to wait. */
  succeeded(): boolean;
  /** @param request which one failed; the same at each of its attempts */
  failed(request: object, attempt: FailedAttempt): void;
}

export interface FailedAttempt {
  readonly startedMs: number;
  readonly nowMs: number;
  /** What the endpoint itself asks for. */
  readonly retryAfterMs: number | null;
}

/**
 * An endpoint that fails for two different requests with no success between them is down: from then
 * on one request at a time is tried, ever more rarely, until one succeeds. While only one request
 * fails, others go on: the fault may be in it.
 *
 * @param failures how often in a row it failed before; 0 for an endpoint that is well
 */
export function createEndpointPace(
  random: () => number,
  { failures, dueMs: firstDueMs }: { readonly failures: number; readonly dueMs: number },
): EndpointPace {
  let isDown = failures > 0;
  let rounds = failures;
  let backedOffUntilMs = firstDueMs;
  /** As the endpoint asked itself; a success of what was under way takes nothing back of it. */
  let askedUntilMs = 0;
  let failing: object | null = null;
  let lastFailureMs = -Infinity;

  const dueMs = (): number => Math.max(backedOffUntilMs, askedUntilMs);
  return {
    get dueMs() {
      return dueMs();
    },
    get isDown() {
      return isDown;
    },
    pace(nowMs) {
      if (nowMs < dueMs()) return 'none';
      return isDown ? 'one' : 'side-by-side';
    },
    succeeded() {
      const hasRecovered = isDown;
      isDown = false;
      failing = null;
      rounds = backedOffUntilMs = 0;
      return hasRecovered;
    },
    failed(request, { startedMs, nowMs, retryAfterMs }) {
      isDown ||= failing !== null && failing !== request;
      failing ??= request;
      // What was sent before the failure before says nothing new.
      if (isDown && startedMs >= lastFailureMs) {
        rounds += 1;
        backedOffUntilMs = nowMs + backoffMs(rounds, random);
      }
      lastFailureMs = nowMs;
      if (retryAfterMs !== null) askedUntilMs = Math.max(askedUntilMs, nowMs + retryAfterMs);
    },
  };
}
