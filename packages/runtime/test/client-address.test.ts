import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { clientOf } from '../src/index.ts';

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::9', '2001:db8:1:2'],
  ['2001:db8::9', '2001:db8:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['::1', '0:0:0:0'],
  ['203.0.113.7:5555', '203.0.113.7'],
  ['[2001:db8:1:2::7]:443', '2001:db8:1:2'],
  ['[2001:db8:1:2::7]', '2001:db8:1:2'],
])('%s counts as %s', (address, client) => {
  expect(clientOf(address)).toBe(client);
});

test('what a client is counted by keeps neither long texts nor whole headers in memory', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const clients = new Set<string>();
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let number = 0; number < 2_000; number += 1) {
    const address = `203.0.${100 + Math.floor(number / 150)}.${100 + (number % 150)}`;
    const header = `${'x'.repeat(15_000)}, ${address}`;
    clients.add(clientOf(header.slice(15_002)));
    clients.add(clientOf(`${number}${header}`));
    clients.add(clientOf(`${number}:${header}`));
  }
  collect();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(5_000_000);
  expect(clients.has('203.0.100.100')).toBe(true);
});
