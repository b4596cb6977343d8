import type { CloudEvent } from '@anaquel/events';

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
