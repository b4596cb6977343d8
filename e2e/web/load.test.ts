import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isWholeSoak, times, withinMs } from '@anaquel/runtime/soak-counts';
import type { CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { purchaseCall } from '../stocked-shop.ts';
import { browserPath, expectShown, openShop } from './browser.ts';
import type { WebShop } from './browser.ts';

// What pages cost in a large, busy shop, and how soon a slow phone shows something.

const PRODUCTS = times({ test: 100, soak: 10_000 });
const DEMO_PRODUCTS = 24;
const AT_A_TIME = 500;
const STOCK = 100_000;
const SALES_PER_SECOND = 50;
const SECONDS = times({ test: 5, soak: 60 });
/** Of one core; a part of a soak only detects what never rests. */
const MOST_OF_CORE = isWholeSoak ? 0.25 : 0.9;
/** In a minute: what moves by itself makes one lose the line. */
const MOST_SHIFT = 0.1;

const ATOMIC = 'application/vnd.api+json;ext="https://jsonapi.org/ext/atomic"';

let shop: WebShop;

async function add(
  service: 'products' | 'inventory',
  path: string,
  resources: readonly object[],
): Promise<void> {
  const answer = await shop.services.call(service, {
    method: 'POST',
    path,
    headers: { 'content-type': ATOMIC, accept: ATOMIC, 'idempotency-key': randomUUID() },
    body: { 'atomic:operations': resources.map((data) => ({ op: 'add', data })) },
  });
  expect(answer).toMatchObject({ status: 200 });
}

async function fillShop(): Promise<void> {
  for (let first = DEMO_PRODUCTS + 1; first <= PRODUCTS; first += AT_A_TIME) {
    const count = Math.min(AT_A_TIME, PRODUCTS + 1 - first);
    const ids = Array.from({ length: count }, (_, at) => first + at);
    const products = ids.map((id) => ({
      type: 'products',
      attributes: { name: `Thing ${id}`, sku: `T-${id}`, price: id, tags: ['many'] },
    }));
    await add('products', '/api/v1/product-operations', products);
    const levels = ids.map((id) => ({
      type: 'inventories',
      id: String(id),
      attributes: { onHand: STOCK },
    }));
    await add('inventory', '/api/v1/stock-operations', levels);
  }
}

/** Sells evenly until the returned function is called, which resolves with how many were sold. */
function startSales(): () => Promise<number> {
  const sold: Promise<boolean>[] = [];
  const timer = setInterval(() => {
    const productId = String(
      DEMO_PRODUCTS + 1 + ((sold.length * 7_919) % (PRODUCTS - DEMO_PRODUCTS)),
    );
    const call = purchaseCall([{ productId, quantity: 1 }], randomUUID());
    sold.push(shop.services.call('inventory', call).then(({ status }) => status === 201));
  }, 1_000 / SALES_PER_SECOND);
  return async () => {
    clearInterval(timer);
    return (await Promise.all(sold)).filter(Boolean).length;
  };
}

/** Seconds of processor time that the page has taken so far, also while others had the core. */
async function taskSeconds(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Infinity;
}

interface Unrest {
  readonly shift: number;
  readonly longestMs: number;
}

/** From now on the page adds up by how much its content moves by itself, and its longest task. */
async function watchUnrest(page: Page): Promise<() => Promise<Unrest>> {
  await page.evaluate(`{
    window.unrest = { shift: 0, longestMs: 0 };
    new PerformanceObserver((list) => {
      for (const { hadRecentInput, value } of list.getEntries())
        if (!hadRecentInput) window.unrest.shift += value;
    }).observe({ type: 'layout-shift' });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries())
        window.unrest.longestMs = Math.max(window.unrest.longestMs, duration);
    }).observe({ type: 'longtask' });
  }`);
  return () => page.evaluate<Unrest>('window.unrest');
}

describe.skipIf(!browserPath)('the web app', () => {
  beforeAll(async () => {
    shop = await openShop({ motion: true });
    await fillShop();
  });
  afterAll(() => shop?.close());

  test.each([
    ['the overview', '/manage', true],
    ['the table of products', '/manage/products', true],
    ['the sales', '/manage/sales', true],
    ['the sales of a week', '/manage/sales?range=week', true],
    ['what runs low', '/manage/low-stock', true],
    ['the activity', '/manage/activity', true],
    ['the movements of a product', `/manage/products/${DEMO_PRODUCTS + 1}`, true],
    ['the catalogue', '/', false],
    ['a product', `/products/${DEMO_PRODUCTS + 1}`, false],
  ])('shows %s in a busy shop calmly, and rests most of the time', async (name, path, operator) => {
    const { page } = await shop.open('', { operator });
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    const endSales = startSales();
    await page.goto(`${shop.origin}${path}`);
    await expectShown(page.getByRole('main').getByRole('heading', { level: 1 }));
    const waiting = page.locator(
      // All but the light that says that stock is live.
      'main :is([aria-busy=true], .animate-pulse:not([role=status] *))',
    );
    await expect.poll(() => waiting.count()).toBe(0);
    const unrest = await watchUnrest(page);
    const before = await taskSeconds(session);
    await sleep(SECONDS * 1_000);
    const share = ((await taskSeconds(session)) - before) / SECONDS;
    const { shift, longestMs } = await unrest();
    const sold = await endSales();
    console.log(
      `${name}: ${(share * 100).toFixed(1)} % of a core, longest task ${longestMs.toFixed(0)} ms, shift ${shift.toFixed(3)} in ${SECONDS} s and ${sold} sales`,
    );
    expect(sold).toBeGreaterThan(0);
    expect(share).toBeLessThan(MOST_OF_CORE);
    expect(longestMs).toBeLessThan(withinMs(200));
    expect(shift).toBeLessThan(MOST_SHIFT);
  });

  test('opens the table of products at once', async () => {
    const { page } = await shop.open('/manage', { operator: true });
    await expectShown(page.getByRole('heading', { level: 1 }));
    const start = performance.now();
    await page.goto(`${shop.origin}/manage/products`);
    await expectShown(page.locator('tbody tr').getByRole('link'));
    const openMs = performance.now() - start;
    console.log(`the table of products: open after ${openMs.toFixed(0)} ms`);
    expect(openMs).toBeLessThan(withinMs(1_500));
  });

  const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true } as const;
  const NETWORKS = [
    { network: 'a mobile network', latency: 150, bitsPerSecond: 1_600_000, firstMs: 2_500 },
    { network: 'a slow one', latency: 2_000, bitsPerSecond: 400_000, firstMs: 6_000 },
  ];
  test.each(NETWORKS)(
    'can be read soon on a slow phone with $network',
    async ({ network, latency, bitsPerSecond, firstMs }) => {
      for (const path of ['/', '/manage']) {
        const { page } = await shop.open('', { ...PHONE, operator: path !== '/' });
        const session = await page.context().newCDPSession(page);
        await session.send('Network.enable');
        await session.send('Network.setCacheDisabled', { cacheDisabled: true });
        const throughput = bitsPerSecond / 8;
        await session.send('Network.emulateNetworkConditions', {
          offline: false,
          latency,
          downloadThroughput: throughput,
          uploadThroughput: throughput,
        });
        await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
        await page.goto(`${shop.origin}${path}`, { waitUntil: 'commit' });
        const paintMs = async () =>
          page.evaluate<number>(
            `performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0`,
          );
        await expect.poll(paintMs).toBeGreaterThan(0);
        const atMs = await paintMs();
        await expectShown(page.getByRole('main').getByRole('heading', { level: 1 }));
        const appMs = await page.evaluate<number>('performance.now()');
        console.log(
          `${path} with ${network}: first paint after ${atMs.toFixed(0)} ms, the app after ${appMs.toFixed(0)} ms`,
        );
        expect(atMs).toBeLessThan(withinMs(firstMs));
      }
    },
  );
});
