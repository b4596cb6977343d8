/** What the stream tells: to shoppers `stock.changed` alone, to operators all others. */
export const eventTypes = [
  'stock.changed',
  'stock.received',
  'stock.adjusted',
  'stock.counted',
  'stock.sold',
  'stock.reserved',
  'stock.released',
  'stock.returned',
  'stock.low',
  'purchase.completed',
] as const;
