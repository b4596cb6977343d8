import { ownCopy } from './own-copy.ts';

/** No address is longer; what a proxy passes on may be anything. */
const LONGEST = 64;

/**
 * Who is counted as one client: an IPv4 address, or the /64 that one IPv6 line has to itself. Some
 * proxies add the port.
 */
export function clientOf(addressAndPort: string): string {
  return ownCopy(lineOf(addressAndPort.slice(0, LONGEST)));
}

function lineOf(addressAndPort: string): string {
  const address =
    /^\[(.+)\](?::\d+)?$|^([\d.]+):\d+$/.exec(addressAndPort)?.slice(1).find(Boolean) ??
    addressAndPort;
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [start = '', end] = address.split('%', 1)[0]?.split('::', 2) ?? [];
  const left = start === '' ? [] : start.split(':');
  const right = end === undefined || end === '' ? [] : end.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
}
