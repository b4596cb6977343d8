import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MAX_WAIT_MS } from '../../src/application/command-queue.ts';
import { connectClients, type Clients } from '../support/clients.ts';
import { startFakeProducts, type FakeProducts } from '../support/fake-products.ts';
import {
  endProcesses,
  startInventory,
  type InventoryProcess,
} from '../support/inventory-process.ts';
import { createLedgerFile, type LedgerFile } from '../support/ledger-file.ts';
import { environment, MASTER_KEY, purchaseBody } from '../support/shop.ts';
import { runSql } from '../support/sqlite-store.ts';

const BUYERS = 1_000;
const STORM_MS = 3_000;
/** Of a movement on the slow disk: far fewer purchases can be made than are requested. */
const MOVEMENT_MS = 6;
const SLOW = `CREATE TRIGGER slow BEFORE INSERT ON movements BEGIN SELECT slow_disk(${MOVEMENT_MS}); END`;
const SLOW_NO_MORE = 'DROP TRIGGER slow';
/** Extra time, since other tests run on the machine. */
const SLACK_MS = 30_000;

let products: FakeProducts;
let file: LedgerFile;
let service: InventoryProcess;
let clients: Clients;

beforeEach(async () => {
  products = await startFakeProducts();
  products.put(1);
  file = await createLedgerFile();
  const preload = join(import.meta.dirname, '../fixtures/slow-disk.ts');
  const env = { ...environment(file.url, products), NODE_OPTIONS: `--import=${preload}` };
  service = startInventory(env);
  clients = connectClients(await service.ready, BUYERS + 1);
});
afterEach(async () => {
  clients.close();
  await endProcesses();
  await file.remove();
  await products.close();
});

const auth = { 'x-api-key': MASTER_KEY };

interface Bought {
  readonly result: string;
  readonly ms: number;
}

async function buy(): Promise<Bought> {
  const started = performance.now();
  const { status, codes, headers } = await clients.send(
    'POST',
    '/api/v1/purchases',
    { ...auth, 'idempotency-key': randomUUID() },
    purchaseBody([{ productId: '1', quantity: 1 }]),
  );
  if (status === 503) expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
  return { result: [status, ...codes].join(' '), ms: performance.now() - started };
}

/** The peak memory of the service, if the system reports it. */
function peakMegabytes(): number | null {
  const path = `/proc/${service.pid}/status`;
  if (!existsSync(path)) return null;
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(path, 'utf8'))?.[1];
  return Number(kilobytes) / 1_024;
}

const slowest = (bought: readonly Bought[]): number => Math.max(...bought.map(({ ms }) => ms));
const results = (bought: readonly Bought[]) => new Set(bought.map(({ result }) => result));

/** All buyers repeat purchases for this long, while another client reads. */
async function storm(): Promise<{ bought: Bought[]; reads: number[] }> {
  const end = performance.now() + STORM_MS;
  const bought: Bought[] = [];
  const reads: number[] = [];
  const buyer = async (): Promise<void> => {
    while (performance.now() < end) bought.push(await buy());
  };
  const reader = async (): Promise<void> => {
    while (performance.now() < end) {
      const started = performance.now();
      expect((await clients.send('GET', '/api/v1/inventories/1', auth)).status).toBe(200);
      reads.push(performance.now() - started);
      await sleep(20);
    }
  };
  await Promise.all([reader(), ...Array.from({ length: BUYERS }, buyer)]);
  return { bought, reads };
}

test('of too many purchases on a slow disk some are refused in time, reads go on, and the service recovers at once', async () => {
  const body = { data: { type: 'inventories', id: '1', attributes: { onHand: 1_000_000 } } };
  await vi.waitFor(
    async () =>
      expect((await clients.send('POST', '/api/v1/inventories', auth, body)).status).toBe(201),
    30_000,
  );
  runSql(file.path, SLOW);
  const first = await storm();
  const peak = peakMegabytes();
  const second = await storm();
  const bought = [...first.bought, ...second.bought];
  const sold = bought.filter(({ result }) => result === '201');
  const refused = bought.filter(({ result }) => result !== '201');
  expect(sold.length).toBeGreaterThan(0);
  expect(results(refused)).toEqual(new Set(['503 overloaded']));
  expect(slowest(refused)).toBeLessThan(MAX_WAIT_MS + SLACK_MS);
  for (const { reads } of [first, second]) expect(Math.max(...reads)).toBeLessThan(SLACK_MS);
  // Refused purchases leave no memory behind: a second storm needs no more than the first, except
  // for garbage that isn't collected yet.
  if (peak !== null) expect(peakMegabytes()).toBeLessThan(peak + 256);

  runSql(file.path, SLOW_NO_MORE);
  const calm: Bought[] = [];
  for (let index = 0; index < 50; index += 1) calm.push(await buy());
  expect(results(calm)).toEqual(new Set(['201']));
  expect(slowest(calm)).toBeLessThan(SLACK_MS);
  const audit = await clients.send('GET', '/api/v1/audit', auth);
  expect(audit.json).toMatchObject({
    data: { attributes: { clean: true, purchases: sold.length + calm.length } },
  });
}, 120_000);
