import type { Delivery } from '../../webhook.ts';

const MOST_A_WEBHOOK = 1_000;
const MOST_A_SAVE = 2_000;
const MOST_UNSAVED = 10_000;

/** The deliveries that changed since the last save. */
export interface UnsavedDeliveries {
  /** Whether so many wait that no request may start until some are saved. */
  readonly isFull: boolean;
  /**
   * Of more than 1,000 of one webhook the oldest are forgotten.
   *
   * @param isKnown whether the store has it in an earlier state, which must not stay
   */
  put(delivery: Delivery, isKnown: boolean): void;
  has(webhookId: string): boolean;
  hasDelivery(id: string): boolean;
  /** Those to save next. */
  slice(): readonly Delivery[];
  saved(deliveries: readonly Delivery[]): void;
}

interface Unsaved {
  readonly delivery: Delivery;
  readonly isKnown: boolean;
}

export function createUnsavedDeliveries(): UnsavedDeliveries {
  const all = new Map<string, Unsaved>();
  /** The ids of each webhook, oldest first. */
  const idsOf = new Map<string, Set<string>>();

  function forget({ id, webhookId }: Delivery): void {
    all.delete(id);
    const ids = idsOf.get(webhookId);
    ids?.delete(id);
    if (ids?.size === 0) idsOf.delete(webhookId);
  }

  function forgetOldest(ids: ReadonlySet<string>): void {
    for (const id of ids) {
      const unsaved = all.get(id);
      if (!unsaved || unsaved.isKnown || unsaved.delivery.status === 'pending') continue;
      return forget(unsaved.delivery);
    }
  }

  return {
    get isFull() {
      return all.size >= MOST_UNSAVED;
    },
    put(delivery, isKnown) {
      const { id, webhookId } = delivery;
      const ids = idsOf.get(webhookId) ?? new Set();
      idsOf.set(webhookId, ids.add(id));
      all.set(id, { delivery, isKnown: isKnown || (all.get(id)?.isKnown ?? false) });
      if (ids.size > MOST_A_WEBHOOK) forgetOldest(ids);
    },
    has: (webhookId) => idsOf.has(webhookId),
    hasDelivery: (id) => all.has(id),
    slice: () =>
      all
        .values()
        .take(MOST_A_SAVE)
        .map(({ delivery }) => delivery)
        .toArray(),
    saved(deliveries) {
      for (const delivery of deliveries) {
        const unsaved = all.get(delivery.id);
        if (unsaved?.delivery === delivery) forget(delivery);
        else if (unsaved) all.set(delivery.id, { ...unsaved, isKnown: true });
      }
    },
  };
}
