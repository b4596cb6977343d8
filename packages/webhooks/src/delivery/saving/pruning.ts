import type { Clock } from '@anaquel/runtime';
import type { DeliveryStore } from '../../webhook-store.ts';

/** Deletes deliveries that are kept no longer. */
export interface Pruning {
  /** Says how many were saved: those before them may be too many by now. */
  note(saved: number): void;
  /** Deletes as many as were saved, or a slice, when there may be something to delete. */
  round(): Promise<void>;
}

const KEPT_MS = 30 * 24 * 3_600_000;
const A_SLICE = 500;
/** As many as one save may have. */
const MOST_A_SLICE = 2_000;
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
      const limit = Math.min(Math.max(saved, A_SLICE), MOST_A_SLICE);
      const pruned = await store.pruneDeliveries(before, limit);
      saved = Math.max(0, saved - limit);
      nextMs = pruned >= limit ? nowMs : nowMs + EVERY_MS;
    },
  };
}
