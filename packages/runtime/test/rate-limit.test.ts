import { expect, test } from 'vitest';
import { createTwofoldLimit } from '../src/index.ts';

const plenty = { burst: 1_000_000, everyMs: 1 };

/** How many of this many simultaneous requests of one key are allowed. */
function letThrough(
  limit: ReturnType<typeof createTwofoldLimit>,
  key: string,
  nowMs: number,
): number {
  let count = 0;
  while (count < 1_000 && limit.waitMs(key, nowMs) === 0) {
    limit.take(key, nowMs);
    count += 1;
  }
  return count;
}

test('a burst is allowed at once, and then one request an interval', () => {
  const limit = createTwofoldLimit({ burst: 5, everyMs: 100 }, plenty);
  expect(letThrough(limit, 'a', 1_000)).toBe(5);
  expect(limit.waitMs('a', 1_000)).toBe(100);
  expect(limit.waitMs('a', 1_040)).toBe(60);
  expect(letThrough(limit, 'a', 1_100)).toBe(1);
  expect(letThrough(limit, 'a', 100_000), 'never more than a burst').toBe(5);
  expect(letThrough(limit, 'b', 1_000), 'others have their own').toBe(5);
});

test('all keys together have a limit too', () => {
  const limit = createTwofoldLimit({ burst: 2, everyMs: 100 }, { burst: 5, everyMs: 100 });
  const counts = ['a', 'b', 'c', 'd'].map((key) => letThrough(limit, key, 0));
  expect(counts).toEqual([2, 2, 1, 0]);
});

test('of very many keys the least recently used are forgotten', () => {
  const limit = createTwofoldLimit({ burst: 1, everyMs: 1_000_000 }, plenty);
  limit.take('first', 0);
  for (let key = 0; key < 9_999; key += 1) limit.take(String(key), 0);
  expect(limit.waitMs('first', 0)).toBeGreaterThan(0);
  limit.take('first', 0);
  limit.take('one more', 0);
  expect(limit.waitMs('0', 0)).toBe(0);
  expect(limit.waitMs('first', 0)).toBeGreaterThan(0);
});
