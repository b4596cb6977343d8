import { cloudEvent } from '@anaquel/events';
import type { CloudEvent, EventPage } from '@anaquel/events';
import type { ProductChange } from '../domain/product-change.ts';
import type { ProductStore } from './product-store.ts';
import { productView } from './product-view.ts';

/** The event that tells of a change. The same change is always the same event. */
function productEvent({ position, kind, product, actor, at }: ProductChange): CloudEvent {
  const id = String(product.id);
  return cloudEvent({
    id: `products/${position}`,
    source: '/products',
    type: `product.${kind}`,
    subject: id,
    time: at,
    data: { id, ...productView(product), version: product.version, actor },
  });
}

/**
 * The events of at most `limit` changes after `position`: what the feed shows and the relay
 * publishes.
 */
export async function readProductEvents(
  store: Pick<ProductStore, 'changesAfter'>,
  position: number,
  limit: number,
): Promise<EventPage> {
  const { changes, head } = await store.changesAfter(position, limit);
  const events = changes.map((change) => ({
    position: change.position,
    event: productEvent(change),
  }));
  return { events, position: changes.at(-1)?.position ?? position, head };
}
