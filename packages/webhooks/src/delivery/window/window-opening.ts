import type { Clock } from '@anaquel/runtime';
import type { DeliveryStore } from '../../webhook-store.ts';
import type { Delivery } from '../../webhook.ts';
import { abandonedDelivery } from '../sending/delivery-rows.ts';
import { createDeliveryWindow } from './delivery-window.ts';
import { createEndpointPace } from '../sending/endpoint-pace.ts';
import type { Recipient } from '../recipient.ts';
import type { WindowBudget } from './undelivered-events.ts';
import type { UnsavedDeliveries } from '../saving/unsaved-deliveries.ts';

export interface WindowOpenerOptions {
  readonly store: Pick<DeliveryStore, 'pendingDeliveries'>;
  readonly unsaved: UnsavedDeliveries;
  readonly clock: Clock;
  readonly random: () => number;
}

export interface WindowOpener {
  /** For a recipient that is told of everything up to its cursor, and of nothing beyond. */
  open(recipient: Recipient): void;
  /**
   * For a recipient that may have requests of before, which keep their events. Does nothing as long
   * as what the store has of them is not up to date.
   */
  openAgain(recipient: Recipient): Promise<void>;
}

const MOST_EVENTS = 100_000;

export function createWindowOpener(options: WindowOpenerOptions): WindowOpener {
  const { store, unsaved, clock, random } = options;
  const budget: WindowBudget = { used: 0, mostEvents: MOST_EVENTS };

  function abandon(delivery: Delivery): void {
    unsaved.put(abandonedDelivery(delivery, 'webhook-changed'), true);
  }

  function openWith(recipient: Recipient, pinned: readonly Delivery[]): void {
    const { cursor } = recipient;
    recipient.window = createDeliveryWindow({ cursor, budget, pinned, onLost: abandon });
  }

  return {
    open: (recipient) => openWith(recipient, []),
    async openAgain(recipient) {
      const { id, batch } = recipient.webhook;
      if (unsaved.has(id)) return;
      const pending = await store.pendingDeliveries(id);
      if (recipient.phase !== 'catching-up' || recipient.window || unsaved.has(id)) return;
      const ofEvents = pending.filter(({ cause }) => cause === 'event');
      for (const delivery of ofEvents) if (delivery.eventCount > batch) abandon(delivery);
      const kept = ofEvents.filter(({ eventCount }) => eventCount <= batch);
      const now = clock().toISOString();
      const pinned = recipient.isAskedFor ? kept.map((delivery) => dueAt(delivery, now)) : kept;
      const isFailing = recipient.failingSinceMs !== null && !recipient.isAskedFor;
      recipient.pace = createEndpointPace(random, isFailing ? paceOf(pinned) : WELL);
      recipient.isAskedFor = false;
      openWith(recipient, pinned);
    },
  };
}

const WELL = { failures: 0, dueMs: 0 };

/** How an endpoint is treated that failed before this process began. */
function paceOf(pinned: readonly Delivery[]): { failures: number; dueMs: number } {
  const due = pinned.map(({ attemptAt }) => Date.parse(attemptAt));
  return {
    failures: Math.max(1, ...pinned.map(({ attempt }) => attempt - 1)),
    dueMs: due.length > 0 ? Math.min(...due) : 0,
  };
}

/** As if it were tried for the first time: a caller wants it now. */
function dueAt(delivery: Delivery, at: string): Delivery {
  return { ...delivery, attemptAt: at, firstAttemptAt: at };
}
