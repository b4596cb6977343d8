export const targets = ['products', 'inventory'] as const;

/** A service behind the gateway. */
export type Target = (typeof targets)[number];

/**
 * `products`, `product-events` and the like; `product` and `tags` too, since Products can tell what
 * was meant.
 */
const OF_PRODUCTS = /^\/api\/v1\/(?:product|tag)/i;

/** Whether an address is one of a live stream, whose answer ends only when somebody ends it. */
export function isLiveStream(url: string): boolean {
  return /^[^?]*\/stream(?=\?|$)/.test(url);
}

/**
 * Which service an address below `/api/v1/` belongs to. Inventory answers for those that exist
 * nowhere.
 */
export function targetOf(url: string): Target {
  return OF_PRODUCTS.test(url) ? 'products' : 'inventory';
}
