export interface Limit {
  /** So many at once, after a pause that was long enough. */
  readonly burst: number;
  /** One more is allowed each time this has passed, in milliseconds. */
  readonly everyMs: number;
}

export interface RateLimit {
  /** How long until `key` has one left, in milliseconds; 0 when it has. Takes none. */
  waitMs(key: string, nowMs: number): number;
  take(key: string, nowMs: number): void;
}

/**
 * Token buckets, one a key, each kept as the one instant at which it would be full again. Of more
 * than `mostKeys` those are forgotten that were used least lately: who can come under so many keys
 * is held by a limit over all of them.
 */
function createRateLimit({ burst, everyMs }: Limit, mostKeys = 10_000): RateLimit {
  const fullAtMs = new Map<string, number>();
  return {
    waitMs(key, nowMs) {
      return Math.max(0, (fullAtMs.get(key) ?? nowMs) - (burst - 1) * everyMs - nowMs);
    },
    take(key, nowMs) {
      const next = Math.max(fullAtMs.get(key) ?? nowMs, nowMs) + everyMs;
      // Last in the order of the map, so that the first is the one used least lately.
      fullAtMs.delete(key);
      fullAtMs.set(key, next);
      for (const oldest of fullAtMs.keys()) {
        if (fullAtMs.size <= mostKeys) break;
        fullAtMs.delete(oldest);
      }
    },
  };
}

/**
 * One bucket for all callers beside one for each, so that neither many addresses nor a single one
 * can take it all.
 */
export function createTwofoldLimit(each: Limit, all: Limit): RateLimit {
  const one = createRateLimit(each);
  const together = createRateLimit(all, 1);
  return {
    waitMs: (key, nowMs) => Math.max(one.waitMs(key, nowMs), together.waitMs('', nowMs)),
    take(key, nowMs) {
      one.take(key, nowMs);
      together.take('', nowMs);
    },
  };
}
