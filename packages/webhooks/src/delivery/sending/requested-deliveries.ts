import { cloudEvent, type CloudEvent, type ReadEvents } from '@anaquel/events';
import type { DeliveryStore } from '../../webhook-store.ts';
import type { Delivery, Webhook } from '../../webhook.ts';
import type { Attempts } from './attempt.ts';
import { abandonedDelivery } from './delivery-rows.ts';
import { createEventFilter, productsOf } from '../reading/matching-event.ts';
import { compareOrders, readOrder } from '../reading/event-order.ts';
import type { UnsavedDeliveries } from '../saving/unsaved-deliveries.ts';

export interface RequestedDeliveriesOptions {
  readonly store: Pick<DeliveryStore, 'requestedDeliveries'>;
  readonly read: ReadEvents;
  readonly attempts: Attempts;
  readonly unsaved: UnsavedDeliveries;
  readonly webhook: (id: string) => Webhook | undefined;
  readonly onError: (error: unknown) => void;
}

/** Sends what callers asked for: once each, in no order, to paused webhooks too. */
export interface RequestedDeliveries {
  /** Begins to send what is new. */
  look(): Promise<void>;
  /** Begins nothing more. Resolves when all that is in flight has ended. */
  stop(): Promise<void>;
}

const MOST_IN_FLIGHT = 8;
const ENTRIES_A_SLICE = 500;
/** The events of one request are searched for among so many entries of the log. */
const MOST_SLICES = 100;

export function createRequestedDeliveries(
  options: RequestedDeliveriesOptions,
): RequestedDeliveries {
  const { store, read, attempts, unsaved, webhook: webhookOf, onError } = options;
  const inFlight = new Map<string, Promise<void>>();
  let isStopping = false;

  async function send(delivery: Delivery, webhook: Webhook): Promise<void> {
    const events = await eventsOf(delivery, webhook, read);
    if (events.length === 0) unsaved.put(abandonedDelivery(delivery, 'events-changed'), true);
    else {
      // A batch is sent as one, even if the webhook takes single events by now.
      const batch = Math.max(webhook.batch, events.length);
      await attempts.make({ webhook: { ...webhook, batch }, events, delivery, isKnown: true });
    }
  }

  return {
    async look() {
      const requested = await store.requestedDeliveries();
      for (const delivery of requested) {
        const { id, webhookId } = delivery;
        const webhook = webhookOf(webhookId);
        if (isStopping || inFlight.size >= MOST_IN_FLIGHT) return;
        if (!webhook || inFlight.has(id) || unsaved.hasDelivery(id)) continue;
        // One whose events could not be read just now is found again.
        const sending = send(delivery, webhook).catch(onError);
        inFlight.set(
          id,
          sending.finally(() => inFlight.delete(id)),
        );
      }
    },
    async stop() {
      isStopping = true;
      await Promise.all(inFlight.values());
    },
  };
}

async function eventsOf(
  delivery: Delivery,
  webhook: Webhook,
  read: ReadEvents,
): Promise<readonly CloudEvent[]> {
  const { firstOrder, lastOrder, eventCount } = delivery;
  if (firstOrder === null || lastOrder === null) return [testEvent(delivery)];
  const [first, last] = [readOrder(firstOrder), readOrder(lastOrder)];
  const isWanted = eventCount === 1 ? () => true : createEventFilter(webhook);
  const found: CloudEvent[] = [];
  let position = first.position - 1;
  for (let slice = 0; slice < MOST_SLICES && position < last.position; slice += 1) {
    const limit = Math.min(ENTRIES_A_SLICE, last.position - position);
    const page = await read(position, limit);
    for (const { event } of page.events) {
      const order = readOrder(event.order);
      const isWithin = compareOrders(order, first) >= 0 && compareOrders(order, last) <= 0;
      if (isWithin && isWanted(event, productsOf(event))) found.push(event);
    }
    if (page.position === position) break;
    position = page.position;
  }
  return found.length === eventCount ? found : [];
}

/** It is about the webhook itself, and in no log: its source has an order of its own. */
function testEvent({ webhookId, eventId, eventType, attemptAt }: Delivery): CloudEvent {
  return cloudEvent({
    id: eventId,
    source: `/webhooks/${webhookId}`,
    type: eventType,
    subject: webhookId,
    time: attemptAt,
    order: `${Date.parse(attemptAt)}.1`,
    data: { webhookId },
  });
}
