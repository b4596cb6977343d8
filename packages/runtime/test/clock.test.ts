import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createClock, createTimeOrderedIds, watchClock, type Clock } from '../src/index.ts';

const START = Date.parse('2026-03-01T12:00:00.000Z');
const HOUR_MS = 3_600_000;

/** A machine whose time advances, is set and stands still as the test says. */
function createMachine({ coarsenessMs = 10, bootedForMs = 5_000 } = {}) {
  let wallMs = START;
  let uptimeMs = bootedForMs;
  let steadyMs = 123.4;
  const sources = {
    wallMs: () => wallMs,
    uptimeSeconds: () => (Math.floor(uptimeMs / coarsenessMs) * coarsenessMs) / 1_000,
    steadyMs: () => steadyMs,
  };
  return {
    sources,
    pass(ms: number) {
      wallMs += ms;
      uptimeMs += ms;
      steadyMs += ms;
    },
    set(byMs: number) {
      wallMs += byMs;
    },
    sleep(ms: number) {
      wallMs += ms;
      uptimeMs += ms;
    },
  };
}

function sinceStart(clock: Clock): number {
  return clock().getTime() - START;
}

describe('a clock', () => {
  test('begins with the machine’s time and follows it to the millisecond', () => {
    const machine = createMachine();
    const clock = createClock(machine);
    expect(sinceStart(clock)).toBe(0);
    for (const [ms, expected] of [
      [1, 1],
      [98, 99],
      [400, 499],
      [HOUR_MS, HOUR_MS + 499],
    ] as const) {
      machine.pass(ms);
      expect(sinceStart(clock)).toBe(expected);
    }
  });

  test.each([HOUR_MS, -HOUR_MS])('ignores a setting of the time by %i ms', (byMs) => {
    const machine = createMachine();
    const clock = createClock(machine);
    machine.pass(1_000);
    machine.set(byMs);
    expect(sinceStart(clock)).toBe(1_000);
    machine.pass(60_000);
    expect(sinceStart(clock)).toBe(61_000);
  });

  test('counts the machine’s sleep', () => {
    const machine = createMachine();
    const clock = createClock(machine);
    machine.sleep(HOUR_MS);
    machine.pass(200);
    expect(Math.abs(sinceStart(clock) - HOUR_MS - 200)).toBeLessThanOrEqual(10);
  });

  test('begins after the last recorded instant', () => {
    const machine = createMachine();
    machine.set(-HOUR_MS);
    const clock = createClock({ ...machine, notBefore: new Date(START) });
    expect(sinceStart(clock)).toBe(1);
    machine.pass(500);
    expect(sinceStart(clock)).toBe(501);
    const later = createClock({ ...machine, notBefore: new Date(START - 2 * HOUR_MS) });
    expect(sinceStart(later)).toBe(500 - HOUR_MS);
  });

  test('never goes back, and stays close to the elapsed time', () => {
    const event = fc.oneof(
      fc.record({ type: fc.constant('pass'), ms: fc.double({ min: 0, max: 5_000, noNaN: true }) }),
      fc.record({ type: fc.constant('set'), ms: fc.integer({ min: -HOUR_MS, max: HOUR_MS }) }),
      fc.record({ type: fc.constant('sleep'), ms: fc.integer({ min: 0, max: HOUR_MS }) }),
    );
    fc.assert(
      fc.property(fc.array(event), fc.constantFrom(10, 1_000), (events, coarsenessMs) => {
        const machine = createMachine({ coarsenessMs });
        const clock = createClock(machine);
        let passedMs = 0;
        let latest = 0;
        for (const { type, ms } of events) {
          if (type === 'pass') machine.pass(ms);
          else if (type === 'sleep') machine.sleep(ms);
          else machine.set(ms);
          if (type !== 'set') passedMs += ms;
          const now = sinceStart(clock);
          expect(now).toBeGreaterThanOrEqual(latest);
          latest = now;
        }
        machine.pass(100);
        const apart = sinceStart(clock) - passedMs - 100;
        expect(Math.abs(apart)).toBeLessThanOrEqual(1_100 + coarsenessMs);
      }),
    );
  });

  test('of this machine advances', async () => {
    const clock = createClock();
    const first = clock().getTime();
    expect(Math.abs(first - Date.now())).toBeLessThan(5_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(clock().getTime()).toBeGreaterThan(first);
  });

  test('that differs from the machine’s time by more than a minute is reported once', () => {
    const warnings: unknown[] = [];
    const log = { warn: (fields: unknown) => void warnings.push(fields) };
    const watch = (aheadMs: number) =>
      watchClock(() => new Date(Date.now() + aheadMs), log as never).stop();
    watch(50_000);
    watch(-50_000);
    expect(warnings).toEqual([]);
    watch(HOUR_MS);
    expect(warnings).toEqual([{ aheadSeconds: 3_600 }]);
  });
});

describe('time-ordered ids', () => {
  test('are UUIDs of version 7 that name their millisecond', () => {
    const newId = createTimeOrderedIds();
    const id = newId(new Date(START));
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(START);
  });

  test('sort in the order in which they were made, whatever the instants', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 })), (instants) => {
        const newId = createTimeOrderedIds();
        const ids = instants.map((ms) => newId(new Date(START + ms)));
        expect(ids.toSorted()).toEqual(ids);
        expect(new Set(ids).size).toBe(ids.length);
      }),
    );
  });

  test('ten thousand within one millisecond sort in that order too', () => {
    const newId = createTimeOrderedIds();
    const ids = Array.from({ length: 10_000 }, () => newId(new Date(START)));
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
