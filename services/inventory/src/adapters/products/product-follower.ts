import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpProductCatalogue } from './http-product-catalogue.ts';

const EVERY_MS = 250;
/** After failures in a row; the time that something is unknown must not grow with an outage. */
const LONGEST_PAUSE_MS = 1_000;

/**
 * Keeps what a catalogue remembers right: it reads on in the feed of Products four times a second,
 * and less often while that fails.
 */
export function startProductFollower(catalogue: Pick<HttpProductCatalogue, 'catchUp'>): {
  stop(): void;
} {
  const end = new AbortController();
  async function follow(): Promise<void> {
    let longestPauseMs = EVERY_MS;
    while (!end.signal.aborted) {
      const ok = await catalogue.catchUp();
      longestPauseMs = ok ? EVERY_MS : Math.min(2 * longestPauseMs, LONGEST_PAUSE_MS);
      // Services that failed together must not come back together.
      const pauseMs = ok ? EVERY_MS : (longestPauseMs * (1 + Math.random())) / 2;
      await sleep(pauseMs, undefined, { ref: false, signal: end.signal }).catch(() => {});
    }
  }
  void follow();
  return { stop: () => end.abort() };
}
