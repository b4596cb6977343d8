import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  createCircuitBreaker,
  FAILURES_TO_OPEN,
  PROBE_AFTER_MS,
  type CallResult,
} from '../src/circuit-breaker.ts';
import { createRetryBudget } from '../src/retry-budget.ts';

const fine: CallResult = { ok: true };
const failed: CallResult = { ok: false, reason: 'failed' };
const timedOut: CallResult = { ok: false, reason: 'timeout' };

describe('the circuit breaker', () => {
  let probe: ReturnType<typeof vi.fn<() => Promise<CallResult>>>;
  let circuit: ReturnType<typeof createCircuitBreaker>;

  beforeEach(() => {
    probe = vi.fn<() => Promise<CallResult>>(() => Promise.resolve(failed));
    circuit = createCircuitBreaker(probe);
  });
  // What is still probing ends with this.
  afterEach(() => {
    probe.mockResolvedValue(fine);
  });

  const call = (result: CallResult) => circuit.call(() => Promise.resolve(result));
  async function failUntilOpen(): Promise<void> {
    for (let index = 0; index < FAILURES_TO_OPEN; index += 1) await call(failed);
  }

  test('opens after failures in a row, and not after others', async () => {
    for (let index = 1; index < FAILURES_TO_OPEN; index += 1) await call(failed);
    expect(await call(fine)).toBe(fine);
    expect(circuit.isWell).toBe(true);
    await failUntilOpen();
    expect(await call(fine)).toBeNull();
    expect(circuit.isWell).toBe(false);
  });

  test('takes no notice of calls that were refused for what they were', async () => {
    const rejected: CallResult = { ok: false, reason: 'rejected' };
    for (let index = 0; index <= FAILURES_TO_OPEN; index += 1)
      expect(await call(rejected)).toBe(rejected);
    expect(circuit.isWell).toBe(true);
    await call(failed);
    await call(rejected);
    expect(circuit.isWell).toBe(false);
  });

  test('opens at once when a call ran out of time, and holds nobody who is under way', async () => {
    const late = Promise.withResolvers<CallResult>();
    const behind = circuit.call(() => late.promise);
    expect(await call(timedOut)).toBe(timedOut);
    expect(await behind).toBeNull();
    probe.mockResolvedValue(fine);
    await vi.waitFor(() => expect(circuit.isWell).toBe(true), { timeout: 2_000 });
    // It comes when all is well again, and says nothing of now.
    late.resolve(timedOut);
    expect(await call(fine)).toBe(fine);
  });

  test('probes one at a time, with a pause, until one succeeds', async () => {
    const first = Promise.withResolvers<CallResult>();
    probe.mockReturnValueOnce(first.promise);
    await failUntilOpen();
    await sleep(PROBE_AFTER_MS * 2.5);
    expect(probe).toHaveBeenCalledTimes(1);
    first.resolve(failed);
    await sleep(PROBE_AFTER_MS / 2);
    expect(probe).toHaveBeenCalledTimes(1);
    expect(await call(fine)).toBeNull();
    probe.mockResolvedValue(fine);
    await vi.waitFor(() => expect(circuit.isWell).toBe(true), { timeout: 2_000 });
    expect(probe).toHaveBeenCalledTimes(2);
    await sleep(PROBE_AFTER_MS * 1.5);
    expect(probe).toHaveBeenCalledTimes(2);
  });

  test('finds out by probing alone that one failure was the first of many', async () => {
    await call(failed);
    await vi.waitFor(() => expect(probe).toHaveBeenCalledTimes(FAILURES_TO_OPEN - 1), {
      timeout: 5_000,
    });
    expect(await call(fine)).toBeNull();
  });

  test('stops probing when this side closes', async () => {
    probe.mockResolvedValue({ ok: false, reason: 'closed' });
    await failUntilOpen();
    await sleep(PROBE_AFTER_MS * 2.5);
    expect(probe).toHaveBeenCalledTimes(1);
  });
});

test('the retry budget gives a tenth of the requests, and ten more at first', () => {
  const budget = createRetryBudget();
  let retries = 0;
  const failingRequest = (): void => {
    budget.earn();
    for (let index = 0; index < 2 && budget.allows(); index += 1) {
      budget.spend();
      retries += 1;
    }
  };
  for (let index = 0; index < 10_000; index += 1) failingRequest();
  expect(retries).toBeGreaterThan(990);
  expect(retries).toBeLessThanOrEqual(1_010);
  // Good times are no credit for a storm.
  for (let index = 0; index < 10_000; index += 1) budget.earn();
  retries = 0;
  for (let index = 0; index < 10; index += 1) failingRequest();
  expect(retries).toBeLessThanOrEqual(11);
});
