import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { serviceEnvironment } from '../tools/settings.ts';
import { expectAllEndWith, runPrintedCommand, useCheckout } from './checkout-in-use.ts';
import { whatIsLeft } from './shop.ts';
import type { Shop } from './shop.ts';
import type { Resource } from './stocked-shop.ts';

/**
 * A shopper buys through the gateway without a key, and a signed-in operator sees the shopper in
 * the ledger.
 */
async function useStorefront(shop: Shop, password: string): Promise<void> {
  const gateway = `http://127.0.0.1:${shop.ports.gateway}`;
  const attributes = { lines: [{ productId: '1', quantity: 1 }] };
  const bought = await fetch(`${gateway}/api/v1/purchases`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.api+json', 'idempotency-key': 'first' },
    body: JSON.stringify({ data: { type: 'purchases', attributes } }),
  });
  expect(bought.status).toBe(201);
  expect(bought.headers.get('location')).toMatch(`${gateway}/api/v1/purchases/`);
  const signedIn = await fetch(`${gateway}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ password }),
  });
  expect(await signedIn.json()).toEqual({ role: 'operator', storefront: 'open' });
  const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const sold = await fetch(`${gateway}/api/v1/stock-movements?filter[kind]=sale`, {
    headers: { cookie },
  });
  const { data } = (await sold.json()) as { data: Resource[] };
  expect(data[0]?.attributes['actor']).toMatch(/^shopper:[\w-]{22}$/);
}

// Starts take most of the time: the tests of a suite follow one another in one shop.

describe('a shop with the demo catalogue', () => {
  const checkout = useCheckout(beforeAll, afterAll);
  let shop: Shop;
  let keys: Record<string, string>;
  let onHand: unknown;

  async function firstOnHand(): Promise<unknown> {
    const [level] = await checkout.list(shop, 'inventory', '/api/v1/inventories?filter[id]=1');
    return level?.attributes['onHand'];
  }

  test('the first start makes keys, loads the demo shop, prints a purchase that works and opens the storefront', async () => {
    shop = await checkout.start();
    await shop.ready();
    keys = checkout.settings();
    const { OPERATOR_PASSWORD: password = '', ...apiKeys } = keys;
    expect(Object.keys(apiKeys)).toEqual([
      'PRODUCTS_API_KEY',
      'INVENTORY_API_KEY',
      'STOREFRONT_API_KEY',
      'OPERATOR_API_KEY',
      'WEBHOOKS_SECRET_KEY',
    ]);
    expect(statSync(join(checkout.folder, '.env')).mode & 0o777).toBe(0o600);
    for (const key of Object.values(apiKeys)) expect(shop.output()).not.toContain(key);
    expect(shop.output(), 'what loading the demo shop changed').not.toMatch(/^\{/m);
    expect(shop.output().split(password), 'the password is shown once').toHaveLength(2);
    // The services' own log lines have addresses too, in any order.
    const [, banner = ''] = shop.output().split('is ready.');
    const addresses = banner.match(/http:\/\/127\.0\.0\.1:\d+/g) ?? [];
    expect(addresses[0], 'the first address').toBe(`http://127.0.0.1:${shop.ports.gateway}`);
    for (const name of ['products-keys.json', 'inventory-keys.json'])
      expect(statSync(join(checkout.folder, 'data', name)).mode & 0o777).toBe(0o600);

    const products = await checkout.list(shop, 'products', '/api/v1/products?page[size]=100');
    expect(products.map(({ id }) => Number(id)).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 24 }, (_, index) => index + 1),
    );
    onHand = await firstOnHand();
    const bought = runPrintedCommand(shop);
    expect(bought).toMatch(/\n201$/);
    expect(runPrintedCommand(shop), 'the same key again').toBe(bought);
    await useStorefront(shop, password);
  });

  test('SIGTERM ends it', async () => {
    const family = shop.pids();
    expect(family.length).toBeGreaterThanOrEqual(5);
    shop.npm.kill('SIGTERM');
    expect(await shop.exited).toBe(0);
    expect(await whatIsLeft(shop, family)).toEqual([]);
  });

  test('the second start keeps all of it, and adds what an earlier release did not have', async () => {
    const { WEBHOOKS_SECRET_KEY: _made, ...earlier } = keys;
    const lines = Object.entries(earlier).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(join(checkout.folder, '.env'), lines.join(''));
    shop = await checkout.start();
    await shop.ready();
    const { WEBHOOKS_SECRET_KEY: sealingKey, ...others } = checkout.settings();
    expect(others).toEqual(earlier);
    expect(sealingKey).toMatch(/^[A-Za-z0-9+/]{43}$/);
    expect(shop.output()).not.toContain('new ones were made');
    expect(shop.output()).not.toContain(keys['OPERATOR_PASSWORD']);
    expect(shop.output()).toContain('signs in with OPERATOR_PASSWORD in ');
    expect(await firstOnHand()).toBe(Number(onHand) - 2);
    expect(runPrintedCommand(shop), 'a new key each time').toMatch(/\n201$/);
  });

  test('killing npm leaves no process behind', () => expectAllEndWith(shop, 'npm'));
});

describe('one clear line and exit code 1 for', () => {
  const checkout = useCheckout(beforeAll, afterAll);
  beforeEach(() => rmSync(join(checkout.folder, '.env'), { force: true }));

  /** The output of the command that npm start runs, without npm. */
  async function refusal(options: { args?: string[]; env?: Record<string, string> }) {
    const { args = [], env } = options;
    const { PATH, HOME } = process.env;
    const command = [join('tools', 'start', 'start.ts'), ...args];
    const child = execFile(process.execPath, command, {
      cwd: checkout.folder,
      env: { PATH, HOME, ...serviceEnvironment, ...env },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (text: string) => (output += text));
    const [code] = await once(child, 'close');
    expect(code).toBe(1);
    return output.split('\n').filter((line) => line !== '');
  }

  test('a port in use, with its setting', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const shop = await checkout.start({ env: { INVENTORY_PORT: String(port) } });
    expect(await shop.exited).toBe(1);
    other.close();
    // Without npm's heading.
    const lines = shop
      .output()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('> '));
    expect(lines).toEqual([
      expect.stringMatching(
        new RegExp(
          `^Port ${port} is in use: end what listens there.*, or choose another port with INVENTORY_PORT\\.$`,
        ),
      ),
    ]);
  });

  test('a data folder that cannot be written', async () => {
    const file = join(checkout.folder, 'a-file');
    writeFileSync(file, '');
    expect(await refusal({ env: { DATA_DIR: 'a-file/data' } })).toEqual([
      `The data folder ${file}/data can't be written (ENOTDIR): set DATA_DIR to one that can.`,
    ]);
    expect(existsSync(join(checkout.folder, '.env'))).toBe(false);
  });

  test('each wrong setting of the start', async () => {
    expect(
      await refusal({ env: { PRODUCTS_PORT: '80a', INVENTORY_DATABASE_URL: 'mysql://shop' } }),
    ).toEqual([
      expect.stringMatching(/^PRODUCTS_PORT must be/),
      expect.stringMatching(/^INVENTORY_DATABASE_URL must be/),
    ]);
  });

  test('wrong settings that only the services read, all at once and before anything is created', async () => {
    const env = { LOG_LEVEL: 'loud', OPERATOR_PASSWORD: 'short', PRODUCTS_APIKEY: 'x' };
    const lines = await refusal({ env });
    expect(lines).toEqual([
      'PRODUCTS_APIKEY is no setting and has no effect: is PRODUCTS_API_KEY meant?',
      expect.stringMatching(/^LOG_LEVEL must be/),
      expect.stringMatching(/^OPERATOR_PASSWORD must have/),
    ]);
    expect(existsSync(join(checkout.folder, '.env'))).toBe(false);
    expect(existsSync(join(checkout.folder, 'data'))).toBe(false);
  });

  test(`an unknown flag, ours or, without "--", npm's`, async () => {
    expect(await refusal({ args: ['--emtpy'] })).toEqual([expect.stringContaining('--emtpy')]);
    expect(await refusal({ env: { npm_config_emtpy: 'true' } })).toEqual([
      expect.stringContaining('--emtpy'),
    ]);
  });

  test('a broken .env', async () => {
    writeFileSync(join(checkout.folder, '.env'), 'PRODUCTS_API_KEY\nA=1\nCURRENCY="EUR\n');
    expect(await refusal({})).toEqual([
      '.env, line 1: expected NAME=value',
      '.env, line 3: expected NAME=value, with closed quotes',
    ]);
  });
});
