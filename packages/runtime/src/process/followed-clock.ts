import { createClock, createStopwatch, type Clock, type TimeSources } from './clock.ts';

/** What another clock said, and when it was asked and had answered by our stopwatch. */
export interface ClockReading {
  readonly askedAtMs: number;
  readonly answeredAtMs: number;
  /** Milliseconds since 1970. */
  readonly theirMs: number;
}

/** A clock that follows another one. */
export interface FollowedClock {
  readonly clock: Clock;
  /** The stopwatch of the readings. */
  passedMs(): number;
  /** @param notBefore what comes now is later */
  learn(reading: ClockReading, notBefore?: Date | null): void;
  /**
   * By how much the other clock may differ from what is known of it, in milliseconds: half the time
   * in which it was asked, and what two clocks may drift apart since. Infinity before the first
   * reading.
   */
  doubtMs(): number;
}

/** Ten times what a bad crystal does, and twice what a time server may correct. */
const DRIFT = 1 / 1_000;

/** How fast it goes while the other clock is behind. */
const WAITING_PACE = 1 / 2;

/**
 * Before the first reading it shows the machine's time, which nothing may record. From then on it
 * never goes back, nor stands still: when the other clock turns out to be behind, it goes at half
 * pace until that has caught up.
 */
export function createFollowedClock(sources?: TimeSources): FollowedClock {
  const passedMs = createStopwatch(sources);
  const ownClock = createClock(sources && { sources });
  let known: { readonly aheadMs: number; readonly atMs: number; readonly errorMs: number } | null =
    null;
  let shownMs = -Infinity;
  let shownAtMs = 0;

  function doubtMs(): number {
    return known === null ? Infinity : known.errorMs + (passedMs() - known.atMs) * DRIFT;
  }

  return {
    clock() {
      if (known === null) return ownClock();
      const nowMs = passedMs();
      const sinceMs = Math.max(0, nowMs - shownAtMs);
      shownMs = Math.max(shownMs + sinceMs * WAITING_PACE, nowMs + known.aheadMs);
      shownAtMs = nowMs;
      return new Date(Math.floor(shownMs));
    },
    passedMs,
    learn({ askedAtMs, answeredAtMs, theirMs }, notBefore) {
      const aheadMs = theirMs - (askedAtMs + answeredAtMs) / 2;
      const errorMs = (answeredAtMs - askedAtMs) / 2;
      if (notBefore) {
        shownMs = Math.max(shownMs, notBefore.getTime() + 1);
        shownAtMs = answeredAtMs;
      }
      const apartMs = known === null ? Infinity : Math.abs(aheadMs - known.aheadMs);
      // A slow answer says less than a quick one of a while ago, unless the two can't both be true.
      if (errorMs <= doubtMs() || apartMs > errorMs + doubtMs())
        known = { aheadMs, errorMs, atMs: answeredAtMs };
    },
    doubtMs,
  };
}
