import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  createCircuitBreaker,
  FAILURES_TO_OPEN,
  PROBE_AFTER_MS,
  type CallResult,
} from '../src/client/circuit-breaker.ts';
import { createRetryBudget } from '../src/client/retry-budget.ts';

const fine: CallResult = { ok: true };
const failed: CallResult = { ok: false, reason: 'failed' };
const timedOut: CallResult = { ok: false, reason: 'timeout' };

describe('the circuit breaker', () => {
  let probe: ReturnType<typeof vi.fn<() => Promise<CallResult>>>;
  let circuit: ReturnType<typeof createCircuitBreaker>;

  beforeEach(() => {
    probe = vi.fn<() => Promise<CallResult>>(() => Promise.resolve(failed));
    circuit = createCircuitBreaker({ probe, slowAfterMs: 20 });
  });
  // This ends running probes.
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

  test('ignores calls that were refused for their own content', async () => {
    const rejected: CallResult = { ok: false, reason: 'rejected' };
    for (let index = 0; index <= FAILURES_TO_OPEN; index += 1)
      expect(await call(rejected)).toBe(rejected);
    expect(circuit.isWell).toBe(true);
    await call(failed);
    await call(rejected);
    expect(circuit.isWell).toBe(false);
  });

  test('tells calls that it ended that nobody waits for them any more', async () => {
    const late = Promise.withResolvers<CallResult>();
    let isWaitedFor = (): boolean => false;
    const ended = circuit.call((asked) => {
      isWaitedFor = asked;
      return late.promise;
    });
    expect(isWaitedFor()).toBe(true);
    await failUntilOpen();
    expect(await ended).toBeNull();
    expect(isWaitedFor()).toBe(false);
    late.resolve(fine);
  });

  describe('when a call takes long', () => {
    const never = new Promise<CallResult>(() => {});

    test('opens as soon as a probe fails, and ends calls under way', async () => {
      const late = Promise.withResolvers<CallResult>();
      expect(
        await Promise.all([circuit.call(() => late.promise), circuit.call(() => never)]),
      ).toEqual([null, null]);
      expect(probe).toHaveBeenCalledTimes(1);
      expect(await call(fine)).toBeNull();
      probe.mockResolvedValue(fine);
      await vi.waitFor(() => expect(circuit.isWell).toBe(true), 30_000);
      // This answer is from after the recovery, and says nothing of now.
      late.resolve(failed);
      expect(await call(fine)).toBe(fine);
      expect(circuit.isWell).toBe(true);
    });

    test('and times out, a probe at once finds out whether only this call was slow', async () => {
      probe.mockResolvedValue(fine);
      for (let index = 0; index <= FAILURES_TO_OPEN; index += 1)
        expect(await call(timedOut)).toBe(timedOut);
      await vi.waitFor(() => expect(probe).toHaveBeenCalled(), 30_000);
      expect(circuit.isWell).toBe(true);
      probe.mockResolvedValue(timedOut);
      expect(await call(timedOut)).toBe(timedOut);
      await vi.waitFor(async () => expect(await call(fine)).toBeNull(), 30_000);
    });

    test('stays closed while a probe succeeds', async () => {
      probe.mockResolvedValue(fine);
      const slow = Promise.withResolvers<CallResult>();
      const under = circuit.call(() => slow.promise);
      await vi.waitFor(() => expect(probe).toHaveBeenCalledTimes(1), 30_000);
      expect(await call(fine)).toBe(fine);
      slow.resolve(fine);
      expect(await under).toBe(fine);
    });

    test('stays closed while other calls succeed, whatever a probe says', async () => {
      const gate = Promise.withResolvers<CallResult>();
      probe.mockReturnValueOnce(gate.promise);
      void circuit.call(() => never);
      await vi.waitFor(() => expect(probe).toHaveBeenCalledTimes(1), 30_000);
      expect(await call(fine)).toBe(fine);
      gate.resolve(timedOut);
      await sleep(0);
      expect(await call(fine)).toBe(fine);
      expect(circuit.isWell).toBe(true);
    });
  });

  test('probes one at a time, with a pause, until one succeeds', async () => {
    const first = Promise.withResolvers<CallResult>();
    const second = Promise.withResolvers<CallResult>();
    probe.mockReturnValueOnce(first.promise).mockReturnValueOnce(second.promise);
    await failUntilOpen();
    await sleep(PROBE_AFTER_MS * 2.5);
    expect(probe).toHaveBeenCalledTimes(1);
    const failedAt = performance.now();
    first.resolve(failed);
    await vi.waitFor(() => expect(probe).toHaveBeenCalledTimes(2), 30_000);
    expect(performance.now() - failedAt).toBeGreaterThan(PROBE_AFTER_MS - 10);
    expect(await call(fine)).toBeNull();
    second.resolve(fine);
    await vi.waitFor(() => expect(circuit.isWell).toBe(true), 30_000);
    expect(probe).toHaveBeenCalledTimes(2);
    await sleep(PROBE_AFTER_MS * 1.5);
    expect(probe).toHaveBeenCalledTimes(2);
  });

  test('opens after one failure and one failed probe', async () => {
    await call(failed);
    await vi.waitFor(() => expect(probe).toHaveBeenCalledTimes(1), 30_000);
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
    for (let index = 0; index < 2 && budget.spend(); index += 1) retries += 1;
  };
  for (let index = 0; index < 10_000; index += 1) failingRequest();
  expect(retries).toBeGreaterThan(990);
  expect(retries).toBeLessThanOrEqual(1_010);
  // Requests without retries add no credit beyond the bucket.
  for (let index = 0; index < 10_000; index += 1) budget.earn();
  retries = 0;
  for (let index = 0; index < 10; index += 1) failingRequest();
  expect(retries).toBeLessThanOrEqual(11);
});
