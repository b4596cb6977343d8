import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startRecordPruning } from '../../src/application/record-pruning.ts';

const NOW = new Date('2026-03-02T12:00:00.000Z');

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function start(pruneRecords: (before: string, limit: number) => Promise<number>) {
  const prune = vi.fn(pruneRecords);
  const onError = vi.fn();
  const pruning = startRecordPruning({
    ledger: { pruneRecords: prune },
    clock: () => NOW,
    onError,
  });
  return { prune, onError, pruning };
}

test('every minute records older than a day are deleted, slice by slice until none is left', async () => {
  let old = 1_200;
  const { prune, pruning } = start(async (_, limit) => {
    const slice = Math.min(old, limit);
    old -= slice;
    return slice;
  });
  expect(prune).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(prune.mock.calls).toEqual(
    Array.from({ length: 3 }, () => ['2026-03-01T12:00:00.000Z', 500]),
  );
  await vi.advanceTimersByTimeAsync(60_000);
  expect(prune).toHaveBeenCalledTimes(4);
  pruning.stop();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(prune).toHaveBeenCalledTimes(4);
});

test('a round is bounded, however many are old', async () => {
  const { prune, pruning } = start(async (_, limit) => limit);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(prune).toHaveBeenCalledTimes(10_000);
  pruning.stop();
});

test('rounds never overlap', async () => {
  const hanging = Promise.withResolvers<number>();
  const { prune, pruning } = start(() => hanging.promise);
  await vi.advanceTimersByTimeAsync(300_000);
  expect(prune).toHaveBeenCalledTimes(1);
  pruning.stop();
});

test('a failure is reported, and the next round tries again', async () => {
  const { prune, onError, pruning } = start(() => Promise.reject(new Error('busy')));
  await vi.advanceTimersByTimeAsync(120_000);
  expect(prune).toHaveBeenCalledTimes(2);
  expect(onError).toHaveBeenCalledTimes(2);
  pruning.stop();
});
