import type { Delivery } from '../../webhook.ts';
import { compareOrders, readOrder, type EventOrder } from '../reading/event-order.ts';
import type { UndeliveredEvent } from './undelivered-events.ts';

/** A request that an earlier process tried, or began to try, and that keeps its events. */
export interface PinnedRequest {
  readonly delivery: Delivery;
  readonly events: UndeliveredEvent[];
  readonly first: EventOrder;
  readonly last: EventOrder;
}

/** Puts requests of an earlier process together again while their events are read. */
export interface PinnedRequests {
  /** How many are not complete yet. */
  readonly size: number;
  /** Whether the last event taken is in one of these, so that the next one may complete it. */
  readonly hasBegun: boolean;
  /**
   * Takes the next event, which is in a request from now on if it belongs to one of these. Gives
   * the request that it completes.
   */
  take(event: UndeliveredEvent): PinnedRequest | null;
  /** Says that the log is read up to this position. */
  reach(position: number): void;
}

/**
 * @param deliveries those that are `pending`, of cause `event`
 * @param cursor where reading begins
 * @param onLost told of each that can't be put together again, because the webhook wants other
 *   events by now, or has been told of them
 */
export function createPinnedRequests(
  deliveries: readonly Delivery[],
  cursor: number,
  onLost: (delivery: Delivery) => void,
): PinnedRequests {
  const open = new Set(deliveries.map(pinned).toSorted((a, b) => compareOrders(a.first, b.first)));

  function lose(request: PinnedRequest): void {
    open.delete(request);
    for (const event of request.events) event.isRequested = false;
    onLost(request.delivery);
  }

  for (const request of open) if (request.first.position <= cursor) lose(request);
  return {
    get size() {
      return open.size;
    },
    get hasBegun() {
      const [first] = open;
      return first !== undefined && first.events.length > 0;
    },
    take(event) {
      const order = readOrder(event.event.order);
      for (const request of open) {
        if (compareOrders(order, request.first) < 0) return null;
        if (compareOrders(order, request.last) > 0) {
          lose(request);
          continue;
        }
        request.events.push(event);
        event.isRequested = true;
        if (compareOrders(order, request.last) < 0) return null;
        if (request.events.length === request.delivery.eventCount) {
          open.delete(request);
          return request;
        }
        lose(request);
      }
      return null;
    },
    reach(position) {
      for (const request of open) if (request.last.position <= position) lose(request);
    },
  };
}

function pinned(delivery: Delivery): PinnedRequest {
  const { firstOrder, lastOrder } = delivery;
  return {
    delivery,
    events: [],
    first: readOrder(firstOrder ?? ''),
    last: readOrder(lastOrder ?? ''),
  };
}
