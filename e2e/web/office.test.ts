import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { purchaseCall, resourceIn } from '../stocked-shop.ts';
import {
  browserPath,
  expectFocused,
  expectGone,
  expectShown,
  openShop,
  setPrice,
  startAgain,
} from './browser.ts';
import type { WebShop } from './browser.ts';

let shop: WebShop;

describe.skipIf(!browserPath)('the office', () => {
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop?.close());

  test('is a page of its own, without basket and footer, that the shop leads to and back', async () => {
    const { page } = await shop.open('/', { operator: true });
    await page.getByRole('banner').getByRole('link', { name: 'Office' }).click();
    await page.waitForURL('**/manage');
    await expectShown(page.getByRole('heading', { level: 1, name: 'Overview' }));
    expect(await page.getByRole('link', { name: /^Basket/ }).count()).toBe(0);
    expect(await page.getByRole('contentinfo').count()).toBe(0);
    await page.getByRole('link', { name: 'To the shop' }).click();
    await expectShown(page.getByRole('link', { name: /^Basket/ }));
  });

  test('has the page of a product that the shop shows, one click away', async () => {
    const { page, complaints } = await shop.open('/products/1', { operator: true });
    await page.getByRole('link', { name: 'Manage its stock' }).click();
    await page.waitForURL('**/manage/products/1');
    await expectShown(page.getByRole('heading', { level: 1 }));
    expect(complaints).toEqual([]);
  });

  test('keeps the addresses that it had before', async () => {
    const { page } = await shop.open('/activity', { operator: true });
    await expectShown(page.getByRole('heading', { level: 1, name: 'Activity' }));
    expect(new URL(page.url()).pathname).toBe('/manage/activity');
    await page.goto(`${shop.origin}/manage/purchases?page=1`);
    await expectShown(page.getByRole('heading', { level: 1, name: 'Sales' }));
    expect(new URL(page.url()).pathname).toBe('/manage/sales');
  });

  test('finds a product by one key, its name and Enter, from any page', async () => {
    const { page } = await shop.open('/manage/products', { operator: true });
    await expectShown(page.getByRole('row').nth(1).getByRole('link'));
    await page.keyboard.press('/');
    await expectFocused(page.getByRole('searchbox'));
    // While the page of the product is loaded, the search comes into the address.
    await page.route(/StockPage/, async (route) => {
      await delay(1000);
      await route.continue();
    });
    await page.keyboard.type('gooseneck');
    await page.keyboard.press('Enter');
    await page.waitForURL(/manage\/products\/\d+$/);

    await page.goto(`${shop.origin}/manage/reservations`);
    await expectShown(page.getByRole('heading', { level: 1, name: 'Reservations' }));
    await page.keyboard.press('Control+k');
    await expectFocused(page.getByRole('combobox', { name: 'Search and commands' }));
    await page.keyboard.type('gooseneck');
    await page.keyboard.press('Enter');
    await page.waitForURL(/manage\/products\/\d+$/);
    await expectGone(page.getByRole('dialog'));
  });

  test('says what was sold this week by one click, and finds a sale by its number', async () => {
    for (const [key, quantity] of [
      ['first', 2],
      ['second', 3],
    ] as const)
      await shop.services.call('inventory', purchaseCall([{ productId: '2', quantity }], key));
    const { page } = await shop.open('/manage', { operator: true });
    await expectShown(page.getByTestId('today').getByText('$'));
    await expectShown(page.getByText('2 sales').first());
    let clicks = 0;
    await page.exposeFunction('onClick', () => (clicks += 1));
    await page.evaluate(`addEventListener('click', () => onClick())`);
    await page.getByRole('link', { name: 'What sold in 7 days' }).click();
    const sums = page.getByRole('main').locator('dl');
    await expectShown(sums.getByText('5', { exact: true }));
    await expectShown(page.getByRole('heading', { name: 'What was sold' }));
    expect(new URL(page.url()).search).toBe('?range=week');
    await expect.poll(() => clicks).toBe(1);
    await expectShown(page.getByRole('row').getByText('#2', { exact: true }));

    await page.keyboard.press('/');
    await expectFocused(page.getByRole('searchbox'));
    await page.keyboard.type('#1');
    await expectGone(page.getByRole('row').getByText('#2', { exact: true }));
    await page.getByRole('row').getByText('2 ×').click();
    await expectShown(page.getByRole('heading', { level: 1, name: 'Purchase #1' }));

    await page.keyboard.press('Control+k');
    await page.keyboard.type('#2');
    await page.keyboard.press('Enter');
    await expectShown(page.getByRole('heading', { level: 1, name: 'Purchase #2' }));

    // Amounts of another currency stand for themselves.
    await setPrice(shop, '22', 30, 'EUR');
    const line = { productId: '22', quantity: 1, expectedPrice: 30, expectedCurrency: 'EUR' };
    const inEuros = await shop.services.call('inventory', purchaseCall([line], 'in-euros'));
    expect(inEuros).toMatchObject({ status: 201 });
    await page.goto(`${shop.origin}/manage`);
    await expectShown(page.getByTestId('today').getByText('€30.00'));
    await expectShown(page.getByTestId('today').getByText('$'));
  });

  test('finds the sales of a product and of days, which a file has with what came back', async () => {
    const sold = resourceIn(
      await shop.services.call(
        'inventory',
        purchaseCall([{ productId: '3', quantity: 4 }], 'third', { reference: '=cmd' }),
      ),
    );
    const back = await shop.services.call('inventory', {
      method: 'POST',
      path: '/api/v1/stock-movements',
      headers: { 'content-type': 'application/vnd.api+json', 'idempotency-key': 'back' },
      body: {
        data: {
          type: 'stock-movements',
          attributes: { kind: 'return', quantity: 1 },
          relationships: {
            product: { data: { type: 'products', id: '3' } },
            purchase: { data: { type: 'purchases', id: sold.id } },
          },
        },
      },
    });
    expect(back.status).toBe(201);
    const product = await shop.services.call('products', { path: '/api/v1/products/3' });
    const name = String(resourceIn(product).attributes['name']);

    const { page } = await shop.open('/manage/sales', { operator: true });
    await expectShown(page.getByRole('row').nth(1));
    await page.keyboard.press('/');
    await page.keyboard.type(name);
    await page.getByRole('main').getByRole('link', { name, exact: true }).click();
    await page.waitForURL('**?product=3');
    const rows = page.locator('tbody tr');
    await expect.poll(() => rows.count()).toBe(1);
    await expectShown(rows.getByText('1 returned'));

    const today = new Date().toISOString().slice(0, 10);
    await page.getByLabel('From').fill(today);
    await page.getByLabel('to', { exact: true }).fill(today);
    await page.waitForURL(`**?product=3&from=${today}&to=${today}`);
    const sums = page.getByRole('main').locator('dl');
    await expectShown(sums.getByText('1 came back'));
    await expectShown(sums.getByRole('definition').filter({ hasText: /^\s*3\s+1 came back/ }));

    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV' }).click(),
    ]);
    const lines = readFileSync(await file.path(), 'utf8')
      .trim()
      .split('\r\n');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain(`,'=cmd,`);
    expect(lines[1]).toContain(',4,1,');

    await page.getByLabel('From').fill('2020-01-01');
    await page.getByLabel('to', { exact: true }).fill('2020-01-31');
    await expectShown(page.getByText('No sale was found'));
    await page.getByRole('link', { name: `${name}: show the sales of all products` }).click();
    await page.getByRole('link', { name: 'All', exact: true }).click();
    await expect.poll(() => rows.count()).toBe(4);
    await rows.getByText('4 ×').click();
    await expectShown(page.getByText('1 returned').first());

    await page.goto(`${shop.origin}/manage/products/3`);
    const title = `Purchase #${String(sold.attributes['number'])}`;
    const sale = page.getByRole('link', { name: title });
    await expect.poll(() => sale.count()).toBe(2);
    await page.getByLabel('Kind').selectOption('return');
    await expect.poll(() => sale.count()).toBe(1);
    await page.getByRole('link', { name: '24 hours' }).click();
    await expectShown(page.getByRole('img', { name: /^Stock over/ }));
    await page.waitForURL('**?kind=return&range=day');
    await page.getByRole('searchbox', { name: 'Who' }).fill('no such person');
    await expectShown(page.getByText('No movement was found'));
    await page.getByRole('searchbox', { name: 'Who' }).fill('');
    await sale.click();
    await expectShown(page.getByRole('heading', { level: 1, name: title }));
  });

  test('leads to its pages by the palette, and lists its keys', async () => {
    const { page } = await shop.open('/manage', { operator: true });
    await expectShown(page.getByRole('heading', { level: 1, name: 'Overview' }));
    await page.keyboard.press('Control+k');
    await expectShown(page.getByRole('option', { name: 'Low stock' }));
    await page.keyboard.type('sale');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/manage/sales');
    await expectGone(page.getByRole('dialog'));
    await page.keyboard.press('Shift+?');
    const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await expectShown(help.getByText('Search in this page'));
    await page.keyboard.press('Escape');
    await expectGone(help);
  });

  test('shows as many rows as the address says', async () => {
    const { page } = await shop.open('/manage/products', { operator: true });
    const rows = page.locator('tbody tr');
    await expect.poll(() => rows.count()).toBe(20);
    await page.getByRole('navigation', { name: 'Rows' }).getByRole('link', { name: '50' }).click();
    await page.waitForURL('**?size=50');
    await expect.poll(() => rows.count()).toBeGreaterThan(20);
    await page.reload();
    await expect.poll(() => rows.count()).toBeGreaterThan(20);
  });

  test('has on a phone a bar at the bottom, and a menu with every page', async () => {
    const phone = { width: 360, height: 740 };
    const { page } = await shop.open('/manage', { operator: true, viewport: phone });
    await page.getByRole('button', { name: 'Menu' }).click();
    const menu = page.getByRole('dialog', { name: 'Menu' });
    const link = menu.getByRole('link', { name: 'Low stock' });
    await expectShown(link);
    // It grows as it appears.
    await expect.poll(async () => (await link.boundingBox())?.height).toBeGreaterThanOrEqual(44);
    await link.click();
    await expectGone(menu);
    await expectShown(page.getByRole('heading', { level: 1, name: 'Low stock' }));
    const bar = page.getByRole('navigation', { name: 'Shortcuts to pages' });
    await bar.getByRole('link', { name: 'Products' }).click();
    await expectShown(page.getByRole('heading', { level: 1, name: 'Products' }));
  });

  test('says on every page which service is down', async () => {
    const { page } = await shop.open('/manage/webhooks', { operator: true });
    const notice = page.getByRole('alert').filter({ hasText: 'The catalogue does not answer' });
    await shop.services.stop('products', 'SIGKILL');
    await expectShown(notice);
    await startAgain(shop, 'products');
    await expectGone(notice);
  });
});
