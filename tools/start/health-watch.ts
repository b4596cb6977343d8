import { setTimeout as delay } from 'node:timers/promises';

export interface HealthChecks {
  /** A check fails when there is no good answer within this time; then comes the next one. */
  everyMs: number;
  /** So many failures in a row mean that the service hangs. */
  failures: number;
}

/** A check that took so much longer than it should says that this process stood still itself. */
const MOST_STRETCH = 1.5;

/**
 * Asks a service again and again whether it lives. Resolves to true once it hangs, to false when it
 * is `gone`. What counts is time in which this process ran: after a suspended machine, or a stopped
 * supervisor, nobody is blamed for not having answered.
 */
export async function hangs(
  url: string,
  { everyMs, failures }: HealthChecks,
  endSignal: AbortSignal,
): Promise<boolean> {
  let failed = 0;
  while (failed < failures) {
    const startedAt = performance.now();
    const [isAlive] = await Promise.all([
      answers(url, AbortSignal.any([endSignal, AbortSignal.timeout(everyMs)])),
      delay(everyMs, undefined, { signal: endSignal }).catch(() => {}),
    ]);
    if (endSignal.aborted) return false;
    if (isAlive) failed = 0;
    else if (performance.now() - startedAt < everyMs * MOST_STRETCH) failed += 1;
  }
  return true;
}

/** Whether there is an answer of 200 before `signal` is aborted. */
export async function answers(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal });
    await answer.body?.cancel();
    return answer.status === 200;
  } catch {
    return false;
  }
}
