import { createKeptValues } from '@anaquel/jsonapi';
import { compile } from '@fastify/proxy-addr';

/** Which proxies a server believes: all, none, addresses and networks, or by their distance. */
export type TrustedProxies =
  | boolean
  | readonly string[]
  | ((address: string, hop: number) => boolean);

const MAX_REMEMBERED = 256;

/**
 * The same for Fastify's `trustProxy`. Fastify asks anew for each header by which a proxy speaks,
 * and its own function reads the address and all networks each time. So the answers for addresses
 * that are connected to this server are remembered; other addresses may be what a client made up.
 */
export function trustFunction(
  proxies: TrustedProxies,
): boolean | ((address: string, hop: number) => boolean) {
  if (typeof proxies === 'boolean' || typeof proxies === 'function') return proxies;
  if (proxies.length === 0) return false;
  const isTrusted = compile([...proxies]);
  const known = createKeptValues<string, boolean>(MAX_REMEMBERED);
  return (address: string | undefined, hop) => {
    // Of a connection that is gone already.
    if (address === undefined) return false;
    if (hop > 0) return isTrusted(address, hop);
    const before = known.get(address);
    if (before !== undefined) return before;
    const trusted = isTrusted(address, hop);
    known.keep(address, trusted, 1);
    return trusted;
  };
}
