import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import type { Answer } from './http-caller.ts';
import type { Services } from './services.ts';
import { openStockedShop, purchaseCall, resourceIn, type Resource } from './stocked-shop.ts';

// The machine's time is set while the shop runs.

const HOUR_MS = 3_600_000;
const jsonApi = { 'content-type': 'application/vnd.api+json' };
const preload = join(import.meta.dirname, 'preloads', 'settable-clock.ts');

let shop: Services;

afterEach(() => shop?.remove());

function setClock(aheadMs: number): void {
  writeFileSync(join(shop.dataFolder, 'clock'), String(aheadMs));
}

async function restart(): Promise<void> {
  for (const service of ['products', 'inventory'] as const) {
    await shop.stop(service);
    const CLOCK_FILE = join(shop.dataFolder, 'clock');
    await shop.start(service, { env: { NODE_OPTIONS: `--import=${preload}`, CLOCK_FILE } });
  }
}

let keys = 0;

async function reserve(expiresInSeconds: number): Promise<string> {
  const attributes = { lines: [{ productId: '1', quantity: 1 }], expiresInSeconds };
  const answer = await shop.call('inventory', {
    method: 'POST',
    path: '/api/v1/reservations',
    headers: { ...jsonApi, 'idempotency-key': `hold-${(keys += 1)}` },
    body: { data: { type: 'reservations', attributes } },
  });
  return resourceIn(answer).id;
}

async function confirm(id: string): Promise<Answer> {
  return shop.call('inventory', {
    method: 'PATCH',
    path: `/api/v1/reservations/${id}`,
    headers: { ...jsonApi, 'idempotency-key': `confirm-${(keys += 1)}` },
    body: { data: { type: 'reservations', id, attributes: { status: 'confirmed' } } },
  });
}

async function statusOf(id: string): Promise<unknown> {
  const answer = await shop.call('inventory', { path: `/api/v1/reservations/${id}` });
  return resourceIn(answer).attributes['status'];
}

/** The recorded times of a sale and of a later change of a product. */
async function instants(): Promise<{ sold: string; id: string; changed: string }> {
  const line = [{ productId: '1', quantity: 1 }];
  const sale = await shop.call('inventory', purchaseCall(line, `sale-${(keys += 1)}`));
  const changed = await shop.call('products', {
    method: 'PATCH',
    path: '/api/v1/products/1',
    headers: jsonApi,
    body: { data: { type: 'products', id: '1', attributes: { description: `No. ${keys}` } } },
  });
  const { id, attributes } = resourceIn(sale);
  return {
    id,
    sold: String(attributes['createdAt']),
    changed: String(resourceIn(changed).attributes['updatedAt']),
  };
}

test('setting the time an hour forward or back ends no reservation, and gives no record an earlier time than the one before it', async () => {
  shop = await openStockedShop([1_000]);
  setClock(0);
  await restart();
  const reservationIds = [await reserve(600), await reserve(600)] as const;
  const short = await reserve(2);
  const begunAt = performance.now();
  const instantsByRound = [await instants()];

  setClock(HOUR_MS);
  instantsByRound.push(await instants());
  // A page counts down by the difference of these two.
  const { headers, body } = await shop.call('inventory', {
    path: `/api/v1/reservations/${reservationIds[0]}`,
  });
  const { data } = body as { data: Resource };
  const leftMs = Date.parse(String(data.attributes['expiresAt'])) - Date.parse(headers.date ?? '');
  expect(leftMs).toBeGreaterThan(0);
  expect(leftMs).toBeLessThanOrEqual(601_000);
  expect(await statusOf(reservationIds[0])).toBe('active');
  expect((await confirm(reservationIds[0])).status).toBe(200);

  setClock(-HOUR_MS);
  instantsByRound.push(await instants());
  // Only elapsed time counts, whatever the machine's time says.
  await vi.waitFor(async () => expect(await statusOf(short)).toBe('expired'), {
    timeout: 30_000,
    interval: 100,
  });
  expect((await confirm(short)).status).toBe(409);
  expect(await statusOf(reservationIds[1])).toBe('active');

  // A service that starts an hour behind continues from the last recorded time.
  await restart();
  instantsByRound.push(await instants(), await instants());
  expect(await statusOf(reservationIds[1])).toBe('active');
  for (const kind of ['sold', 'id', 'changed'] as const) {
    const values = instantsByRound.map((one) => one[kind]);
    expect(values.toSorted()).toEqual(values);
    expect(new Set(values).size).toBe(values.length);
  }
  const tookMs = performance.now() - begunAt;
  const apartMs =
    Date.parse(instantsByRound.at(-1)?.sold ?? '') - Date.parse(instantsByRound[0]?.sold ?? '');
  expect(apartMs).toBeLessThanOrEqual(tookMs + 1_000);
  expect(shop.log('inventory')).toContain('which was set');

  // Otherwise the machine's time counts after a start.
  setClock(HOUR_MS);
  await restart();
  expect(await statusOf(reservationIds[1])).toBe('expired');
  const [later] = [await instants()];
  expect(Date.parse(later.sold) - Date.now()).toBeGreaterThan(HOUR_MS / 2);
});
