import { hash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeKeysFiles } from '../gateway-keys.ts';
import { trustingGateway } from '../start/processes.ts';

const environment = { STOREFRONT_API_KEY: 'shop-key', OPERATOR_API_KEY: 'operator-key' };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anaquel-keys-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function keysIn(path: string): { name: string; scopes: string[]; sha256: string }[] {
  return (JSON.parse(readFileSync(path, 'utf8')) as { keys: ReturnType<typeof keysIn> }).keys;
}

test('each service gets the digests of both keys, with no more scopes than the gateway needs', () => {
  const files = writeKeysFiles(folder, environment);
  expect(statSync(files.products).mode & 0o777).toBe(0o600);
  const [shop, operator] = keysIn(files.products);
  expect(shop).toEqual({
    name: 'storefront',
    scopes: ['products:read'],
    sha256: hash('sha256', 'shop-key'),
  });
  expect(operator?.scopes).toEqual([
    'products:read',
    'products:write',
    'webhooks:read',
    'webhooks:write',
    'admin',
  ]);
  expect(keysIn(files.inventory).map(({ scopes }) => scopes.includes('internal'))).toEqual([
    true,
    true,
  ]);
  expect(keysIn(files.inventory)[0]?.scopes).not.toContain('purchases:read');
  for (const file of Object.values(files))
    expect(readFileSync(file, 'utf8')).not.toContain('shop-key');
});

test("the user's own keys stay, and count where they are the same", () => {
  const own = [
    { name: 'mine', scopes: ['products:read'], sha256: 'a'.repeat(64) },
    { name: 'operator', scopes: ['admin'], sha256: 'b'.repeat(64) },
    { name: 'till', scopes: ['admin'], sha256: hash('sha256', 'shop-key').toUpperCase() },
  ];
  const file = join(folder, 'own.json');
  writeFileSync(file, JSON.stringify({ keys: own }));
  expect(keysIn(writeKeysFiles(folder, { ...environment, KEYS_FILE: file }).products)).toEqual(own);
});

test('a keys file that is none is left to the service, which says so', () => {
  const file = join(folder, 'broken.json');
  writeFileSync(file, '{');
  expect(writeKeysFiles(folder, { ...environment, KEYS_FILE: file })).toEqual({
    products: file,
    inventory: file,
  });
});

test.each([
  [undefined, '127.0.0.1', 'loopback,127.0.0.1'],
  [undefined, '0.0.0.0', 'loopback'],
  [undefined, 'localhost', 'loopback'],
  [undefined, '192.0.2.1', 'loopback,192.0.2.1'],
  ['10.0.0.0/8', '0.0.0.0', 'loopback,10.0.0.0/8'],
  ['true', '0.0.0.0', 'true'],
  ['false', '0.0.0.0', 'false'],
  ['1', '0.0.0.0', '1'],
])('with TRUST_PROXY %s on %s services believe %s', (trustProxy, host, believed) => {
  expect(trustingGateway(trustProxy, host)).toBe(believed);
});
