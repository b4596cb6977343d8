import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { trustFunction } from '../src/server/trusted-proxies.ts';

/** Whether each of some addresses is trusted, asked for twice. */
function trusted(proxies: readonly string[], addresses: readonly (string | undefined)[]) {
  const trust = trustFunction(proxies);
  if (typeof trust === 'boolean') return addresses.map(() => trust);
  const ask = (hop: number) => addresses.map((address) => trust(address as string, hop));
  const first = ask(0);
  expect([ask(0), ask(1)]).toEqual([first, first]);
  return first;
}

test.each([
  [['loopback'], ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '192.0.2.1', 'nobody', '']],
  [
    ['192.0.2.0/24', '2001:db8::/32'],
    ['192.0.2.255', '2001:db8:1::1', '::ffff:192.0.2.9', '192.0.3.1', '2001:db9::1', '127.0.0.1'],
  ],
  [['uniquelocal'], ['10.1.2.3', '172.16.0.1', '192.168.0.1', '11.1.2.3', '172.32.0.1']],
])('of %j, the first addresses of %j are trusted', (proxies, addresses) => {
  const answers = trusted(proxies, addresses);
  const count = answers.indexOf(false);
  expect(count).toBeGreaterThanOrEqual(3);
  expect(answers.slice(count)).not.toContain(true);
});

test('without proxies, and on a connection that is gone, none is trusted', () => {
  expect(trusted([], ['127.0.0.1'])).toEqual([false]);
  expect(trusted(['loopback'], [undefined])).toEqual([false]);
});

test('more addresses than are remembered are judged rightly', () => {
  const addresses = Array.from(
    { length: 3_000 },
    (_, index) => `10.0.${index >> 8}.${index & 255}`,
  );
  const expected = addresses.map((address) => address.startsWith('10.0.3.'));
  expect(trusted(['10.0.3.0/24'], addresses)).toEqual(expected);
});

test('proxies are judged by the package that Fastify uses', () => {
  const name = '@fastify/proxy-addr';
  const own = createRequire(import.meta.url);
  const ofFastify = createRequire(own.resolve('fastify'));
  expect(own.resolve(name)).toBe(ofFastify.resolve(name));
});
