import { stockEventTypes } from './event-types.ts';
import type { WebhookSource } from './webhooks.ts';

/** The types of events that a webhook may choose from. */
export const webhookEventTypes = {
  stock: stockEventTypes,
  catalogue: ['product.created', 'product.updated', 'product.deleted', 'product.price-changed'],
} as const satisfies Record<WebhookSource, readonly string[]>;
