const FIRST_BACKOFF_MS = 2_000;
export const LONGEST_BACKOFF_MS = 3_600_000;
/** Beyond it the longest one is reached by far. */
const MOST_DOUBLINGS = 20;

/**
 * How long to wait after so many failures: exponential, with full jitter, so that what failed
 * together is not tried together. A second on average after the first failure, half an hour later.
 *
 * @param failures from 1
 * @param random from 0 to less than 1
 */
export function backoffMs(failures: number, random: () => number): number {
  const longestMs = FIRST_BACKOFF_MS * 2 ** Math.min(failures - 1, MOST_DOUBLINGS);
  return Math.round(random() * Math.min(longestMs, LONGEST_BACKOFF_MS));
}
