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
