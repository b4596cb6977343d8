import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { serviceEnvironment } from '../tools/settings.ts';
import { freePort } from '../tools/test/free-port.ts';
import { createCheckout } from './checkout.ts';
import { startShop, whatIsLeft } from './shop.ts';
import type { Shop } from './shop.ts';

let checkout: ReturnType<typeof createCheckout>;
let shops: { shop: Shop; pids: () => number[] }[];

type Hook = (work: () => unknown) => void;

/** For each test, or for all of a suite: a checkout, and an end that leaves nothing behind. */
function useCheckout(before: Hook, after: Hook): void {
  before(() => {
    checkout = createCheckout();
    shops = [];
  });
  after(async () => {
    for (const { shop, pids } of shops) {
      const family = pids();
      shop.npm.kill('SIGTERM');
      const leftovers = await whatIsLeft(shop, family);
      if (leftovers.length > 0) throw new Error(`Left behind: ${leftovers.join(', ')}`);
    }
    checkout.remove();
  });
}

async function start(options: Parameters<typeof startShop>[1] = {}): Promise<Shop> {
  const shop = await startShop(checkout.folder, options);
  shops.push({ shop, pids: shop.pids });
  return shop;
}

function envFile(): Record<string, string> {
  const lines = readFileSync(join(checkout.folder, '.env'), 'utf8').split('\n');
  return Object.fromEntries(lines.map((line) => line.split('=')).filter(([, value]) => value));
}

interface Answer {
  data: { id: string; attributes: Record<string, unknown> }[];
}

async function get(shop: Shop, service: 'products' | 'inventory', path: string): Promise<Answer> {
  const key = envFile()[`${service.toUpperCase()}_API_KEY`] ?? '';
  const response = await fetch(`http://127.0.0.1:${shop.ports[service]}${path}`, {
    headers: { 'x-api-key': key },
  });
  expect(response.status).toBe(200);
  return (await response.json()) as Answer;
}

async function firstLevel(shop: Shop): Promise<Record<string, unknown>> {
  const { data } = await get(shop, 'inventory', '/api/v1/inventories?filter[id]=1');
  return data[0]?.attributes ?? {};
}

/** Runs the command of the banner as a person would, in another shell and another folder. */
function runPrintedCommand(shop: Shop): string {
  const command = /^ {2}curl (?:.*\\\n)*.*$/m.exec(shop.output())?.[0] ?? '';
  expect(command).toContain('x-api-key');
  return execFileSync('sh', ['-c', command.replace('curl ', `curl -sS -w '\\n%{http_code}' `)], {
    cwd: '/',
    encoding: 'utf8',
  });
}

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
  const { data } = (await sold.json()) as Answer;
  expect(data[0]?.attributes['actor']).toMatch(/^shopper:[\w-]{22}$/);
}

/** Kills npm or what it runs, and expects all others to end. */
async function expectAllEndWith(shop: Shop, victim: 'npm' | 'supervisor'): Promise<void> {
  const family = shop.pids();
  const supervisor = family.find((pid) => pid !== shop.npm.pid);
  process.kill((victim === 'npm' ? shop.npm.pid : supervisor) ?? 0, 'SIGKILL');
  expect(await whatIsLeft(shop, family)).toEqual([]);
}

// Starts take most of the time: the tests of a suite follow one another in one shop.

describe('a shop with the demo catalogue', () => {
  useCheckout(beforeAll, afterAll);
  let shop: Shop;
  let keys: Record<string, string>;
  let onHand: unknown;

  test('the first start makes keys, loads the demo shop, prints a purchase that works and opens the storefront', async () => {
    shop = await start();
    await shop.ready();
    keys = envFile();
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

    const products = await get(shop, 'products', '/api/v1/products?page[size]=100');
    expect(products.data.map(({ id }) => Number(id)).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 24 }, (_, index) => index + 1),
    );
    ({ onHand } = await firstLevel(shop));
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
    shop = await start();
    await shop.ready();
    const { WEBHOOKS_SECRET_KEY: sealingKey, ...others } = envFile();
    expect(others).toEqual(earlier);
    expect(sealingKey).toMatch(/^[A-Za-z0-9+/]{43}$/);
    expect(shop.output()).not.toContain('new ones were made');
    expect(shop.output()).not.toContain(keys['OPERATOR_PASSWORD']);
    expect(shop.output()).toContain('signs in with OPERATOR_PASSWORD in ');
    expect((await firstLevel(shop)).onHand).toBe(Number(onHand) - 2);
    expect(runPrintedCommand(shop), 'a new key each time').toMatch(/\n201$/);
  });

  test('killing npm leaves no process behind', () => expectAllEndWith(shop, 'npm'));
});

describe('a shop that is to be empty', () => {
  useCheckout(beforeAll, afterAll);
  let shop: Shop;

  test('--empty, even if npm takes the flag for its own, makes one without products', async () => {
    // What npm passes on for `npm start --empty`.
    shop = await start({ env: { npm_config_empty: 'true', LOG_LEVEL: 'trace' } });
    await shop.ready();
    expect((await get(shop, 'products', '/api/v1/products')).data).toEqual([]);
  });

  test("a second start on the same data refuses in one line, and doesn't touch the keys files of the first", async () => {
    const keysFile = join(checkout.folder, 'data', 'inventory-keys.json');
    const before = readFileSync(keysFile, 'utf8');
    const second = await start({ env: { STOREFRONT_API_KEY: 'another-key-of-the-storefront' } });
    expect(await second.exited).toBe(1);
    expect(second.output()).toContain(
      `The shop in ${join(checkout.folder, 'data')} runs already: stop that npm start first, or set DATA_DIR to another folder.`,
    );
    expect(readFileSync(keysFile, 'utf8')).toBe(before);
  });

  test('its end does not wait for a reader of its output', async () => {
    // This is more than all pipes hold, and nobody reads.
    shop.npm.stdout?.pause();
    for (let request = 1; request <= 1_500; request += 1)
      await fetch(`http://127.0.0.1:${shop.ports.products}/health`).then((answer) => answer.text());
    const family = shop.pids();
    shop.npm.kill('SIGTERM');
    expect(await whatIsLeft(shop, family)).toEqual([]);
  });

  test('a start without its keys makes new ones and says so; it stays empty, and prints how to create a product', async () => {
    rmSync(join(checkout.folder, '.env'));
    shop = await start();
    await shop.ready();
    expect(shop.output()).toMatch(
      /^There is data in \S+, but no PRODUCTS_API_KEY, .*: new ones were made/m,
    );
    expect((await get(shop, 'products', '/api/v1/products')).data).toEqual([]);
    expect(runPrintedCommand(shop)).toMatch(/\n201$/);
  });

  async function kill(service: 'products' | 'inventory' | 'gateway'): Promise<void> {
    const pid = shop.pidOf(service);
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(shop.pidOf(service)).not.toBe(pid), 30_000);
    await vi.waitFor(async () => {
      const ready = await fetch(`http://127.0.0.1:${shop.ports[service]}/health/ready`);
      expect(ready.status).toBe(200);
    }, 30_000);
  }

  test('each process that is killed is named, restarted and answers again, even when nobody reads the output any more', async () => {
    const titles = { products: 'Products', inventory: 'Inventory', gateway: 'Gateway' } as const;
    for (const service of ['products', 'inventory', 'gateway'] as const) {
      await kill(service);
      await shop.says(new RegExp(`${titles[service]} was killed by SIGKILL: restarting it`));
    }
    expect(runPrintedCommand(shop)).toMatch(/\n201$/);

    shop.npm.stdout?.destroy();
    shop.npm.stderr?.destroy();
    await kill('products');
    await kill('products');
  });

  test('killing the supervisor leaves no process behind', () =>
    expectAllEndWith(shop, 'supervisor'));
});

describe('a start', () => {
  useCheckout(beforeEach, afterEach);

  test('takes keys and data folder from the environment and from files and stores neither, and Ctrl-C stops everything cleanly', async () => {
    const secretFile = (name: string, secret: string): string => {
      writeFileSync(join(checkout.folder, name), `${secret}\n`, { mode: 0o600 });
      return `./${name}`;
    };
    const env = {
      PRODUCTS_API_KEY_FILE: secretFile('products-key', 'products-secret'),
      INVENTORY_API_KEY: 'inventory-secret',
      INVENTORY_DATABASE_URL_FILE: secretFile('database-url', 'file:./elsewhere/stock.db'),
      STOREFRONT_API_KEY_FILE: secretFile('storefront-key', 'storefront-secret'),
      OPERATOR_API_KEY: 'operator-secret',
      OPERATOR_PASSWORD: 'correct-horse',
      WEBHOOKS_SECRET_KEY_FILE: secretFile('sealing-key', '07'.repeat(32)),
      DATA_DIR: 'elsewhere',
    };
    const shop = await start({ env: { ...env, DATABASE_URL: 'file:./one.db' } });
    await shop.ready();
    expect(shop.output()).toContain('DATABASE_URL is ignored');
    expect(existsSync(join(checkout.folder, '.env'))).toBe(false);
    expect(existsSync(join(checkout.folder, 'data'))).toBe(false);
    expect(existsSync(join(checkout.folder, 'elsewhere', 'stock.db'))).toBe(true);
    expect(shop.output()).toContain('$INVENTORY_API_KEY');
    expect(shop.output()).toContain('PRODUCTS_API_KEY in ./products-key');
    expect(shop.output()).not.toMatch(/-secret|correct-horse/);
    expect(shop.output()).toContain('OPERATOR_PASSWORD from the environment');

    const family = shop.pids();
    shop.pressCtrlC();
    expect(await shop.exited).toBe(0);
    expect(await whatIsLeft(shop, family)).toEqual([]);
    expect(shop.output()).not.toMatch(/error/i);
  });

  test('in development the service whose code changes is restarted, and no other', async () => {
    const env = { WEB_PORT: String(await freePort()) };
    const shop = await start({ args: ['--dev', '--empty'], env });
    await shop.ready();
    const [gateway, products] = [shop.pidOf('gateway'), shop.pidOf('products')];
    const file = join(checkout.folder, 'services', 'gateway', 'src', 'main.ts');
    writeFileSync(file, readFileSync(file));
    await shop.says(/Gateway ended with exit code 0: restarting it/);
    await vi.waitFor(async () => {
      const answer = await fetch(`http://127.0.0.1:${shop.ports.gateway}/health/live`);
      expect(answer.status).toBe(200);
    }, 30_000);
    expect(shop.pidOf('gateway')).not.toBe(gateway);
    expect(shop.pidOf('products')).toBe(products);
  });

  test('that Ctrl-C interrupts leaves no process behind', async () => {
    const shop = await start();
    await vi.waitFor(() => expect(shop.pidOf('inventory')).toBeGreaterThan(0), 30_000);
    const family = shop.pids();
    shop.pressCtrlC();
    expect(await shop.exited).toBe(0);
    expect(await whatIsLeft(shop, family)).toEqual([]);
  });

  test('ends after five tries of a service that never becomes ready', async () => {
    const main = join(checkout.folder, 'services', 'products', 'src', 'main.ts');
    rmSync(main);
    mkdirSync(join(checkout.folder, 'data'));
    writeFileSync(main, `process.exit(2);`);
    const shop = await start();
    const exited = await shop.exited;
    expect(exited).toBe(1);
    expect(shop.output()).toContain(
      'Products ended with exit code 2 before it was ready, 5 times in a row: giving up.',
    );
    expect(await whatIsLeft(shop, [])).toEqual([]);
  });
});

describe('one clear line and exit code 1 for', () => {
  useCheckout(beforeAll, afterAll);
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
    const shop = await start({ env: { INVENTORY_PORT: String(port) } });
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
