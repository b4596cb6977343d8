import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { freePort } from '../tools/test/free-port.ts';
import { expectAllEndWith, runPrintedCommand, useCheckout } from './checkout-in-use.ts';
import { PROCESS_PATIENCE_MS } from './patience.ts';
import { whatIsLeft } from './shop.ts';
import type { Shop } from './shop.ts';

// What start.test.ts has not: other ways to start and to end.

describe('a shop that is to be empty', () => {
  const checkout = useCheckout(beforeAll, afterAll);
  let shop: Shop;

  test('--empty, even if npm takes the flag for its own, makes one without products', async () => {
    // What npm passes on for `npm start --empty`.
    shop = await checkout.start({ env: { npm_config_empty: 'true', LOG_LEVEL: 'trace' } });
    await shop.ready();
    expect(await checkout.list(shop, 'products', '/api/v1/products')).toEqual([]);
  });

  test("a second start on the same data refuses in one line, and doesn't touch the keys files of the first", async () => {
    const keysFile = join(checkout.folder, 'data', 'inventory-keys.json');
    const before = readFileSync(keysFile, 'utf8');
    const second = await checkout.start({
      env: { STOREFRONT_API_KEY: 'another-key-of-the-storefront' },
    });
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
    shop = await checkout.start();
    await shop.ready();
    expect(shop.output()).toMatch(
      /^There is data in \S+, but no PRODUCTS_API_KEY, .*: new ones were made/m,
    );
    expect(await checkout.list(shop, 'products', '/api/v1/products')).toEqual([]);
    expect(runPrintedCommand(shop)).toMatch(/\n201$/);
  });

  async function kill(service: 'products' | 'inventory' | 'gateway'): Promise<void> {
    const pid = shop.pidOf(service);
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(shop.pidOf(service)).not.toBe(pid), PROCESS_PATIENCE_MS);
    await vi.waitFor(async () => {
      const ready = await fetch(`http://127.0.0.1:${shop.ports[service]}/health/ready`);
      expect(ready.status).toBe(200);
    }, PROCESS_PATIENCE_MS);
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
  const checkout = useCheckout(beforeEach, afterEach);

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
    const shop = await checkout.start({ env: { ...env, DATABASE_URL: 'file:./one.db' } });
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
    const shop = await checkout.start({ args: ['--dev', '--empty'], env });
    await shop.ready();
    const [gateway, products] = [shop.pidOf('gateway'), shop.pidOf('products')];
    const file = join(checkout.folder, 'services', 'gateway', 'src', 'main.ts');
    writeFileSync(file, readFileSync(file));
    await shop.says(/Gateway ended with exit code 0: restarting it/);
    await vi.waitFor(async () => {
      const answer = await fetch(`http://127.0.0.1:${shop.ports.gateway}/health/live`);
      expect(answer.status).toBe(200);
    }, PROCESS_PATIENCE_MS);
    expect(shop.pidOf('gateway')).not.toBe(gateway);
    expect(shop.pidOf('products')).toBe(products);
  });

  test('that Ctrl-C interrupts leaves no process behind', async () => {
    const shop = await checkout.start();
    await vi.waitFor(() => expect(shop.pidOf('inventory')).toBeGreaterThan(0), PROCESS_PATIENCE_MS);
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
    const shop = await checkout.start();
    const exited = await shop.exited;
    expect(exited).toBe(1);
    expect(shop.output()).toContain(
      'Products ended with exit code 2 before it was ready, 5 times in a row: giving up.',
    );
    expect(await whatIsLeft(shop, [])).toEqual([]);
  });
});
