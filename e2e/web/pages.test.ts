import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { purchaseCall, resourceIn } from '../stocked-shop.ts';
import { browserPath, expectShown, openShop, patienceMs, settle } from './browser.ts';
import type { Visit, WebShop } from './browser.ts';

// What holds of every page: it can be read by everyone, complains of nothing and asks nobody else.

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
);
const WIDTHS = [
  { width: 1440, height: 900 },
  { width: 360, height: 740 },
];

let shop: WebShop;
let saleId: string;

const shopperPages = () => [
  '/',
  '/?search=no-such-thing',
  '/products/1',
  '/products/999999',
  '/basket',
  '/checkout',
  '/purchases',
  '/sign-in',
  '/status',
  '/no/such/page',
];
const operatorPages = () => [
  '/manage',
  '/manage/products',
  '/manage/products/1',
  '/manage/low-stock',
  '/manage/purchases',
  `/manage/purchases/${saleId}`,
  '/manage/reservations',
  '/manage/import',
  '/activity',
  '/status',
];

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: { readonly html: string; readonly failureSummary: string }[];
}

/** What axe finds serious on the page as it stands. */
async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate<{ violations: Violation[] }>(
    `axe.run(document, { resultTypes: ['violations'] })`,
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
}

/** Goes to each page in turn, in one window, and waits until it is there. */
async function visitEach(page: Page, paths: readonly string[], look: (path: string) => unknown) {
  for (const path of paths) {
    await page.goto(`${shop.origin}${path}`);
    await expectShown(page.getByRole('main').getByRole('heading', { level: 1 }));
    await settle(page);
    await look(path);
  }
}

describe.skipIf(!browserPath)('every page', () => {
  beforeAll(async () => {
    shop = await openShop();
    const sale = await shop.services.call(
      'inventory',
      purchaseCall([{ productId: '1', quantity: 2 }], 'sale'),
    );
    saleId = resourceIn(sale).id;
  });
  afterAll(() => shop?.close());

  const visits: [string, () => string[], Visit][] = [
    ['a shopper', shopperPages, {}],
    ['an operator', operatorPages, { operator: true }],
  ];

  for (const [who, paths, visit] of visits) {
    test.each(['light', 'dark'] as const)(
      `of ${who} has nothing that axe finds serious, %s`,
      async (colorScheme) => {
        const { page, close } = await shop.open('/', { ...visit, colorScheme, bypassCSP: true });
        const found: string[] = [];
        await visitEach(page, paths(), async (path) => {
          found.push(...(await violationsOf(page)).map((what) => `${path}: ${what}`));
        });
        expect(found).toEqual([]);
        await close();
      },
    );

    test(`of ${who} is quiet in the console, asks no other origin and fits a phone`, async () => {
      const { page, complaints, requests, close } = await shop.open('/', visit);
      const tooWide: string[] = [];
      await visitEach(page, paths(), async (path) => {
        for (const size of WIDTHS) {
          await page.setViewportSize(size);
          const over = await page.evaluate<number>(
            'document.documentElement.scrollWidth - document.documentElement.clientWidth',
          );
          if (over > 0) tooWide.push(`${path} is ${over} px too wide at ${size.width} px`);
        }
      });
      const strangers = requests.filter((url) => !url.startsWith(`${shop.origin}/`));
      expect(strangers.filter((url) => !/^(data|blob):/.test(url))).toEqual([]);
      // That an address leads to nothing the browser says by itself.
      expect(complaints.filter((text) => !text.includes('/products/999999'))).toEqual([]);
      expect(tooWide).toEqual([]);
      await close();
    });
  }

  test('has an open form that axe finds nothing serious in', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const visit = { operator: true, colorScheme, bypassCSP: true };
      const { page, close } = await shop.open('/manage/products/1', visit);
      for (const name of ['Receive', 'Count', 'Adjust', 'Edit']) {
        await page.getByRole('button', { name, exact: true }).first().click();
        await expectShown(page.getByRole('dialog'));
        await settle(page);
        expect(await violationsOf(page), `${name}, ${colorScheme}`).toEqual([]);
        await page.getByRole('button', { name: 'Cancel' }).click();
        await page.getByRole('dialog').waitFor({ state: 'hidden', timeout: patienceMs });
      }
      await close();
    }
  });
});

describe.skipIf(!browserPath)('the first page', () => {
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop?.close());

  test('sends at most 130 kB of compressed JavaScript, and no chart', async () => {
    const { page, close } = await shop.open('');
    const network = await page.context().newCDPSession(page);
    await network.send('Network.enable');
    const scripts = new Map<string, string>();
    let bytes = 0;
    network.on('Network.responseReceived', ({ requestId, response, type }) => {
      if (type !== 'Script') return;
      scripts.set(requestId, response.url);
      expect(response.headers['content-encoding'], `of ${response.url}`).toBe('gzip');
    });
    // Of the files, without the headers that came with them.
    network.on('Network.dataReceived', ({ requestId, encodedDataLength }) => {
      if (scripts.has(requestId)) bytes += encodedDataLength;
    });
    // Browsers take smaller codings too; the promise is about gzip.
    await network.send('Network.setExtraHTTPHeaders', { headers: { 'accept-encoding': 'gzip' } });
    await page.goto(shop.origin);
    await settle(page);
    expect(scripts.size).toBeGreaterThan(0);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThanOrEqual(130_000);
    expect([...scripts.values()].filter((url) => /chart|uplot/i.test(url))).toEqual([]);
    await close();
  });

  test('sends files that never change with a year to keep them, and itself to be asked for each time', async () => {
    const { page, close } = await shop.open();
    const src = await page.locator('script[type=module]').first().getAttribute('src');
    const script = await page.request.get(`${shop.origin}${src}`);
    expect(script.headers()['cache-control']).toBe('public, max-age=31536000, immutable');
    const index = await page.request.get(shop.origin);
    expect(index.headers()['cache-control']).toBe('no-cache');
    await close();
  });
});
