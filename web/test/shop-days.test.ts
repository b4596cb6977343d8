import { expect, test } from 'vitest';
import { daysAfter, sameTimeBefore, shopDay, spanOfDays } from '../src/sales/shop-days.ts';

test.each([
  ['Africa/Cairo', '2026-04-24'],
  ['America/Santiago', '2026-09-06'],
  ['Asia/Beirut', '2026-03-29'],
  ['America/Havana', '2026-11-01'],
  ['Asia/Amman', '2011-10-28'],
  ['America/New_York', '2026-03-08'],
  ['Australia/Lord_Howe', '2026-04-05'],
])(
  'a day begins at its first instant, also where clocks are set at midnight: %s, %s',
  (zone, day) => {
    const { from = '', to = '' } = spanOfDays(day, day, zone);
    const before = (instant: string) => new Date(Date.parse(instant) - 1);
    expect(shopDay(new Date(from), zone)).toBe(day);
    expect(shopDay(before(from), zone)).toBe(daysAfter(day, -1));
    expect(shopDay(before(to), zone)).toBe(day);
  },
);

test('the same time of the clock a week before is that, also after clocks were set', () => {
  const before = (now: string) => sameTimeBefore(new Date(now), 7, 'America/New_York');
  expect(before('2026-03-08T17:00:00Z')).toBe('2026-03-01T18:00:00.000Z');
  expect(before('2026-11-01T18:00:00Z')).toBe('2026-10-25T17:00:00.000Z');
  expect(before('2026-06-10T17:30:00Z')).toBe('2026-06-03T17:30:00.000Z');
});
