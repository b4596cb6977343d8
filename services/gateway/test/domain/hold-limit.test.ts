import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHoldLimit } from '../../src/domain/hold-limit.ts';

const caps = { units: 5, lines: 3, reservations: 2 };
const HOUR_MS = 3_600_000;

interface Counted {
  readonly units: number;
  readonly lines: number;
  readonly sinceMs: number;
}

const within = (holds: readonly Counted[], nowMs: number): boolean => {
  const live = holds.filter(({ sinceMs }) => sinceMs > nowMs - HOUR_MS);
  const sum = (of: (hold: Counted) => number): number =>
    live.reduce((all, one) => all + of(one), 0);
  return sum(({ units }) => units) <= 50 && sum(({ lines }) => lines) <= 30 && live.length <= 20;
};

test('for any requests at any times, the sums of no hour pass the limit, and each wait is as short as possible', () => {
  const requests = fc.record({
    units: fc.integer({ min: 0, max: caps.units }),
    lines: fc.integer({ min: 0, max: caps.lines }),
    laterMs: fc.integer({ min: 0, max: 600_000 }),
  });
  fc.assert(
    fc.property(fc.array(requests, { maxLength: 120 }), (all) => {
      const limit = createHoldLimit(caps);
      const counted: Counted[] = [];
      let nowMs = 1_000_000;
      for (const [index, { units, lines, laterMs }] of all.entries()) {
        nowMs += laterMs;
        const hold = { units, lines, sinceMs: nowMs };
        const waitMs = limit.waitMs('a', hold, nowMs);
        const fitsAt = (atMs: number): boolean =>
          within([...counted, { ...hold, sinceMs: atMs }], atMs);
        expect(waitMs === 0).toBe(fitsAt(nowMs));
        expect(fitsAt(nowMs + waitMs)).toBe(true);
        if (waitMs > 0) expect(fitsAt(nowMs + waitMs - 1)).toBe(false);
        if (waitMs > 0) continue;
        limit.put('a', String(index), { ...hold, id: null });
        counted.push(hold);
      }
    }),
  );
});

test('of very many clients those with the oldest holds are forgotten', () => {
  const limit = createHoldLimit(caps);
  const hold = { units: 5, lines: 1, sinceMs: 0, id: null };
  limit.put('first', 'a', hold);
  limit.put('second', 'a', hold);
  for (let index = 0; index < 9_998; index += 1) limit.put(String(index), 'a', hold);
  limit.put('first', 'b', hold);
  limit.put('one more', 'a', hold);
  expect(limit.has('second', 'a')).toBe(false);
  expect([limit.has('first', 'a'), limit.has('first', 'b')]).toEqual([true, true]);
});
