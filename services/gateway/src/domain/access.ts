import type { Role } from './role.ts';

/** Whether shoppers may buy, or only look. */
export type Storefront = 'open' | 'closed';

/**
 * `forward`: the service decides what the role's key may do. `buy`: the same, and it counts against
 * the limit of a shopper. `refuse`: it needs a sign-in.
 */
export type Access = 'forward' | 'buy' | 'refuse';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Exact on purpose: an address that is spelled in another way is no purchase. */
const PURCHASES: readonly (readonly [method: string, path: RegExp])[] = [
  ['POST', /^\/api\/v1\/(?:purchases|reservations)$/],
  ['PATCH', /^\/api\/v1\/reservations\/[\w-]+$/],
  ['DELETE', /^\/api\/v1\/reservations\/[\w-]+$/],
];

/** What a role may ask of the services through the gateway's own keys. */
export function accessOf(
  role: Role,
  { method, url }: { method: string; url: string },
  storefront: Storefront,
): Access {
  if (role === 'operator' || isRead(method)) return 'forward';
  const [path = ''] = url.split('?', 1);
  const buys = PURCHASES.some(
    ([purchaseMethod, pattern]) => purchaseMethod === method && pattern.test(path),
  );
  return buys && storefront === 'open' ? 'buy' : 'refuse';
}

export function isRead(method: string): boolean {
  return READS.has(method);
}
