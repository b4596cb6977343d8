import { BlockList, isIP } from 'node:net';

/**
 * Of IPv4 everything is routable but these. As IANA's registry of special-purpose addresses has
 * them, with multicast and the addresses that are reserved. A few that the registry calls global
 * lead to other places than they say, and are refused: relays (192.88.99/24) and 192.0.0/24.
 *
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry
 */
const NOT_ROUTABLE_IPV4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;

/**
 * Of IPv6 nothing is routable but this, so that whatever stands for an IPv4 address (`::ffff:…`,
 * `64:ff9b::…`), a machine, a site or a group of machines is refused with the rest.
 */
const ROUTABLE_IPV6 = ['2000::', 3] as const;

/**
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry Teredo and ORCHID are in the
 *   first; the third stands for IPv4 addresses.
 */
const NOT_ROUTABLE_IPV6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

const notRoutableIpv4 = new BlockList();
for (const [net, prefix] of NOT_ROUTABLE_IPV4) notRoutableIpv4.addSubnet(net, prefix, 'ipv4');
// Lists of their own: Node.js compares an IPv4 address with ranges of `::ffff:0:0/96` and back.
const routableIpv6 = new BlockList();
routableIpv6.addSubnet(...ROUTABLE_IPV6, 'ipv6');
const notRoutableIpv6 = new BlockList();
for (const [net, prefix] of NOT_ROUTABLE_IPV6) notRoutableIpv6.addSubnet(net, prefix, 'ipv6');

/**
 * Whether a packet to this address finds its way over the public internet, and so can't reach what
 * only this machine or its network reaches.
 *
 * @param address without brackets. One with a zone id is never public, and what is no address
 *   neither.
 */
export function isPublicAddress(address: string): boolean {
  if (address.includes('%')) return false;
  switch (isIP(address)) {
    case 4:
      return !notRoutableIpv4.check(address, 'ipv4');
    case 6:
      return routableIpv6.check(address, 'ipv6') && !notRoutableIpv6.check(address, 'ipv6');
    default:
      return false;
  }
}
