import type { CloudEvent } from '@anaquel/events';
import type { Webhook } from '../webhook.ts';

/** Says whether a webhook is to be told of an event that is about these products. */
export type EventFilter = (event: CloudEvent, products: readonly string[]) => boolean;

export function createEventFilter({
  eventTypes,
  productIds,
}: Pick<Webhook, 'eventTypes' | 'productIds'>): EventFilter {
  const types = eventTypes && new Set(eventTypes);
  const wanted = productIds && new Set(productIds);
  return (event, products) =>
    (types?.has(event.type) ?? true) &&
    (!wanted || products.some((product) => wanted.has(product)));
}
