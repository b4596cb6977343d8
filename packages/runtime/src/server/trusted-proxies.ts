import { createKeptValues } from '@anaquel/jsonapi';
import { compile } from '@fastify/proxy-addr';

/** Which proxies a server believes: all, none, addresses and networks, or by their distance. */
export type TrustedProxies =
  | boolean
  | readonly string[]
  | ((address: string, hop: number) => boolean);

/** In characters, for the addresses that are remembered. */
const ROOM = 10_000;

/**
 * What Fastify takes for it. It asks for each `x-forwarded-` header anew, and reads the address and
 * all networks each time; the proxies of a server are few.
 */
export function trustFunction(
  proxies: TrustedProxies,
): boolean | ((address: string, hop: number) => boolean) {
  if (typeof proxies === 'boolean' || typeof proxies === 'function') return proxies;
  if (proxies.length === 0) return false;
  const isTrusted = compile([...proxies]);
  const known = createKeptValues<string, boolean>(ROOM);
  return (address: string | undefined, hop) => {
    // Of a connection that is gone already.
    if (address === undefined) return false;
    const before = known.get(address);
    if (before !== undefined) return before;
    const trusted = isTrusted(address, hop);
    known.keep(address, trusted, address.length);
    return trusted;
  };
}
