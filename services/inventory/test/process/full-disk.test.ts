import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { connectClients, type Clients } from '../support/clients.ts';
import { startFakeProducts, type FakeProducts } from '../support/fake-products.ts';
import {
  endProcesses,
  startInventory,
  type InventoryProcess,
} from '../support/inventory-process.ts';
import { createLedgerFile, type LedgerFile } from '../support/ledger-file.ts';
import { environment, MASTER_KEY, purchaseBody, type Answer } from '../support/shop.ts';
import { createSmallDisk, type SmallDisk } from '../support/small-disk.ts';

let products: FakeProducts;
let file: LedgerFile;
let disk: SmallDisk;
let service: InventoryProcess;
let clients: Clients;

beforeEach(async () => {
  products = await startFakeProducts();
  products.put(1);
  file = await createLedgerFile();
  disk = await createSmallDisk(file.path);
  const env = { ...environment(`file:${disk.path}`, products), ...disk.env };
  service = startInventory(
    { ...env, LOG_LEVEL: 'debug' },
    { launcher: [...disk.launcher, 'sh', '-c', `exec "$0" "$@" >> ${disk.path}.log`] },
  );
  clients = connectClients(await service.ready, 16);
});
afterEach(async () => {
  clients.close();
  await endProcesses();
  await disk.remove();
  await file.remove();
  await products.close();
});

const auth = { 'x-api-key': MASTER_KEY };
const get = (path: string) => clients.send('GET', path, auth);

function buy(key: string = randomUUID()): Promise<Answer> {
  // A long reference fills the disk sooner.
  const body = purchaseBody([{ productId: '1', quantity: 1 }], { reference: 'r'.repeat(200) });
  return clients.send('POST', '/api/v1/purchases', { ...auth, 'idempotency-key': key }, body);
}

/** This purchase commits nothing, so it does not show whether the disk is full. */
async function askForTooMuch(): Promise<void> {
  const lines = [1_000_000, 1].map((quantity) => ({ productId: '1', quantity }));
  const headers = { ...auth, 'idempotency-key': randomUUID() };
  const answer = await clients.send('POST', '/api/v1/purchases', headers, purchaseBody(lines));
  expect(answer.codes).toContain('insufficient-stock');
}

async function expectExplained(sold: number): Promise<void> {
  const level = await get('/api/v1/inventories/1');
  expect(level.json).toMatchObject({ data: { attributes: { onHand: 1_000_000 - sold } } });
  const audit = await get('/api/v1/audit');
  expect(audit.json).toMatchObject({ data: { attributes: { clean: true, purchases: sold } } });
}

/** To fill a disk takes long while many tests run. */
const patient = { timeout: 60_000 };

async function expectReadiness(status: 'ok' | 'degraded'): Promise<void> {
  const ready = await get('/health/ready');
  expect(ready.status, 'it answers what it is asked').toBe(200);
  expect(ready.json).toMatchObject({ status, checks: { database: status } });
}

test(
  'a full disk, which has the log too, makes changes 503 and leaves reads working; once there is room everything works, without a restart',
  patient,
  async () => {
    const body = { data: { type: 'inventories', id: '1', attributes: { onHand: 1_000_000 } } };
    expect((await clients.send('POST', '/api/v1/inventories', auth, body)).status).toBe(201);
    let sold = 0;
    for (let round = 1; round <= 2; round += 1) {
      await disk.fill(service.pid);
      const refused: string[] = [];
      // A sale that fits into the free pages of the files may still succeed.
      for (let tries = 0; refused.length < 20 && tries < 2_000; tries += 1) {
        const keys = Array.from({ length: 16 }, () => randomUUID());
        const answers = await Promise.all(keys.map((key) => buy(key)));
        for (const [index, { status, codes, headers }] of answers.entries()) {
          if (status === 201) {
            sold += 1;
            continue;
          }
          expect({ status, codes }).toEqual({ status: 503, codes: ['ledger-unavailable'] });
          expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
          refused.push(keys[index] ?? '');
        }
      }
      expect(refused.length).toBeGreaterThanOrEqual(16);
      await vi.waitFor(async () => {
        if ((await buy()).status === 201) sold += 1;
        await askForTooMuch();
        await expectReadiness('degraded');
      }, 30_000);
      await expectExplained(sold);

      await disk.makeRoom(service.pid);
      // The service notices by itself: there are no purchases meanwhile.
      await vi.waitFor(() => expectReadiness('ok'), 30_000);
      for (const key of refused) {
        const answer = await buy(key);
        expect(answer.status).toBe(201);
        expect(answer.headers['idempotency-replayed']).toBeUndefined();
        sold += 1;
      }
      await expectExplained(sold);
    }
    const dropped = /"msg":"\d+ lines of this log could not be written and were dropped"/;
    if (disk.launcher.length > 0)
      expect(disk.read(service.pid, `${disk.path}.log`)).toMatch(dropped);
    expect((await service.kill('SIGTERM')).code).toBe(0);
  },
);
