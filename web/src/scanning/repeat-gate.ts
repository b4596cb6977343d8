/** A code that was out of sight for so long is held before the camera anew. */
const OUT_OF_SIGHT_MS = 1_000;

/**
 * A camera sees a code many times a second. Says of each sight whether it is a new one: of another
 * code than before, or of one that was out of sight meanwhile.
 */
export function createRepeatGate(): (code: string, nowMs: number) => boolean {
  let last: string | null = null;
  let seenAtMs = 0;
  return (code, nowMs) => {
    const isNew = code !== last || nowMs - seenAtMs >= OUT_OF_SIGHT_MS;
    last = code;
    seenAtMs = nowMs;
    return isNew;
  };
}
