import type { Clock } from '@anaquel/runtime';
import type { DeliveryStore } from '../webhook-store.ts';

/** Deletes deliveries that are kept no longer. */
export interface Pruning {
  /** Says how many were saved: those before them may be too many by now. */
  note(saved: number): void;
  /** Deletes a slice, when there may be something to delete. */
  round(): Promise<void>;
}

const KEPT_MS = 30 * 24 * 3_600_000;
const A_SLICE = 500;
const EVERY_MS = 3_600_000;

export function createPruning(options: {
  readonly store: Pick<DeliveryStore, 'pruneDeliveries'>;
  readonly clock: Clock;
}): Pruning {
  const { store, clock } = options;
  let saved = 0;
  let nextMs = 0;
  return {
    note(count) {
      saved += count;
    },
    async round() {
      const nowMs = clock().getTime();
      if (saved < A_SLICE && nowMs < nextMs) return;
      const before = new Date(nowMs - KEPT_MS).toISOString();
      const pruned = await store.pruneDeliveries(before, A_SLICE);
      saved = 0;
      nextMs = pruned >= A_SLICE ? nowMs : nowMs + EVERY_MS;
    },
  };
}
