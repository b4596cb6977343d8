import { cloudEvent } from '@anaquel/events';
import type { CloudEvent, ReadEvents } from '@anaquel/events';
import type { ProductChange } from '../domain/product-change.ts';
import type { ProductStore } from './product-store.ts';
import { productView } from './product-view.ts';

/** The event that tells of a change. The same change is always the same event. */
export function productEvent({ position, kind, product, actor, at }: ProductChange): CloudEvent {
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

/** The log as a relay reads it. */
export function createReadProductEvents(store: ProductStore): ReadEvents {
  return async (position, limit) => {
    const { changes } = await store.changesAfter(position, limit);
    return {
      events: changes.map((change) => ({ position: change.position, event: productEvent(change) })),
      position: changes.at(-1)?.position ?? position,
    };
  };
}
