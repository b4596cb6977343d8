import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createFailureLog } from '../src/index.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('of a series of failures the first is logged, and their number when it is over', () => {
  const warn = vi.fn();
  const note = createFailureLog({ warn }, 'nothing can be read');
  for (let failure = 1; failure <= 20; failure += 1) {
    note({ failure });
    vi.advanceTimersByTime(1_000);
  }
  expect(warn.mock.calls).toEqual([[{ failure: 1 }, 'nothing can be read']]);
  vi.advanceTimersByTime(10_000);
  expect(warn.mock.calls.slice(1)).toEqual([
    [{ times: 20, seconds: 19 }, 'over: nothing can be read'],
  ]);
  note({ failure: 21 });
  vi.advanceTimersByTime(60_000);
  expect(warn.mock.calls.slice(2)).toEqual([[{ failure: 21 }, 'nothing can be read']]);
});
