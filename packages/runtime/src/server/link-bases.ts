import { createKeptValues } from '@anaquel/jsonapi';
import type { FastifyRequest } from 'fastify';
import { ownCopy } from './own-copy.ts';

/** In characters, for the origins that are remembered. */
const ROOM = 100_000;

/**
 * The origins that links start with, by service: the configured public addresses, or behind a
 * trusted proxy the one that the proxy was asked for, which then serves them all. Without a trusted
 * proxy a client's headers never get into a link.
 */
export function createLinkBases<Bases extends Readonly<Record<string, string>>>(
  configured: Bases,
): (request: FastifyRequest) => Bases {
  /** A document asks for each of its links, and who the proxies are takes as long as a read. */
  const known = new WeakMap<FastifyRequest, Bases>();
  /** By origin as the proxy says it. */
  const forwarded = createKeptValues<string, Bases>(ROOM);
  return (request) => {
    if (request.headers['x-forwarded-host'] === undefined) return configured;
    const before = known.get(request);
    if (before !== undefined) return before;
    const bases = forwardedBases(request);
    known.set(request, bases);
    return bases;
  };

  function basesAt(origin: string): Bases {
    return Object.fromEntries(Object.keys(configured).map((name) => [name, origin])) as Bases;
  }

  function forwardedBases(request: FastifyRequest): Bases {
    const { headers, host, ips = [] } = request;
    // Fastify believes that header, and goes past the nearest hop, only when the nearest hop is a
    // trusted proxy.
    if (host === headers.host && ips.length < 2) return configured;
    const said = ownCopy(`${request.protocol}://${host}`);
    const before = forwarded.get(said);
    if (before !== undefined) return before;
    const bases = isOrigin(request.protocol, host) ? basesAt(said) : configured;
    forwarded.keep(said, bases, said.length);
    return bases;
  }
}

/**
 * Whether a browser would take it as an address of the web: a proxy may pass on what its client
 * made up.
 */
function isOrigin(protocol: string, host: string): boolean {
  if (protocol !== 'http' && protocol !== 'https') return false;
  const url = URL.parse(`${protocol}://${host}`);
  return url !== null && url.host !== '' && /^[^/?#@\s\\]+$/.test(host);
}
