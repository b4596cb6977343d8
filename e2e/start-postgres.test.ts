import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  createTestDatabase,
  hasPostgres,
  type TestDatabase,
} from '@anaquel/runtime/postgres-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mainOf } from '../tools/build-services.ts';
import { portProblem } from '../tools/start/ports.ts';
import { freePort } from '../tools/test/free-port.ts';
import { createCheckout } from './checkout.ts';
import { familyOf } from './processes.ts';
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

  async function start(env: Record<string, string> = {}): Promise<Shop> {
    const shop = await startShop(checkout.folder, { env });
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

  test('runs three replicas of Inventory, each restarted by itself, and buyers notice nothing', async () => {
    const port = await freePorts(0, 10, 20);
    set(
      `PRODUCTS_DATABASE_URL=${databases.products.url}`,
      `INVENTORY_DATABASE_URL=${databases.inventory.url}`,
      'REPLICAS=3',
    );
    const shop = await start({ INVENTORY_PORT: String(port) });
    expect(existsSync(join(checkout.folder, 'data', 'products.db'))).toBe(false);
    expect(shop.output()).toMatch(
      new RegExp(
        `^ {2}Inventory {3}http://127\\.0\\.0\\.1:${port} .*\n {14}http://127\\.0\\.0\\.1:${port + 10}\n`,
        'm',
      ),
    );
    expect(await buy(shop)).toMatch(/\n201$/);
    const { pid } = familyOf(shop.npm.pid ?? 0).find(({ command }) =>
      command.includes(mainOf('inventory')),
    ) ?? { pid: 0 };
    const answers: number[] = [];
    let selling = true;
    const [, key = ''] =
      /^INVENTORY_API_KEY=(.*)$/m.exec(readFileSync(join(checkout.folder, '.env'), 'utf8')) ?? [];
    await fetch(`http://127.0.0.1:${port}/inventory/2`, {
      method: 'PUT',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify({ quantity: 1_000_000 }),
    });
    const buyer = (async () => {
      while (selling) answers.push(await buyAtGateway(shop, key, `buyer-${answers.length}`));
    })();
    try {
      await expect.poll(() => answers.length).toBeGreaterThan(5);
      process.kill(pid, 'SIGKILL');
      await shop.says(/Inventory on port \d+ was killed by SIGKILL: restarting it/);
      const [, killed = ''] = /Inventory on port (\d+) was killed/.exec(shop.output()) ?? [];
      await shop.says(new RegExp(`"service":"inventory","port":${killed},.*Server listening`));
      const before = answers.length;
      await expect.poll(() => answers.length).toBeGreaterThan(before + 5);
    } finally {
      selling = false;
      await buyer;
    }
    expect(new Set(answers)).toEqual(new Set([201]));
  });
});

/** With a key of its own: the gateway limits how often others buy. */
async function buyAtGateway(shop: Shop, apiKey: string, key: string): Promise<number> {
  const attributes = { lines: [{ productId: '2', quantity: 1 }] };
  const answer = await fetch(`http://127.0.0.1:${shop.ports.gateway}/api/v1/purchases`, {
    method: 'POST',
    headers: {
      'x-api-key': apiKey,
      'content-type': 'application/vnd.api+json',
      'idempotency-key': key,
    },
    body: JSON.stringify({ data: { type: 'purchases', attributes } }),
  });
  await answer.text();
  return answer.status;
}

/** A free port such that those with these steps added are free, too. */
async function freePorts(...steps: readonly number[]): Promise<number> {
  for (let attempt = 1; attempt <= 20; attempt += 1) {
    const port = await freePort();
    const problems = await Promise.all(
      steps.map((step) => portProblem('', '127.0.0.1', port + step)),
    );
    if (problems.every((problem) => problem === null)) return port;
  }
  throw new Error('No ports are free');
}
