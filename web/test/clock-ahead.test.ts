import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clockAhead } from '../src/api/clock-ahead.ts';

const NOW_MS = Date.parse('2026-11-29T10:00:00.000Z');
/** As servers write it, without milliseconds. */
const dateOf = (ms: number) => new Date(ms).toUTCString();
const delays = fc.integer({ min: 0, max: 8_000 });

test('a clock that is right is right however slow the connection is', () => {
  fc.assert(
    fc.property(fc.nat(1_000), delays, delays, (begun, thereMs, backMs) => {
      const askedAtMs = NOW_MS + begun;
      const date = dateOf(askedAtMs + thereMs);
      expect(clockAhead(date, askedAtMs, askedAtMs + thereMs + backMs)).toBe(0);
    }),
  );
});

test('a clock that is wrong is known to half a second and half of the time of the request', () => {
  const offsets = fc.integer({ min: -90_000_000, max: 90_000_000 });
  fc.assert(
    fc.property(offsets, fc.nat(1_000), delays, delays, (aheadMs, begun, thereMs, backMs) => {
      const askedAtMs = NOW_MS + begun;
      const date = dateOf(askedAtMs + thereMs + aheadMs);
      const found = clockAhead(date, askedAtMs, askedAtMs + thereMs + backMs);
      const isInDoubt = found === 0;
      const bound = isInDoubt ? 1_000 + thereMs + backMs : 500 + (thereMs + backMs) / 2;
      expect(Math.abs(found - aheadMs)).toBeLessThanOrEqual(bound);
    }),
  );
});

test.each([null, '', 'noon'])('an answer with the date %j says nothing', (date) => {
  expect(clockAhead(date, NOW_MS, NOW_MS)).toBe(0);
});
