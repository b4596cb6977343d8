/** All events of the stock. */
export const stockEventTypes = [
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
] as const;

/** What the stream tells: to shoppers `stock.changed` alone, to operators all others. */
export const eventTypes = ['stock.changed', ...stockEventTypes] as const;
