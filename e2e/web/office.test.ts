import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { purchaseCall } from '../stocked-shop.ts';
import {
  browserPath,
  expectFocused,
  expectGone,
  expectShown,
  openShop,
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
    const { page } = await shop.open('/manage/sales', { operator: true });
    await expectShown(page.getByRole('row').getByText('#2', { exact: true }));
    await page.getByRole('link', { name: '7 days' }).click();
    const sums = page.getByRole('main').locator('dl');
    await expectShown(sums.getByText('5', { exact: true }));
    await expectShown(page.getByRole('heading', { name: 'What was sold' }));
    expect(new URL(page.url()).search).toBe('?range=week');

    await page.keyboard.press('/');
    await expectFocused(page.getByRole('searchbox'));
    await page.keyboard.type('#1');
    await expectGone(page.getByRole('row').getByText('#2', { exact: true }));
    await page.getByRole('row').getByText('2 ×').click();
    await expectShown(page.getByRole('heading', { level: 1, name: 'Purchase #1' }));
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
