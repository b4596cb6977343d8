import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createWriteHealth } from '../src/index.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('is degraded after a failed write, and notices by itself when writing works again', async () => {
  let isFull = true;
  const tryToWrite = vi.fn(async () => {
    if (isFull) throw new Error('database or disk is full');
  });
  const health = createWriteHealth({ tryToWrite, everyMs: 1_000 });
  expect(health.status).toBe('ok');
  await vi.advanceTimersByTimeAsync(10_000);
  expect(tryToWrite, 'nothing is tried as long as all is well').not.toHaveBeenCalled();

  health.failed();
  health.failed();
  expect(health.status).toBe('degraded');
  await vi.advanceTimersByTimeAsync(3_000);
  expect(tryToWrite).toHaveBeenCalledTimes(3);
  expect(health.status).toBe('degraded');
  isFull = false;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(health.status).toBe('ok');
  await vi.advanceTimersByTimeAsync(10_000);
  expect(tryToWrite).toHaveBeenCalledTimes(4);

  health.failed();
  health.stop();
  health.failed();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(tryToWrite).toHaveBeenCalledTimes(4);
});

test('a commit may have written nothing, so a write is tried at once', async () => {
  let isFull = true;
  const tryToWrite = vi.fn(async () => {
    if (isFull) throw new Error('database or disk is full');
  });
  const health = createWriteHealth({ tryToWrite, everyMs: 1_000 });
  health.committed();
  expect(tryToWrite).not.toHaveBeenCalled();
  health.failed();
  health.committed();
  await vi.advanceTimersByTimeAsync(0);
  expect(tryToWrite).toHaveBeenCalledTimes(1);
  expect(health.status).toBe('degraded');
  isFull = false;
  health.committed();
  await vi.advanceTimersByTimeAsync(0);
  expect(health.status).toBe('ok');
  health.stop();
});

test('a write that hangs is tried once', async () => {
  const tryToWrite = vi.fn(() => new Promise<void>(() => {}));
  const health = createWriteHealth({ tryToWrite, everyMs: 1_000 });
  health.failed();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(tryToWrite).toHaveBeenCalledTimes(1);
  health.stop();
});
