import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Purchase } from '../src/api/index.ts';
import { salesCsv } from '../src/sales/sales-csv.ts';
import { changeSince, currenciesOf, latestDays } from '../src/sales/sales-days.ts';
import {
  readDay,
  SALES_RANGES,
  sameTimeBefore,
  shopDay,
  spanOfDays,
  startOfRange,
  type SalesRange,
} from '../src/sales/shop-days.ts';

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

describe('days that somebody chose', () => {
  test('are from the start of the first to the end of the last, in either order', () => {
    const span = { from: '2026-10-23T22:00:00.000Z', to: '2026-10-26T23:00:00.000Z' };
    expect(spanOfDays('2026-10-24', '2026-10-26', 'Europe/Madrid')).toEqual(span);
    expect(spanOfDays('2026-10-26', '2026-10-24', 'Europe/Madrid')).toEqual(span);
    expect(spanOfDays('2026-03-01', null, 'America/Bogota')).toEqual({
      from: '2026-03-01T05:00:00.000Z',
    });
    expect(spanOfDays(null, '2026-02-28', 'UTC')).toEqual({ to: '2026-03-01T00:00:00.000Z' });
    expect(spanOfDays(null, null, 'UTC')).toEqual({});
  });

  test.each(['', '2026-02-29', '2026-13-01', '0202-01-01', '26-01-01', '9999-01-01', 'today'])(
    'are none where the text is "%s"',
    (text) => {
      expect(readDay(text)).toBeNull();
    },
  );

  test('are those of the shop', () => {
    expect(readDay('2028-02-29')).toBe('2028-02-29');
    expect(shopDay(new Date('2026-11-29T23:30:00Z'), 'Europe/Madrid')).toBe('2026-11-30');
    expect(shopDay(new Date('2026-11-29T02:00:00Z'), 'America/Bogota')).toBe('2026-11-28');
  });

  test('have the same time of the clock a week before, also when the clocks changed between', () => {
    const now = new Date('2026-10-28T09:30:00Z');
    expect(sameTimeBefore(now, 7, 'Europe/Madrid')).toBe('2026-10-21T08:30:00.000Z');
    expect(sameTimeBefore(now, 7, 'UTC')).toBe('2026-10-21T09:30:00.000Z');
  });
});

test('sales of days are those of one currency, with the days on which nothing was sold', () => {
  const summary = (day: string, currency: string, sales: number, revenue: number) => ({
    id: `${day}-${currency}`,
    day,
    productId: null,
    name: null,
    currency,
    sales,
    units: sales,
    returnedUnits: 0,
    revenue,
  });
  const summaries = [
    summary('2026-11-27', 'EUR', 5, 50),
    summary('2026-11-29', 'USD', 1, 900),
    summary('2026-11-29', 'EUR', 2, 20.5),
  ];
  expect(currenciesOf(summaries)).toEqual(['EUR', 'USD']);
  const today = { currency: 'EUR', today: '2026-11-29', count: 3 };
  expect(latestDays(summaries, today)).toEqual([
    { day: '2026-11-27', sales: 5, revenue: 50 },
    { day: '2026-11-28', sales: 0, revenue: 0 },
    { day: '2026-11-29', sales: 2, revenue: 20.5 },
  ]);
  expect(changeSince(150, 100)).toBe(0.5);
  expect(changeSince(150, 0)).toBeNull();
});

test('a file of sales has a row a line, by days of the shop, and no formulas', () => {
  const line = { productId: '1', sku: null, unitPrice: 9.5, available: 4 };
  const sale: Purchase = {
    id: 'a1',
    number: 1042,
    reference: '=HYPERLINK("http://127.0.0.1")',
    total: 28.5,
    currency: 'EUR',
    createdAt: '2026-11-29T23:30:00.000Z',
    lines: [
      { ...line, name: 'Kettle, small', quantity: 2, returned: 1 },
      { ...line, name: '+Cup', quantity: 1, returned: 0 },
    ],
  };
  expect(salesCsv([sale], 'Europe/Madrid').split('\r\n')).toEqual([
    'number,day,createdAt,reference,sku,name,quantity,returned,unitPrice,currency,id',
    `1042,2026-11-30,2026-11-29T23:30:00.000Z,"'=HYPERLINK(""http://127.0.0.1"")",,"Kettle, small",2,1,9.5,EUR,a1`,
    `1042,2026-11-30,2026-11-29T23:30:00.000Z,"'=HYPERLINK(""http://127.0.0.1"")",,'+Cup,1,0,9.5,EUR,a1`,
    '',
  ]);
});
