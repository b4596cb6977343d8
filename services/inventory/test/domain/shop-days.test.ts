import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createShopDays } from '../../src/domain/shop-days.ts';

const HOUR_MS = 60 * 60 * 1_000;
// Cairo and Santiago skip an hour at midnight, Lord Howe half an hour, and Samoa once a day.
const timeZones = [
  'UTC',
  'America/Bogota',
  'Europe/Madrid',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Africa/Cairo',
  'America/Santiago',
  'America/Havana',
  'Pacific/Apia',
];
const timeZone = fc.constantFrom(...timeZones);
const instantMs = fc.integer({ min: Date.UTC(2011, 11, 1), max: Date.UTC(2027, 0, 1) });

/** As the platform says it, without anything remembered. */
function dayIn(zone: string, at: number): string {
  const parts = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, ...parts }).format(at);
}

test('an instant’s day is that of its time zone, whichever day was asked for before', () => {
  const steps = fc.array(fc.integer({ min: -30 * HOUR_MS, max: 30 * HOUR_MS }), { maxLength: 20 });
  fc.assert(
    fc.property(timeZone, instantMs, steps, (zone, startMs, changes) => {
      const { dayOf } = createShopDays(zone);
      let ms = startMs;
      for (const change of changes) {
        ms += change;
        expect(dayOf(new Date(ms).toISOString())).toBe(dayIn(zone, ms));
      }
    }),
  );
});

function expectStart(zone: string, day: string): void {
  const start = Date.parse(createShopDays(zone).startOf(day));
  expect(dayIn(zone, start)).toBe(day);
  expect(dayIn(zone, start - 1) < day).toBe(true);
}

test('a day begins at its first instant', () => {
  fc.assert(fc.property(timeZone, instantMs, (zone, ms) => expectStart(zone, dayIn(zone, ms))));
});

test.each([
  ['Africa/Cairo', '2026-04-24'],
  ['America/Santiago', '2026-09-06'],
  ['Asia/Beirut', '2026-03-29'],
  ['America/Havana', '2026-11-01'],
  ['Asia/Amman', '2011-10-28'],
])('where clocks skip midnight or show it twice, a day begins once: %s, %s', expectStart);
