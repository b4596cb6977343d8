import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import {
  createTestDatabase,
  hasPostgres,
  runOn,
  startPostgresServer,
  type PostgresServer,
  type TestDatabase,
} from '@anaquel/runtime/postgres-server';
import { times } from '@anaquel/runtime/soak-counts';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createService, verifyLedger } from '../../src/service.ts';
import { startFakeProducts, type FakeProducts } from '../support/fake-products.ts';
import { endProcesses } from '../support/inventory-process.ts';
import { migrate } from '../support/postgres-store.ts';
import { environment, type Settings } from '../support/shop.ts';
import { openTill, stock, type Till } from '../support/till.ts';

const KILLS = times({ test: 1, soak: 20 });
const READS = [
  '/api/v1/inventories',
  '/api/v1/inventories/1',
  '/api/v1/purchases',
  '/api/v1/purchases/1',
  '/api/v1/reservations',
  '/api/v1/reservations/1',
  '/api/v1/stock-movements',
  '/api/v1/stock-movements/1',
  '/api/v1/stock-events',
  '/api/v1/stock-events/stream',
  '/api/v1/audit',
  '/inventory/1',
];
const WAIT = { timeout: 30_000, interval: 20 };

let products: FakeProducts;

beforeAll(async () => {
  products = await startFakeProducts();
  products.put(1);
});
afterAll(async () => {
  await endProcesses();
  await products.close();
});

describe.skipIf(!hasPostgres)('a start that a person has to help is refused with one line', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  const at = (change: (url: URL) => void): string => {
    const url = new URL(database.url);
    change(url);
    return url.href;
  };

  test.each([
    ['the database was not migrated', () => {}, /lacks 0001-ledger.* Run: npm run migrate -- up/],
    ['there is no such database', (url: URL) => (url.pathname = '/none'), /"none".*DATABASE_URL/],
    ['there is no such user', (url: URL) => (url.username = 'nobody'), /"nobody".*DATABASE_URL/],
  ])('%s', async (_, change, line) => {
    const config = readConfig(environment(at(change), products), tmpdir());
    await expect(createService(config)).rejects.toThrow(line);
  });
});

describe.skipIf(!hasPostgres)('a server that goes', () => {
  let server: PostgresServer;
  let env: Settings;
  let till: Till;

  beforeAll(async () => {
    server = await startPostgresServer();
    await runOn(server.url('postgres'), 'create database ledger template template0');
    await migrate(server.url('ledger'));
    env = environment(server.url('ledger'), products);
    await server.kill();
  });
  afterAll(() => server.stop());

  const ready = () => till.send('GET', '/health/ready');

  test('a service that starts without it answers 503 and gives the reason, and sells once it is there', async () => {
    till = await openTill(env);
    expect((await till.send('GET', '/health/live')).status).toBe(200);
    expect(await ready()).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
      json: { status: 'failed', checks: { database: 'failed' } },
    });
    const answers = await Promise.all(READS.map((path) => till.send('GET', path)));
    expect(
      answers.map(({ status, codes, headers }, index) => [
        READS[index],
        status,
        codes,
        headers['retry-after'],
      ]),
    ).toEqual(READS.map((path) => [path, 503, ['unavailable'], '1']));
    expect(await till.buy(randomUUID())).toMatchObject({ status: 503 });
    await server.restart();
    await vi.waitFor(async () => expect((await ready()).status).toBe(200), WAIT);
    await stock(till, 100_000);
    expect((await till.buy(randomUUID())).status).toBe(201);
  });

  test('when it is killed in the middle of sales, each is answered by 201, 503 or 504, and made once', async () => {
    const before = await onHand(till);
    const statuses = new Set<number>();
    let sold = 0;
    let isOver = false;
    const buyer = async (): Promise<void> => {
      while (!isOver) {
        const key = randomUUID();
        for (let status = 0; status !== 201;) {
          ({ status } = await till.buy(key));
          statuses.add(status);
          if (status !== 201) await delay(20);
        }
        sold += 1;
      }
    };
    const reader = async (): Promise<void> => {
      while (!isOver) {
        const { status } = await till.send('GET', '/api/v1/inventories/1');
        expect([200, 503]).toContain(status);
        await delay(10);
      }
    };
    const all = Promise.all([...Array.from({ length: 16 }, buyer), reader()]);
    for (let kill = 0; kill < KILLS; kill += 1) {
      const enough = sold + 100;
      await vi.waitFor(() => expect(sold).toBeGreaterThan(enough), WAIT);
      await server.kill();
      await server.restart();
    }
    isOver = true;
    await all;
    expect([201, 503, 504]).toEqual(expect.arrayContaining([...statuses]));
    expect(await onHand(till)).toBe(before - sold);
    const { json } = await till.send('GET', '/api/v1/audit');
    const clean = { clean: true, purchases: sold + 1 };
    expect(json.data.attributes).toMatchObject(clean);
    const database = { kind: 'postgres', url: server.url('ledger') } as const;
    expect(await verifyLedger({ database })).toMatchObject(clean);
    await vi.waitFor(
      async () => expect((await ready()).json).toMatchObject({ status: 'ok' }),
      WAIT,
    );
    expect(await till.process.kill('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
  });
});

async function onHand({ send }: Till): Promise<number> {
  return (await send('GET', '/api/v1/inventories/1')).json.data.attributes.onHand;
}
