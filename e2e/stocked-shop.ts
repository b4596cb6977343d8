import { expect } from 'vitest';
import type { Answer } from './http-caller.ts';
import { startServices } from './services.ts';
import type { Services } from './services.ts';

const jsonApi = { 'content-type': 'application/vnd.api+json' };

export interface Line {
  readonly productId: string;
  readonly quantity: number;
}

export interface Resource {
  readonly id: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Both services, with products 1, 2, 3 … that have this much stock, and with more settings. */
export async function openStockedShop(
  onHand: readonly number[],
  env: Readonly<Record<string, string>> = {},
): Promise<Services> {
  // Debug logs would be most of the output under load.
  const shop = await startServices({ env: { LOG_LEVEL: 'warn', ...env } });
  try {
    for (const [index, amount] of onHand.entries()) {
      const id = String(index + 1);
      const product = { type: 'products', attributes: { name: `Product ${id}`, price: 1.5 } };
      await create(shop, 'products', product);
      await create(shop, 'inventory', { type: 'inventories', id, attributes: { onHand: amount } });
    }
  } catch (error) {
    await shop.remove();
    throw error;
  }
  return shop;
}

async function create(
  shop: Services,
  service: 'products' | 'inventory',
  data: { readonly type: string; readonly [member: string]: unknown },
): Promise<void> {
  const path = service === 'products' ? '/api/v1/products' : '/api/v1/inventories';
  const answer = await shop.call(service, {
    method: 'POST',
    path,
    headers: jsonApi,
    body: { data },
  });
  expect(answer.status, `answered ${answer.text}`).toBe(201);
}

/** The request of a purchase, without the API key. */
export function purchaseCall(
  lines: readonly Line[],
  key: string,
  more: { readonly reference?: string } = {},
) {
  return {
    method: 'POST',
    path: '/api/v1/purchases',
    headers: { ...jsonApi, 'idempotency-key': key },
    body: { data: { type: 'purchases', attributes: { lines, ...more } } },
  };
}

export function resourceIn(answer: Answer): Resource {
  expect(answer.status, `answered ${answer.text}`).toBeLessThan(300);
  return (answer.body as { data: Resource }).data;
}

async function read(shop: Services, path: string): Promise<Resource> {
  return resourceIn(await shop.call('inventory', { path }));
}

async function readPage(shop: Services, path: string): Promise<Resource[]> {
  const answer = await shop.call('inventory', { path });
  expect(answer.status, `answered ${answer.text}`).toBe(200);
  return (answer.body as { data: Resource[] }).data;
}

export async function onHandOf(shop: Services, productId: string): Promise<unknown> {
  return (await read(shop, `/api/v1/inventories/${productId}`)).attributes['onHand'];
}

/** Every purchase of the shop, in no particular order. */
export async function allPurchases(shop: Services): Promise<Resource[]> {
  const purchases: Resource[] = [];
  for (let page = 1; ; page += 1) {
    const path = `/api/v1/purchases?page[size]=100&page[number]=${page}`;
    const some = await readPage(shop, path);
    purchases.push(...some);
    if (some.length < 100) return purchases;
  }
}

/** The positions of the feed's movements, in its order. */
export async function feedPositions(shop: Services): Promise<number[]> {
  const positions: number[] = [];
  for (;;) {
    const path = `/api/v1/stock-events?page[size]=1000&page[after]=${positions.at(-1) ?? 0}`;
    const some = await readPage(shop, path);
    if (some.length === 0) return positions;
    for (const { attributes } of some) {
      const { order } = attributes['event'] as { order: string };
      // The first event of a position is the movement's own.
      if (order.endsWith('.1')) positions.push(attributes['position'] as number);
    }
  }
}

/** @returns how many purchases the audit, which found nothing wrong, has seen. */
export async function auditClean(shop: Services): Promise<unknown> {
  const { attributes } = await read(shop, '/api/v1/audit');
  expect(attributes).toMatchObject({ clean: true, disagreements: [] });
  return attributes['purchases'];
}
