import { cloudEvent } from '@anaquel/events';
import type { CloudEvent, EventPage, ReadEntries, ReadEvents } from '@anaquel/events';
import type { ProductChange } from '../domain/product-change.ts';
import type { ProductStore } from './product-store.ts';
import { productView } from './product-view.ts';

/** The event that tells of a change. The same change is always the same event. */
function productEvent(
  { position, kind, product, actor, at }: ProductChange,
  source: string,
): CloudEvent {
  const id = String(product.id);
  return cloudEvent({
    id: `products/${position}`,
    source,
    type: `product.${kind}`,
    subject: id,
    time: at,
    order: `${position}.1`,
    data: { id, ...productView(product), version: product.version, actor },
  });
}

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
    const events = changes.map((change) => ({
      position: change.position,
      event: productEvent(change, source),
    }));
    return { events, position: changes.at(-1)?.position ?? position };
  };
}
