import { useQueryCache } from '@pinia/colada';
import { useIntervalFn } from '@vueuse/core';
import { toValue } from 'vue';
import { ApiFailure } from '../api/index.ts';

const RETRY_MS = 5_000;

/**
 * What the page shows is read again every few seconds while no service answers, so that a page
 * recovers by itself. A service that says when to come back is not asked before. What was refused
 * stays refused.
 */
export function useReadingAgain(): void {
  const cache = useQueryCache();
  /** When each failure, by its error, was first seen here. */
  const seenAtMs = new WeakMap<ApiFailure, number>();

  /** A page that nobody sees waits. */
  function readAgain(): void {
    if (document.hidden) return;
    for (const entry of cache.getEntries({ active: true, status: 'error' })) {
      const { error } = entry.state.value;
      if (!(error instanceof ApiFailure) || error.error.kind === 'refused') continue;
      const since = seenAtMs.get(error) ?? performance.now();
      seenAtMs.set(error, since);
      const waited = performance.now() - since;
      const isFree =
        entry.asyncStatus.value === 'idle' && toValue(entry.options?.enabled) !== false;
      if (isFree && waited >= pauseMs(error)) cache.fetch(entry).catch(() => undefined);
    }
  }

  useIntervalFn(readAgain, RETRY_MS);
}

function pauseMs({ error }: ApiFailure): number {
  return error.kind === 'unavailable' ? (error.retryAfterMs ?? 0) : 0;
}
