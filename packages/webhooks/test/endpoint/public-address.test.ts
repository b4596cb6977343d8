import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isPublicAddress } from '../../src/endpoint/public-address.ts';

/** The first and the last address of each range that leads to nobody on the public internet. */
const NOT_PUBLIC = [
  ['0.0.0.0', '0.255.255.255'],
  ['10.0.0.0', '10.255.255.255'],
  ['100.64.0.0', '100.127.255.255'],
  ['127.0.0.0', '127.255.255.255'],
  ['169.254.0.0', '169.254.255.255'],
  ['172.16.0.0', '172.31.255.255'],
  ['192.0.0.0', '192.0.0.255'],
  ['192.0.2.0', '192.0.2.255'],
  ['192.88.99.0', '192.88.99.255'],
  ['192.168.0.0', '192.168.255.255'],
  ['198.18.0.0', '198.19.255.255'],
  ['198.51.100.0', '198.51.100.255'],
  ['203.0.113.0', '203.0.113.255'],
  ['224.0.0.0', '255.255.255.255'],
  ['::', '1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['4000::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
] as const;

const IPV4_BITS = 32;
const IPV6_BITS = 128;

/** An address as the number that it is. */
function numberOf(address: string): bigint {
  if (!address.includes(':'))
    return address.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const missing = 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array.from({ length: missing }, () => '0'), ...groups(tail)];
  return all.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

function addressOf(value: bigint, bits: number): string {
  const [size, mark, radix] = bits === IPV4_BITS ? [8n, '.', 10] : [16n, ':', 16];
  const parts = Array.from({ length: bits / Number(size) }, (_, place) => {
    const part = (value >> (size * BigInt(place))) & ((1n << size) - 1n);
    return part.toString(radix);
  });
  return parts.toReversed().join(mark);
}

const RANGES = NOT_PUBLIC.map(([first, last]) => ({
  bits: first.includes(':') ? IPV6_BITS : IPV4_BITS,
  first: numberOf(first),
  last: numberOf(last),
}));

function isPublic(value: bigint, bits: number): boolean {
  return !RANGES.some(
    (range) => range.bits === bits && value >= range.first && value <= range.last,
  );
}

test('the edges of every range are judged, from within and from outside', () => {
  for (const { bits, first, last } of RANGES) {
    for (const value of [first - 1n, first, (first + last) / 2n, last, last + 1n]) {
      if (value < 0n || value >= 1n << BigInt(bits)) continue;
      const address = addressOf(value, bits);
      expect({ address, isPublic: isPublicAddress(address) }).toEqual({
        address,
        isPublic: isPublic(value, bits),
      });
    }
  }
});

test('any address is public unless a range has it', () => {
  const near = fc
    .record({
      range: fc.constantFrom(...RANGES),
      isLast: fc.boolean(),
      distance: fc.bigInt(-300n, 300n),
    })
    .map(({ range, isLast, distance }) => {
      const value = (isLast ? range.last : range.first) + distance;
      return { bits: range.bits, value: BigInt.asUintN(range.bits, value) };
    });
  const anywhere = fc
    .constantFrom(IPV4_BITS, IPV6_BITS)
    .chain((bits) => fc.bigInt(0n, (1n << BigInt(bits)) - 1n).map((value) => ({ bits, value })));
  fc.assert(
    fc.property(fc.oneof(near, anywhere), ({ bits, value }) => {
      expect(isPublicAddress(addressOf(value, bits))).toBe(isPublic(value, bits));
    }),
  );
});

test.each([
  '::1',
  '::',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '::ffff:7f00:1',
  '64:ff9b::8.8.8.8',
  '64:ff9b:1::7f00:1',
  '100::1',
  '2001:0:4136:e378:8000:63bf:3fff:fdd2',
  '2001:20::1',
  '2002:7f00:1::',
  '5f00::1',
  'fc00::1',
  'fdff::1',
  'fe80::1',
  'fe80::1%eth0',
  '2606:4700::1111%eth0',
  'fec0::1',
  'ff02::1',
  'localhost',
  '',
  '127.1',
])('%s is not public', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each(['1.1.1.1', '9.255.255.255', '2606:4700::1111', '2001:200::1', '2a00:1450::8'])(
  '%s is public',
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);
