import { cloudEvent } from '@anaquel/events';
import type { EventPage, LoggedEvent, ReadEntries, ReadEvents } from '@anaquel/events';
import { priceOf } from '../domain/product.ts';
import type { ProductChange } from '../domain/product-change.ts';
import type { ProductStore } from './product-store.ts';
import { productView } from './product-view.ts';

/**
 * Which place an event has among those of one position. A number is never changed or used again, so
 * that an event keeps its `order` for ever.
 */
const PLACES = { change: 1, price: 2 } as const;

/**
 * One event for the change, and one more if it changed the price. The events of a change are always
 * the same.
 */
function eventsOf(change: ProductChange, source: string): LoggedEvent[] {
  const { position, product, priceBefore, kind, actor, at, traceparent } = change;
  const id = String(product.id);
  const common = { source, subject: id, time: at, traceparent };
  const { version } = product;
  const events: LoggedEvent[] = [
    {
      position,
      event: cloudEvent({
        ...common,
        id: `products/${position}`,
        type: `product.${kind}`,
        order: `${position}.${PLACES.change}`,
        data: { id, ...productView(product), version, actor },
      }),
    },
  ];
  if (priceBefore === null) return events;
  const price = { price: priceOf(product), currency: product.currency };
  const previous = { previousPrice: priceOf(priceBefore), previousCurrency: priceBefore.currency };
  const event = cloudEvent({
    ...common,
    id: `products/${position}/price`,
    type: 'product.price-changed',
    order: `${position}.${PLACES.price}`,
    data: { id, ...price, ...previous, version, actor },
  });
  return [...events, { position, event }];
}

/** The types of all events of the feed. */
export const productEventTypes: readonly string[] = [
  'product.created',
  'product.updated',
  'product.deleted',
  'product.price-changed',
];

/** Reads the events of at most `limit` changes after `position`. */
export type ReadProductEvents = (position: number, limit: number) => Promise<EventPage>;

/** Reads the log with this id, for the feed. */
export function createProductEvents(
  store: Pick<ProductStore, 'changesAfter'>,
  logId: () => Promise<string>,
): ReadProductEvents {
  return async (position, limit) => {
    const { changes, head } = await store.changesAfter(position, limit);
    const readEvents = eventsOfChanges(async () => changes, logId);
    return { ...(await readEvents(position, limit)), head };
  };
}

/** Reads the events of the log with this id by its changes. */
export function eventsOfChanges(
  read: ReadEntries<ProductChange>,
  logId: () => Promise<string>,
): ReadEvents {
  return async (position, limit) => {
    const source = `/products/logs/${await logId()}`;
    const changes = await read(position, limit);
    const events = changes.flatMap((change) => eventsOf(change, source));
    return { events, position: changes.at(-1)?.position ?? position };
  };
}
