import type { AttemptResult } from './attempt.ts';
import { backoffMs, LONGEST_BACKOFF_MS } from './backoff.ts';
import { isSuccess, nextDelivery } from './delivery-rows.ts';
import type { WindowRequest } from '../window/open-requests.ts';
import type { OwnReason, Recipient } from '../recipient.ts';
import type { UnsavedDeliveries } from '../saving/unsaved-deliveries.ts';

export interface OutcomeOptions {
  readonly nowMs: number;
  readonly newId: (at: Date) => string;
  readonly random: () => number;
  readonly unsaved: UnsavedDeliveries;
}

const FAILS_AT_MOST_MS = 5 * 24 * 3_600_000;
const BRISK_MS = 1_000;
const GONE = 410;

/** Draws the conclusions from an attempt. Gives the reason when the webhook is to be paused. */
export function applyOutcome(
  recipient: Recipient,
  request: WindowRequest,
  result: AttemptResult,
  options: OutcomeOptions,
): OwnReason | null {
  const { window, pace } = recipient;
  if (result.answer.kind === 'not-tried') {
    // Nobody is to blame: it is the same attempt, a little later.
    const dueMs = options.nowMs + backoffMs(1, options.random);
    recipient.isBrisk = false;
    window?.failed(request, { ...result.delivery, attemptAt: new Date(dueMs).toISOString() });
    return null;
  }
  if (!isSuccess(result.answer)) return applyFailure(recipient, request, result, options);
  recipient.failingSinceMs = null;
  recipient.isBrisk = result.answer.durationMs < BRISK_MS;
  window?.delivered(request);
  if (pace.succeeded()) window?.makeAllDue();
  return null;
}

function applyFailure(
  recipient: Recipient,
  request: WindowRequest,
  { answer, delivery, startedMs }: AttemptResult,
  { nowMs, newId, random, unsaved }: OutcomeOptions,
): OwnReason | null {
  recipient.failingSinceMs ??= startedMs;
  recipient.isBrisk = false;
  const retryAfterMs = retryAfterOf(answer);
  recipient.pace.failed(request, { startedMs, nowMs, retryAfterMs });
  const dueMs = nowMs + Math.max(backoffMs(delivery.attempt, random), retryAfterMs ?? 0);
  const next = nextDelivery(delivery, newId(new Date(nowMs)), dueMs);
  unsaved.put(next, false);
  recipient.window?.failed(request, next);
  if (answer.kind === 'answered' && answer.status === GONE) return 'gone';
  const sinceMs = Math.min(recipient.failingSinceMs, Date.parse(delivery.firstAttemptAt));
  return nowMs - sinceMs >= FAILS_AT_MOST_MS ? 'failing' : null;
}

/** Heeded only where it is meant to slow down whoever asks. */
function retryAfterOf(answer: AttemptResult['answer']): number | null {
  if (answer.kind !== 'answered' || answer.retryAfterMs === null) return null;
  if (answer.status !== 429 && answer.status !== 503) return null;
  return Math.min(answer.retryAfterMs, LONGEST_BACKOFF_MS);
}
