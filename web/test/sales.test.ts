import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SALES_RANGES, startOfRange, type SalesRange } from '../src/sales/sales-range.ts';
import { sumsOf } from '../src/sales/sales-sums.ts';

describe('the first day of a range begins when the shop has midnight', () => {
  test.each([
    ['today', '2026-11-29T10:00:00Z', 'UTC', '2026-11-29T00:00:00.000Z'],
    ['today', '2026-11-29T23:30:00Z', 'Europe/Madrid', '2026-11-29T23:00:00.000Z'],
    ['today', '2026-11-29T02:00:00Z', 'America/Bogota', '2026-11-28T05:00:00.000Z'],
    ['week', '2026-11-29T10:00:00Z', 'Asia/Kathmandu', '2026-11-22T18:15:00.000Z'],
    // The clocks of summer ended in between.
    ['week', '2026-10-28T10:00:00Z', 'Europe/Madrid', '2026-10-21T22:00:00.000Z'],
    ['month', '2026-03-01T12:00:00Z', 'America/New_York', '2026-02-02T05:00:00.000Z'],
    // On the day itself.
    ['today', '2026-10-25T10:00:00Z', 'Europe/Madrid', '2026-10-24T22:00:00.000Z'],
    ['today', '2026-03-29T10:00:00Z', 'Europe/Madrid', '2026-03-28T23:00:00.000Z'],
  ] as const)('%s at %s in %s', (range, now, timeZone, expected) => {
    expect(startOfRange(range, new Date(now), timeZone)).toBe(expected);
  });

  test('at any time, as clocks there show it', () => {
    const zones = ['UTC', 'Europe/Madrid', 'America/Bogota', 'Asia/Kathmandu', 'Pacific/Apia'];
    const time = fc.date({
      min: new Date('2020-01-01'),
      max: new Date('2035-01-01'),
      noInvalidDate: true,
    });
    const ranges = Object.keys(SALES_RANGES) as SalesRange[];
    fc.assert(
      fc.property(
        time,
        fc.constantFrom(...zones),
        fc.constantFrom(...ranges),
        (now, timeZone, range) => {
          const start = new Date(startOfRange(range, now, timeZone));
          const clock = new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'medium' });
          expect(clock.format(start)).toBe('00:00:00');
          const days = (now.getTime() - start.getTime()) / 86_400_000;
          expect(days).toBeGreaterThan(SALES_RANGES[range] - 1 - 1 / 12);
          expect(days).toBeLessThan(SALES_RANGES[range] + 1 / 12);
        },
      ),
    );
  });
});

test('days add up for each currency without drift, the one with most sales first', () => {
  const day = (currency: string, sales: number, revenue: number) => ({
    currency,
    sales,
    units: sales * 2,
    returnedUnits: 1,
    revenue,
  });
  expect(sumsOf([day('USD', 1, 0.1), day('EUR', 5, 3), day('USD', 2, 0.2)])).toEqual([
    { currency: 'EUR', sales: 5, units: 10, returnedUnits: 1, revenue: 3 },
    { currency: 'USD', sales: 3, units: 6, returnedUnits: 2, revenue: 0.3 },
  ]);
  expect(sumsOf([])).toEqual([]);
});
