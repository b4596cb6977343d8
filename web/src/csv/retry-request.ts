import { isOutcome, type ApiError, type Result } from '../api/index.ts';

export interface RetryPolicy {
  readonly signal: AbortSignal;
  /** Before a request that was not carried out is sent again, in milliseconds. */
  readonly waitMs?: number;
}

const ATTEMPTS = 5;
const WAIT_MS = 1_000;

/**
 * Sends a request again until it has an outcome, at most five times. What is sent must happen once
 * however often it arrives: it has an idempotency key. What has none is sent again only after an
 * answer that says that nothing was done.
 */
export async function sendWithRetry<Value>(
  send: () => Promise<Result<Value>>,
  { hasKey }: { readonly hasKey: boolean },
  { signal, waitMs = WAIT_MS }: RetryPolicy,
): Promise<Result<Value>> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await send();
    if (result.ok || isFinal(result.error, hasKey) || attempt >= ATTEMPTS || signal.aborted)
      return result;
    const retryAfterMs = result.error.kind === 'unavailable' ? (result.error.retryAfterMs ?? 0) : 0;
    await new Promise((resolve) => setTimeout(resolve, Math.max(retryAfterMs, waitMs)));
  }
}

function isFinal(error: ApiError, hasKey: boolean): boolean {
  if (error.kind === 'refused')
    return isOutcome(error) || error.status === 401 || error.status === 403;
  return !hasKey && error.kind !== 'unavailable';
}
