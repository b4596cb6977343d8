import type { Clock } from '@anaquel/runtime';
import type { Ledger } from './ledger.ts';

/** An idempotency key is remembered at least this long, that of a purchase as long as it. */
const RECORD_LIFETIME_MS = 24 * 60 * 60 * 1_000;

const EVERY_MS = 60_000;
const SLICE = 500;
/** Far more than the records of a minute. */
const SLICES_A_ROUND = 10_000;

/** Deletes idempotency records that are a day old, but for purchases, a small slice at a time. */
export function startRecordPruning(options: {
  readonly ledger: Pick<Ledger, 'pruneRecords'>;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}): { stop(): void } {
  const { ledger, clock, onError } = options;
  let pruning = false;

  async function prune(): Promise<void> {
    if (pruning) return;
    pruning = true;
    try {
      const before = new Date(clock().getTime() - RECORD_LIFETIME_MS).toISOString();
      for (let slice = 0; slice < SLICES_A_ROUND; slice += 1) {
        if ((await ledger.pruneRecords(before, SLICE)) < SLICE) return;
      }
    } catch (error) {
      onError(error);
    } finally {
      pruning = false;
    }
  }

  const timer = setInterval(() => void prune(), EVERY_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
