import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFollowedClock } from '../src/process/followed-clock.ts';

const START = Date.parse('2026-03-01T12:00:00.000Z');
const HOUR_MS = 3_600_000;

/** A clock of another machine, and one here that follows it; time passes as the test says. */
function createPair() {
  let passedMs = 0;
  let theirMs = START;
  const followed = createFollowedClock({
    wallMs: () => START + HOUR_MS + passedMs,
    uptimeSeconds: () => 100 + passedMs / 1_000,
    steadyMs: () => passedMs,
  });
  const pass = (ms: number): void => {
    passedMs += ms;
    theirMs += ms;
  };
  return {
    pass,
    set(byMs: number) {
      theirMs += byMs;
    },
    /** Asks: there and back it takes so long. */
    ask(thereMs = 0, backMs = 0, notBefore: Date | null = null) {
      const askedAtMs = followed.passedMs();
      pass(thereMs);
      const answer = theirMs;
      pass(backMs);
      const answeredAtMs = followed.passedMs();
      followed.learn({ askedAtMs, answeredAtMs, theirMs: answer }, notBefore);
    },
    now: () => followed.clock().getTime(),
    /** By how much it is ahead of the other one. */
    ahead: () => followed.clock().getTime() - theirMs,
    doubtMs: followed.doubtMs,
  };
}

describe('a followed clock', () => {
  test('shows the time of the machine, in which nothing can be trusted, until it knows better', () => {
    const pair = createPair();
    expect(pair.doubtMs()).toBe(Infinity);
    expect(pair.ahead()).toBe(HOUR_MS);
    pair.ask();
    expect(pair.ahead()).toBe(0);
    expect(pair.doubtMs()).toBe(0);
  });

  test('doubts by half the time of asking, and more as time passes', () => {
    const pair = createPair();
    pair.ask(30, 10);
    expect(pair.doubtMs()).toBe(20);
    pair.pass(10_000);
    expect(pair.doubtMs()).toBe(30);
    expect(Math.abs(pair.ahead())).toBeLessThanOrEqual(20);
  });

  test('keeps what it knows when an answer that took long says the same', () => {
    const pair = createPair();
    pair.ask(1, 1);
    pair.ask(2_000, 0);
    expect(pair.ahead()).toBe(0);
    expect(pair.doubtMs()).toBeLessThan(4);
  });

  test('follows when the other clock is set forward, though the answer takes long', () => {
    const pair = createPair();
    pair.ask(1, 1);
    pair.set(HOUR_MS);
    pair.ask(1_000, 0);
    expect(Math.abs(pair.ahead())).toBeLessThanOrEqual(1_000);
  });

  test('goes at half pace until a clock that was set back has caught up', () => {
    const pair = createPair();
    pair.ask();
    expect(pair.ahead()).toBe(0);
    pair.set(-10_000);
    pair.ask();
    expect(pair.ahead()).toBe(10_000);
    pair.pass(4_000);
    expect(pair.ahead()).toBe(8_000);
    pair.pass(16_000);
    expect(pair.ahead()).toBe(0);
    pair.pass(1_000);
    expect(pair.ahead()).toBe(0);
  });

  test('begins after the last instant that is recorded', () => {
    const pair = createPair();
    pair.ask(0, 0, new Date(START + 5_000));
    expect(pair.now()).toBe(START + 5_001);
    pair.pass(2_000);
    expect(pair.now()).toBe(START + 6_001);
    pair.pass(20_000);
    expect(pair.ahead()).toBe(0);
  });

  test('never goes back once it knows, and differs no more than it has doubted from a clock that nobody set', () => {
    const event = fc.oneof(
      fc.record({ type: fc.constant('pass'), ms: fc.double({ min: 0, max: 20_000, noNaN: true }) }),
      fc.record({ type: fc.constant('ask'), ms: fc.integer({ min: 0, max: 3_000 }) }),
      fc.record({ type: fc.constant('set'), ms: fc.integer({ min: -HOUR_MS, max: HOUR_MS }) }),
    );
    fc.assert(
      fc.property(fc.array(event), fc.boolean(), (events, isSet) => {
        const pair = createPair();
        pair.ask();
        let latest = pair.now();
        let mostDoubtMs = 0;
        for (const { type, ms } of events) {
          if (type === 'pass') pair.pass(ms);
          else if (type === 'ask') pair.ask(ms / 3, ms);
          else if (isSet) pair.set(ms);
          const now = pair.now();
          expect(now).toBeGreaterThanOrEqual(latest);
          latest = now;
          mostDoubtMs = Math.max(mostDoubtMs, pair.doubtMs());
          if (!isSet) expect(Math.abs(pair.ahead())).toBeLessThanOrEqual(mostDoubtMs + 1);
        }
      }),
    );
  });
});
