import type { CloudEvent } from '@anaquel/events';
import type { Webhook } from '../../webhook.ts';

/** An event that a webhook is to be told of. */
export interface MatchingEvent {
  readonly position: number;
  readonly event: CloudEvent;
  readonly products: readonly string[];
  /** The length of its JSON. */
  readonly bytes: number;
}

export function matchingEvent(
  position: number,
  event: CloudEvent,
  products: readonly string[],
): MatchingEvent {
  return { position, event, products, bytes: JSON.stringify(event).length };
}

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

/**
 * The products that an event is about: those of its lines, or else its subject. An event that is
 * about something else gets its subject too, so that what is about the same thing keeps its order.
 */
export function productsOf({ subject, data }: CloudEvent): readonly string[] {
  const lines: unknown = 'lines' in data ? data.lines : undefined;
  if (!Array.isArray(lines)) return [subject];
  const products = new Set(lines.flatMap(productOfLine));
  return products.size > 0 ? [...products] : [subject];
}

function productOfLine(line: unknown): string[] {
  const isLine = typeof line === 'object' && line !== null && 'productId' in line;
  return isLine && typeof line.productId === 'string' ? [line.productId] : [];
}
