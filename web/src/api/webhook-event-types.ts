import type { WebhookSource } from './webhooks.ts';

/** The types of events that a webhook may choose from. */
export const webhookEventTypes = {
  stock: [
    'stock.received',
    'stock.adjusted',
    'stock.counted',
    'stock.sold',
    'stock.reserved',
    'stock.released',
    'stock.returned',
    'stock.low',
    'stock.sold-out',
    'stock.back-in-stock',
    'reservation.created',
    'reservation.confirmed',
    'reservation.released',
    'reservation.expired',
    'purchase.completed',
  ],
  catalogue: ['product.created', 'product.updated', 'product.deleted', 'product.price-changed'],
} as const satisfies Record<WebhookSource, readonly string[]>;
