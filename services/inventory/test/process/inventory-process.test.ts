import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { times } from '@anaquel/runtime/soak-counts';
import { tryLockDatabase } from '@anaquel/runtime/sql';
import { startFakeProducts, type FakeProducts } from '../support/fake-products.ts';
import { endProcesses, startInventory } from '../support/inventory-process.ts';
import { createLedgerFile, type LedgerFile } from '../support/ledger-file.ts';
import { environment, movementBody, type Answer, type Settings } from '../support/shop.ts';
import { openTill, stock, type Till } from '../support/till.ts';

let products: FakeProducts;
let file: LedgerFile;
let env: Settings;

beforeAll(async () => {
  products = await startFakeProducts();
  products.put(1);
});
afterAll(() => products.close());
beforeEach(async () => {
  file = await createLedgerFile();
  env = { ...environment(file.url, products), LOG_LEVEL: 'warn' };
});
afterEach(async () => {
  await endProcesses();
  await file.remove();
});

describe('a start that cannot succeed exits with 1 and one line for each reason', () => {
  test('the database was not migrated', async () => {
    const empty = { ...env, DATABASE_URL: `file:${join(file.folder, 'empty.db')}` };
    expect(await startInventory(empty).ended).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^The inventory database lacks 0001-ledger, 0002-reservations, .+\. Run: npm run migrate -- up inventory .*migrate up\)\n$/,
      ),
    });
  });

  test('the keys are missing', async () => {
    const { INVENTORY_API_KEY: _, PRODUCTS_API_KEY: __, ...without } = env;
    const { code, stdout, stderr } = await startInventory(without).ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^INVENTORY_API_KEY is not set\. /),
      expect.stringMatching(/^PRODUCTS_API_KEY is not set\. /),
    ]);
  });

  test('settings are wrong', async () => {
    const wrong = {
      ...env,
      PORT: 'x',
      PRODUCTS_BASE_URL: 'nowhere',
      HTTP_MAX_RETRIES: '-1',
      ANONYMOUS_SCOPES: 'everything',
    };
    const { code, stderr } = await startInventory(wrong).ended;
    expect(code).toBe(1);
    const lines = stderr.trimEnd().split('\n');
    const names = lines.map((line) => line.split(' ', 1).join());
    expect(names.sort((a, b) => a.localeCompare(b))).toEqual([
      'ANONYMOUS_SCOPES',
      'HTTP_MAX_RETRIES',
      'PORT',
      'PRODUCTS_BASE_URL',
    ]);
  });

  test('the keys file is missing', async () => {
    const { code, stderr } = await startInventory({
      ...env,
      KEYS_FILE: join(file.folder, 'none.json'),
    }).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^KEYS_FILE .*none\.json can't be used: .*\n$/);
  });

  test('the port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await startInventory({ ...env, PORT: String(port) }).ended;
    other.close();
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `Port ${port} is already in use. Stop the other program or set PORT to a free one.\n`,
    });
  });
});

test('SIGTERM answers begun requests and exits with 0; after the next start no event comes twice and none is missing', async () => {
  const first = await openTill(env);
  await stock(first, 1_000);
  const keys = Array.from({ length: 60 }, () => randomUUID());
  const answers = keys.map((key) =>
    first.buy(key).then(
      ({ status }) => status,
      () => 0,
    ),
  );
  await answers[0];
  const { code, stderr } = await first.process.kill('SIGTERM');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const sold = (await Promise.all(answers)).filter((status) => status === 201).length;
  expect(sold).toBeGreaterThan(0);

  const second = await openTill(env);
  const { json } = await second.send('GET', '/api/v1/inventories/1');
  expect(json.data.attributes.onHand).toBeLessThanOrEqual(1_000 - sold);
  const last = await second.buy(randomUUID());
  await second.process.published('purchase.completed', last.json.data.id);
  const audit = await second.send('GET', '/api/v1/audit');
  expect(audit.json.data.attributes).toMatchObject({ clean: true });
  await second.process.kill('SIGTERM');

  const positions = [...first.process.events(), ...second.process.events()]
    .filter(({ data }) => 'sequence' in data)
    .map(({ data }) => (data as { position: number }).position);
  expect(positions).toEqual(
    Array.from({ length: Number(audit.json.data.id) }, (_, index) => index + 1),
  );
});

test('a second service on the same database waits for the first one, which keeps its lock until it has ended', async () => {
  const first = await openTill(env);
  await stock(first, 1_000);
  const second = startInventory(env);
  let isReady = false;
  void second.ready.then(() => (isReady = true));
  expect(tryLockDatabase(file.path)).toBeNull();
  expect((await first.buy(randomUUID())).status).toBe(201);
  expect(isReady).toBe(false);
  expect((await first.process.kill('SIGTERM')).code).toBe(0);
  await second.ready;
  expect(tryLockDatabase(file.path)).toBeNull();
  await second.kill('SIGKILL');
  const lock = tryLockDatabase(file.path);
  expect(lock).not.toBeNull();
  lock?.release();
});

/**
 * 16 buyers buy one unit after the other until the service is killed; calls `enough` after every
 * answer.
 */
async function buyUntilGone(till: Till, enough: (answered: number) => void) {
  const answered = new Map<string, Answer>();
  const unanswered: string[] = [];
  const line = async (): Promise<void> => {
    for (;;) {
      const key = randomUUID();
      try {
        answered.set(key, await till.buy(key));
        enough(answered.size);
      } catch {
        unanswered.push(key);
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: 16 }, line));
  return { answered, unanswered };
}

/**
 * Checks that every answered purchase exists, that every other one can be made once, and that every
 * unit is explained.
 */
async function expectNothingLost(
  till: Till,
  load: Awaited<ReturnType<typeof buyUntilGone>>,
  before: number,
): Promise<number> {
  const { answered, unanswered } = load;
  for (const [key, { status, text }] of answered) {
    expect(status).toBe(201);
    expect(await till.buy(key)).toMatchObject({
      status: 201,
      text,
      headers: { 'idempotency-replayed': 'true' },
    });
  }
  for (const key of unanswered) expect((await till.buy(key)).status).toBe(201);
  const remaining = before - answered.size - unanswered.length;
  const { json } = await till.send('GET', '/api/v1/inventories/1');
  expect(json.data.attributes).toMatchObject({ onHand: remaining });
  const audit = await till.send('GET', '/api/v1/audit');
  expect(audit.json.data.attributes).toMatchObject({ clean: true, purchases: 100_000 - remaining });
  return remaining;
}

const kills = times({ test: 1, soak: 10 });

test(`after kill -9 under load, ${kills} times, every answered purchase exists, and every repeated one is made once`, async () => {
  let till = await openTill(env);
  await stock(till, 100_000);
  let remaining = 100_000;
  for (let kill = 1; kill <= kills; kill += 1) {
    const { process } = till;
    const load = await buyUntilGone(till, (answered) => {
      if (answered === 150) void process.kill('SIGKILL');
    });
    expect(load.answered.size).toBeGreaterThanOrEqual(150);
    till = await openTill(env);
    remaining = await expectNothingLost(till, load, remaining);
  }
  expect((await till.process.kill('SIGTERM')).code).toBe(0);
});

test.skipIf(process.platform === 'win32')(
  'when the disk fails at COMMIT nobody is answered and the process ends; the next start has the outcome',
  async () => {
    // The write-ahead log reaches the limit, since every commit makes it longer.
    const till = await openTill(env, { maxFileBlocks: 1_024 });
    await stock(till, 100_000);
    const load = await buyUntilGone(till, () => undefined);
    const { code, stderr } = await till.process.ended;
    expect(code).toBe(1);
    expect(stderr).toContain('The outcome of a commit is unknown');
    const again = await openTill(env);
    await expectNothingLost(again, load, 100_000);
    const more = movementBody(1, { kind: 'receipt', quantity: 1 });
    expect((await again.send('POST', '/api/v1/stock-movements', more)).status).toBe(201);
  },
);
