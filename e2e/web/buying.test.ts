import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allPurchases, onHandOf } from '../stocked-shop.ts';
import {
  browserPath,
  buyButton,
  endHoldIn,
  expectBought,
  expectLive,
  expectPassing,
  expectShown,
  expectStock,
  expectText,
  openBasket,
  openShop,
  setStock,
  startAgain,
  unitsShown,
  untilForwarded,
} from './browser.ts';
import type { WebShop, Window } from './browser.ts';

let shop: WebShop;

/** Starts an Inventory that kills itself at a step of the next purchase. */
async function startDyingInventory(step: 'between the rows' | 'before the answer'): Promise<void> {
  const preload = join(import.meta.dirname, '..', 'preloads', 'crash-at.ts');
  const file = join(shop.services.dataFolder, 'crash-at');
  await shop.services.stop('inventory');
  writeFileSync(file, step);
  const env = { NODE_OPTIONS: `--import=${preload}`, CRASH_FILE: file };
  await startAgain(shop, 'inventory', { env });
}

const stockRequestCount = ({ requests }: Window) =>
  requests.filter((url) => url.includes('/api/v1/inventories')).length;

/** A window that shows so many stocks, then listens for changes, and has nothing more to ask. */
async function watch(path: string, stockCount: number): Promise<Window> {
  const window = await shop.open('');
  const { page } = window;
  const mayListen = Promise.withResolvers<void>();
  await page.route('**/stock-events/stream', async (route) => {
    await mayListen.promise;
    await route.continue();
  });
  await page.goto(`${shop.origin}${path}`);
  await expect.poll(() => page.getByRole('main').getByTestId('stock').count()).toBe(stockCount);
  const lastRead = page.waitForResponse('**/api/v1/inventories?*');
  mayListen.resolve();
  await Promise.all([expectLive(page), lastRead]);
  return window;
}

describe.skipIf(!browserPath)('a shopper', () => {
  beforeAll(async () => {
    shop = await openShop({ motion: true });
  });
  afterAll(() => shop?.close());

  test('finds a product and buys it, and another open window shows the new stock without asking', async () => {
    const { page, complaints } = await shop.open();
    await page.getByRole('searchbox', { name: 'Search products' }).fill('grinder');
    await expectText(page, /^1 product$/);
    expect(new URL(page.url()).searchParams.get('search'), 'the address says it').toBe('grinder');
    await page.getByRole('link', { name: 'Hand Coffee Grinder' }).click();
    await expectShown(page.getByRole('heading', { level: 1, name: 'Hand Coffee Grinder' }));
    const before = await unitsShown(page);
    expect(before).toBe(64);

    const watchers = await Promise.all([
      // With four related products.
      watch(new URL(page.url()).pathname, 5),
      watch('/?search=grinder', 1),
    ]);
    const counts = watchers.map(stockRequestCount);
    await buyButton(page).click();
    await Promise.all(watchers.map((window) => expectStock(window.page, 63)));
    expect(watchers.map(stockRequestCount), 'nobody asked').toEqual(counts);
    await expectBought(page);
    const [purchase] = await allPurchases(shop.services);
    await expectText(page, '$59.95');
    await page.getByRole('link', { name: 'See the receipt' }).click();
    await expectShown(page.getByRole('heading', { level: 1, name: 'Receipt' }));
    expect(page.url()).toContain(purchase?.id);
    expect(complaints).toEqual([]);
  });

  test('buys once with a double click', async () => {
    const { page } = await shop.open('/products/3');
    const before = (await allPurchases(shop.services)).length;
    await page.route('**/purchases', async (route) => {
      // The answer comes after both clicks.
      await clicking;
      await route.continue();
    });
    const clicking = buyButton(page).dblclick();
    await clicking;
    await expectBought(page);
    expect(await allPurchases(shop.services)).toHaveLength(before + 1);
    await page.reload();
    await expectShown(buyButton(page));
    expect(await allPurchases(shop.services), 'after a reload').toHaveLength(before + 1);
  });

  test('buys more at once than can be held, sees which line is unavailable, and keeps what was added meanwhile', async () => {
    await setStock(shop, '9', 150);
    const { page } = await shop.open('/products/10');
    await page.getByRole('button', { name: 'Add to basket' }).click();
    await page.goto(`${shop.origin}/products/9`);
    await page.getByRole('textbox', { name: 'Quantity' }).fill('120');
    await page.getByRole('button', { name: 'Add to basket' }).click();
    await openBasket(page);
    const checkOut = page.getByRole('button', { name: 'Check out' });
    const atOnce = page.getByRole('button', { name: /^Buy at once for \$[\d,.]+$/ });
    const before = (await allPurchases(shop.services)).length;
    await checkOut.click();
    await expectText(page, 'This is more than can be held for you');
    expect(await allPurchases(shop.services), 'it is only offered').toHaveLength(before);
    await expectShown(atOnce);

    await setStock(shop, '9', 119);
    await atOnce.click();
    await expectText(page, 'Not everything is available');
    await expectShown(page.getByRole('listitem').getByRole('alert').getByText('Only 119 left'));
    expect(await allPurchases(shop.services)).toHaveLength(before);
    expect(await page.getByRole('listitem').count(), 'the basket stays').toBe(2);

    await setStock(shop, '9', 130);
    await page.reload();
    await checkOut.click();
    await expectShown(atOnce);
    const other = await page.context().newPage();
    await other.goto(`${shop.origin}/products/11`);
    await expectShown(buyButton(other));
    await page.route('**/purchases', async (route) => {
      // While the answer is on its way, another window adds something to the basket.
      await Promise.all([clicking, other.getByRole('button', { name: 'Add to basket' }).click()]);
      await route.continue();
    });
    const clicking = atOnce.dblclick();
    await clicking;
    await page.waitForURL('**/purchases/*');
    await expectShown(page.getByRole('heading', { level: 1, name: 'Thank you, it is yours' }));
    expect(await allPurchases(shop.services)).toHaveLength(before + 1);
    expect(await onHandOf(shop.services, '9')).toBe(10);
    await page.goto(`${shop.origin}/basket`);
    await expectShown(page.getByRole('listitem'));
    expect(await page.getByRole('listitem').count(), 'what was not bought').toBe(1);
  });

  test('sees for how many minutes a hold lasts at most, and keeps the hold; if that is too short, buys at once', async () => {
    const { services } = shop;
    await services.stop('inventory');
    await startAgain(shop, 'inventory', { env: { HOLD_MAX_MINUTES: '10' } });
    const { page } = await shop.open('/products/10');
    await page.getByRole('button', { name: 'Add to basket' }).click();
    await openBasket(page);
    const checkOut = page.getByRole('button', { name: 'Check out' });
    const [response] = await Promise.all([
      page.waitForResponse('**/reservations'),
      checkOut.click(),
    ]);
    const { data } = (await response.json()) as { data: { id: string } };
    await expectShown(page.getByRole('timer'));
    await endHoldIn(shop, data.id, 55);
    await page.reload();
    await page.getByRole('button', { name: 'Hold longer' }).click();
    await expectText(page, 'Nothing can be held for longer than 10 minutes');
    await expectText(page, 'Held for you');
    await page.getByRole('button', { name: 'Back to the basket' }).click();

    await services.stop('inventory');
    await startAgain(shop, 'inventory', { env: { HOLD_MAX_MINUTES: '9' } });
    const before = (await allPurchases(services)).length;
    await checkOut.click();
    const atOnce = page.getByRole('button', { name: /^Buy at once for/ });
    await expectShown(atOnce);
    await page.context().setOffline(true);
    await atOnce.click();
    await expectText(page, 'We don’t know whether your purchase went through');
    expect(await page.getByText('Nothing was held or bought').count()).toBe(0);
    await page.context().setOffline(false);
    await page.getByRole('button', { name: 'Ask again' }).click();
    await page.waitForURL('**/purchases/*');
    expect(await allPurchases(services)).toHaveLength(before + 1);
  });

  test('whose answer was lost asks again until it comes, and has bought once', async () => {
    const { services } = shop;
    await startDyingInventory('before the answer');
    const { page } = await shop.open('/products/4');
    const before = (await allPurchases(services)).length;
    const onHand = Number(await onHandOf(services, '4'));
    const died = services.ended('inventory');
    await buyButton(page).click();
    await died;
    await expectText(page, 'We don’t know whether your purchase of one unit went through');
    await Promise.all([
      page.waitForResponse('**/purchases'),
      page.getByRole('button', { name: 'Ask again' }).click(),
    ]);
    await expectText(page, 'We don’t know whether your purchase of one unit went through');
    await page.reload();
    await expectText(page, 'We don’t know whether your purchase of one unit went through');

    await startAgain(shop, 'inventory');
    await page.getByRole('button', { name: 'Ask again' }).click();
    await expectBought(page);
    await expectText(page, 'You bought it only once.');
    expect(await allPurchases(services)).toHaveLength(before + 1);
    expect(await onHandOf(services, '4')).toBe(onHand - 1);
  });

  test('whose purchase was lost before it was made asks again and has bought once', async () => {
    const { services } = shop;
    await startDyingInventory('between the rows');
    const { page } = await shop.open('/products/5');
    await expectShown(buyButton(page));
    const before = (await allPurchases(services)).length;
    const died = services.ended('inventory');
    await buyButton(page).click();
    await died;
    await expectText(page, 'We don’t know whether your purchase of one unit went through');
    await startAgain(shop, 'inventory');
    await page.getByRole('button', { name: 'Ask again' }).click();
    await expectBought(page);
    expect(await allPurchases(services)).toHaveLength(before + 1);
  });

  test('a shopper, one at checkout, and an operator, whose answers did not come in time, ask again after a reload: each change happened once', async () => {
    const { services } = shop;
    const buyer = await shop.open('/products/6');
    const checkout = await shop.open('/products/8');
    const operator = await shop.open('/manage/products/7', { operator: true });
    await checkout.page.getByRole('button', { name: 'Add to basket' }).click();
    await openBasket(checkout.page);
    await checkout.page.getByRole('button', { name: 'Check out' }).click();
    await operator.page.getByRole('button', { name: 'Receive' }).click();
    const form = operator.page.getByRole('dialog', { name: 'Receive stock' });
    await form.getByRole('textbox', { name: 'Units' }).fill('20');
    await expectShown(form.getByTestId('before-after').getByText('→'));
    const confirm = checkout.page.getByRole('button', { name: 'Confirm purchase' });
    await Promise.all([expectShown(confirm), expectShown(buyButton(buyer.page))]);
    const before = (await allPurchases(services)).length;
    const onHand = await Promise.all(['6', '7', '8'].map((id) => onHandOf(services, id)));

    services.pause('inventory');
    await Promise.all([
      buyButton(buyer.page).click(),
      confirm.click(),
      form.getByRole('button', { name: 'Receive' }).click(),
    ]);
    const unknown = /We don’t know whether (your purchase|this change was made)/;
    const windows = [buyer, checkout, operator];
    await Promise.all(windows.map(({ page }) => expectText(page, unknown)));
    for (const { page } of windows)
      expect(await page.getByText('Nothing was changed').count()).toBe(0);
    services.resume('inventory');
    // The requests on their way are carried out now, although nobody waits for them.
    await expect.poll(async () => (await allPurchases(services)).length).toBe(before + 2);
    await untilForwarded(shop, 'inventory');

    await Promise.all(windows.map(({ page }) => page.reload()));
    await expectText(buyer.page, unknown);
    await buyer.page.getByRole('button', { name: 'Ask again' }).click();
    await expectText(buyer.page, 'You bought it only once.');
    // The checkout page notices by itself that the purchase was made.
    await checkout.page.waitForURL('**/purchases/*');
    await expectText(operator.page, 'We don’t know whether this change was made: receipt of +20');
    await expectPassing(operator.page, 'change made once', () =>
      operator.page.getByRole('button', { name: 'Ask again' }).click(),
    );
    expect(await allPurchases(services)).toHaveLength(before + 2);
    const [of6, of7, of8] = await Promise.all(['6', '7', '8'].map((id) => onHandOf(services, id)));
    expect([of6, of7, of8]).toEqual([
      Number(onHand[0]) - 1,
      Number(onHand[1]) + 20,
      Number(onHand[2]) - 1,
    ]);
  });
});
