import { expect, test } from 'vitest';
import { createPruning } from '../../src/delivery/saving/pruning.ts';

test('as many deliveries are deleted as were saved, in parts that are bounded', async () => {
  let kept = 100_000;
  const parts: number[] = [];
  const pruning = createPruning({
    clock: () => new Date('2026-03-01T12:00:00.000Z'),
    store: {
      async pruneDeliveries(_before, limit) {
        parts.push(limit);
        kept -= limit;
        return limit;
      },
    },
  });
  for (let second = 0; second < 20; second += 1) {
    kept += 2_000;
    pruning.note(2_000);
    await pruning.round();
  }
  expect(kept).toBeLessThanOrEqual(100_000);
  expect(Math.max(...parts)).toBeLessThanOrEqual(2_000);
});
