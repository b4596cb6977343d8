import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  createTestDatabase,
  hasPostgres,
  type TestDatabase,
} from '@anaquel/runtime/postgres-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createCheckout } from './checkout.ts';
import { startShop, whatIsLeft, type Shop } from './shop.ts';

// npm start, and the commands beside it, on databases of a PostgreSQL server.

describe.skipIf(!hasPostgres)('npm start on PostgreSQL', () => {
  let checkout: ReturnType<typeof createCheckout>;
  let databases: { products: TestDatabase; inventory: TestDatabase };
  let shops: Shop[];

  beforeEach(async () => {
    checkout = createCheckout();
    databases = { products: await createTestDatabase(), inventory: await createTestDatabase() };
    shops = [];
  });
  afterEach(async () => {
    for (const shop of shops) await stop(shop);
    await Promise.all(Object.values(databases).map((database) => database.drop()));
    checkout.remove();
  });

  async function start(): Promise<Shop> {
    const shop = await startShop(checkout.folder);
    shops.push(shop);
    await shop.ready();
    return shop;
  }

  async function stop(shop: Shop): Promise<void> {
    const family = shop.pids();
    shop.npm.kill('SIGTERM');
    const leftovers = await whatIsLeft(shop, family);
    if (leftovers.length > 0) throw new Error(`Left behind: ${leftovers.join(', ')}`);
  }

  function set(...lines: string[]): void {
    writeFileSync(join(checkout.folder, '.env'), lines.map((line) => `${line}\n`).join(''), {
      flag: 'a',
    });
  }

  /** What the command of the banner answers, with its status in the last line. */
  async function buy(shop: Shop): Promise<string> {
    const command = /^ {2}curl (?:.*\\\n)*.*$/m.exec(shop.output())?.[0] ?? '';
    const curl = command.replace('curl ', `curl -sS -w '\\n%{http_code}' `);
    return (await promisify(execFile)('sh', ['-c', curl], { cwd: '/' })).stdout;
  }

  test('migrates, loads the demo shop, sells, and finds all of it again; Products in a file', async () => {
    set(`INVENTORY_DATABASE_URL=${databases.inventory.url}`);
    const shop = await start();
    expect(shop.output()).toMatch(
      /^ {14}Inventory in postgres:\/\/anaquel@127\.0\.0\.1:\d+\/\w+$/m,
    );
    expect(shop.output()).not.toContain(':secret@');
    expect(await buy(shop)).toMatch(/\n201$/);
    await stop(shop);
    expect(existsSync(join(checkout.folder, 'data', 'products.db'))).toBe(true);
    expect(existsSync(join(checkout.folder, 'data', 'inventory.db'))).toBe(false);

    const again = await start();
    expect(again.output()).not.toContain('Loading the demo catalogue');
    expect(await buy(again)).toMatch(/\n201$/);
    const verify = ['tools/run.cjs', 'tools/verify.ts'];
    const { stdout } = await promisify(execFile)(process.execPath, verify, {
      cwd: checkout.folder,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    });
    expect(stdout).toMatch(
      /^Checked up to position \d+: \d+ movements, 24 levels, 2 purchases\.\nEvery/,
    );
  });
});
