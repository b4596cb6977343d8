import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allPurchases, onHandOf, purchaseCall, resourceIn } from '../stocked-shop.ts';
import {
  browserPath,
  buyButton,
  endHoldIn,
  expectBought,
  expectGone,
  expectLive,
  expectPassing,
  expectShown,
  expectStock,
  expectText,
  openBasket,
  openShop,
  setPrice,
  setStock,
  settle,
  startAgain,
} from './browser.ts';
import type { WebShop } from './browser.ts';

// Changes by others, and failures, while a page is open.

let shop: WebShop;

/**
 * Inventory still sells at a price that it read a moment ago. It reads the new one for a purchase
 * at that price, of more units than there are.
 */
async function letInventoryRead(id: string, expectedPrice: number, expectedCurrency = 'USD') {
  const line = { productId: id, quantity: 1_000_000, expectedPrice, expectedCurrency };
  const answer = await shop.services.call('inventory', purchaseCall([line], `price-of-${id}`));
  expect(answer.text).toContain('insufficient-stock');
}

describe.skipIf(!browserPath)('while a page is open', () => {
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop?.close());

  test('the last unit is bought by another: the page shows it by itself, and sells again when there is more', async () => {
    await setStock(shop, '10', 1);
    const { page } = await shop.open('/products/10');
    await expectText(page, 'Only 1 left');
    await expectLive(page);
    const call = purchaseCall([{ productId: '10', quantity: 1 }], 'the-other-one');
    expect((await shop.services.call('inventory', call)).status).toBe(201);
    await expectStock(page, 0);
    await expectText(page, 'This page changes by itself as soon as there is stock again.');
    expect(await buyButton(page).count()).toBe(0);
    await setStock(shop, '10', 3);
    await expectShown(buyButton(page));
  });

  test('the last unit is bought by another in the same moment: nothing is bought, and the page says so', async () => {
    await setStock(shop, '11', 1);
    const windows = await Promise.all([shop.open('/products/11'), shop.open('/products/11')]);
    await Promise.all(windows.map(({ page }) => expectShown(buyButton(page))));
    const before = (await allPurchases(shop.services)).length;
    // Both requests are sent before either can be answered.
    shop.services.pause('inventory');
    await Promise.all(windows.map(({ page }) => buyButton(page).click()));
    await Promise.all(windows.map(({ page }) => expectText(page, 'Buying…')));
    shop.services.resume('inventory');
    const [won, lost] = await Promise.all(
      ['Thank you, it is yours', 'Someone else has just bought the last one'].map((text) =>
        Promise.any(windows.map(({ page }) => expectText(page, text).then(() => page))),
      ),
    );
    expect(won).not.toBe(lost);
    if (lost) await expectText(lost, 'Nothing was bought and nothing was charged.');
    expect(await allPurchases(shop.services)).toHaveLength(before + 1);
    expect(await onHandOf(shop.services, '11')).toBe(0);
  });

  test('the price changes: nothing is bought before the buyer accepts the new price', async () => {
    const { page } = await shop.open('/products/12');
    await expectShown(buyButton(page));
    const before = (await allPurchases(shop.services)).length;
    await setPrice(shop, '12', 99.5);
    await letInventoryRead('12', 99.5);
    await buyButton(page).click();
    await expectText(page, 'It now costs $99.50');
    expect(await allPurchases(shop.services)).toHaveLength(before);
    await page.getByRole('button', { name: 'Buy for $99.50' }).click();
    await expectBought(page);
    await expectText(page, '$99.50');
    expect(await allPurchases(shop.services)).toHaveLength(before + 1);
  });

  test('the currency changes and the number stays: nothing is bought before the buyer accepts the new price', async () => {
    const { page } = await shop.open('/products/20');
    await expectShown(buyButton(page));
    await page.getByRole('button', { name: 'Add to basket' }).click();
    const before = (await allPurchases(shop.services)).length;
    const product = await shop.services.call('products', { path: '/api/v1/products/20' });
    const { price } = resourceIn(product).attributes as { price: number };
    await setPrice(shop, '20', price, 'CAD');
    await letInventoryRead('20', price, 'CAD');
    await buyButton(page).click();
    // The amount is not shown in the shop's own currency.
    await expectText(page, `It now costs CA$${price.toFixed(2)}`);
    expect(await allPurchases(shop.services)).toHaveLength(before);
    await page.goto(`${shop.origin}/basket`);
    await expectText(page, `The price went from $${price.toFixed(2)} to CA$${price.toFixed(2)}`);
    await page.getByRole('button', { name: 'Check out' }).click();
    await expectText(page, 'Not everything is available');
    await page.getByRole('button', { name: 'Accept the new price' }).click();
    await page.getByRole('button', { name: 'Check out' }).click();
    await page.getByRole('button', { name: 'Confirm purchase' }).click();
    await page.waitForURL('**/purchases/*');
    await expectText(page, `CA$${price.toFixed(2)}`);
  });

  test('a person’s own change is shown at once, under the pointer too, however late its answer comes', async () => {
    const { page } = await shop.open('/manage/products', { operator: true });
    await page.route('**/api/v1/products', async (route) => {
      // Longer than the page takes what changes for its own change's effect.
      await sleep(3_500);
      await route.continue();
    });
    await page.getByRole('button', { name: 'New product' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Name').fill('Lamp of the last second');
    await form.getByLabel('Price').fill('12');
    const row = await page.locator('tbody tr').nth(3).boundingBox();
    await page.mouse.move((row?.x ?? 0) + 40, (row?.y ?? 0) + 10);
    await form.getByLabel('Price').press('Enter');
    await expectShown(page.getByRole('cell', { name: 'Lamp of the last second', exact: true }));
    expect(await page.getByRole('button', { name: '1 new' }).count()).toBe(0);
  });

  test('many changes a second move no row, and are told in few steps: a button shows them', async () => {
    const { page } = await shop.open('/manage/activity', { operator: true });
    await expectLive(page);
    const rows = page.getByTestId('event');
    await expectShown(rows);
    await settle(page);
    await page.evaluate(`
      performance.setResourceTimingBufferSize(10_000);
      window.begunAt = performance.now();
      window.moves = window.steps = 0;
      const list = document.querySelector('main ol');
      new MutationObserver(() => (window.moves += 1)).observe(list, { childList: true });
      new MutationObserver(() => (window.steps += 1))
        .observe(list.previousElementSibling, { subtree: true, characterData: true });
    `);
    for (let round = 1; round <= 6; round += 1)
      await Promise.all(
        Array.from({ length: 20 }, (_, at) => setStock(shop, String(at + 1), 100 + round)),
      );
    const newRows = page.getByRole('button', { name: 'new – show' });
    // As many as the page keeps.
    await expectShown(newRows.filter({ hasText: '100 new' }));
    // The bounds depend on the time that the page had for the 120 changes, by its own clock.
    const { seconds, moves, steps, requests } = await page.evaluate<Record<string, number>>(`({
      seconds: (performance.now() - begunAt) / 1_000,
      moves,
      steps,
      requests: performance
        .getEntriesByType('resource')
        .filter(({ name, startTime }) => startTime > begunAt && name.includes('/api/v1/products?'))
        .length,
    })`);
    expect(moves).toBe(0);
    expect(steps).toBeLessThan(4 * Number(seconds) + 3);
    expect(requests).toBeLessThan(2 * Number(seconds) + 3);
    await expect
      .poll(async () => {
        if ((await newRows.count()) > 0) await newRows.click();
        return rows.filter({ hasText: '106 available' }).count();
      })
      .toBe(20);
    expect(await rows.count()).toBe(100);
  });

  test('without a network every click says so, and the request is repeated once the network is back', async () => {
    const { page } = await shop.open('/manage/products/21', { operator: true });
    const context = page.context();
    await expectShown(page.getByRole('button', { name: 'Receive' }));
    await context.setOffline(true);
    await expectText(page, 'You are offline.');
    const notLoaded = 'This could not be loaded.';
    await expectPassing(page, notLoaded, () =>
      page.getByRole('button', { name: 'Receive' }).click(),
    );
    await expectGone(page.getByText(notLoaded));
    await expectPassing(page, notLoaded, () =>
      page.getByRole('link', { name: 'Status' }).first().click(),
    );
    await context.setOffline(false);
    await expectGone(page.getByText('You are offline.'));
    await page.getByRole('link', { name: 'Status' }).first().click();
    await expectShown(page.getByRole('heading', { level: 1, name: 'Status' }));

    await page.goto(`${shop.origin}/products/21`);
    await expectShown(buyButton(page));
    const before = (await allPurchases(shop.services)).length;
    await context.setOffline(true);
    await buyButton(page).click();
    await expectText(page, 'As soon as you are connected, ask again: it will not happen twice.');
    await context.setOffline(false);
    await page.getByRole('button', { name: 'Ask again' }).click();
    await expectBought(page);
    expect(await allPurchases(shop.services)).toHaveLength(before + 1);
  });

  test('a stock that could not be read when the stream came back is read again', async () => {
    await setStock(shop, '22', 20);
    const { page } = await shop.open('/products/22');
    await expectStock(page, 20);
    const stream = '**/stock-events/stream';
    await page.route(stream, (route) => route.abort());
    await page.reload();
    await expectText(page, 'Connection lost, trying again…');
    await expectStock(page, 20);
    await setStock(shop, '22', 4_321);
    // So long that a new stream doesn't tell of it. A page tries to read three times.
    await sleep(1_000);
    let reads = 0;
    await page.route(
      ({ pathname }) => pathname === '/api/v1/inventories',
      (route) => {
        reads += 1;
        return reads <= 3 ? route.abort() : route.continue();
      },
    );
    await page.unroute(stream);
    await expectStock(page, 4_321);
    expect(reads).toBeGreaterThan(3);
  });

  test('an operator’s page reads again what happened while its stream was lost', async () => {
    await setStock(shop, '23', 20);
    const { page } = await shop.open('/manage/products/23', { operator: true });
    const stream = '**/stock-events/stream';
    await page.route(stream, (route) => route.abort());
    await page.reload();
    await expectText(page, 'Connection lost, trying again…');
    await expectShown(page.getByRole('button', { name: 'Receive' }));
    await settle(page);
    await setStock(shop, '23', 4_321);
    // So long that a new stream doesn't tell of it.
    await sleep(1_000);
    await page.unroute(stream);
    await expectText(page, '4,321');
  });

  test('a basket with too many units in one line shows the line and the available units, and can be bought with fewer', async () => {
    await setStock(shop, '13', 5);
    await setStock(shop, '14', 5);
    const { page } = await shop.open('/products/13');
    const add = async () => page.getByRole('button', { name: 'Add to basket' }).click();
    await add();
    await page.goto(`${shop.origin}/products/14`);
    await page.getByRole('textbox', { name: 'Quantity' }).fill('4');
    await add();
    await openBasket(page);
    await expectShown(page.getByRole('heading', { level: 1, name: 'Basket', exact: true }));
    await expectLive(page);
    const name = await page.getByRole('main').getByRole('heading', { level: 2 }).nth(1).innerText();
    const line = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name }) });
    await setStock(shop, '14', 2);
    await page.getByRole('button', { name: 'Check out' }).click();
    await expectText(page, 'Not everything is available');
    await expectShown(line.getByRole('alert').getByText('Only 2 left'));
    expect(await page.getByRole('listitem').getByRole('alert').count(), 'the other line').toBe(1);
    expect(await onHandOf(shop.services, '13'), 'nothing was held or bought').toBe(5);
    await line.getByRole('button', { name: 'Take 2' }).click();
    await page.getByRole('button', { name: 'Check out' }).click();
    await page.getByRole('button', { name: 'Confirm purchase' }).click();
    await page.waitForURL('**/purchases/*');
    expect(await onHandOf(shop.services, '14')).toBe(0);
    expect(await onHandOf(shop.services, '13')).toBe(4);
  });

  test('a hold expires: nothing is bought, and the basket can be held again and bought', async () => {
    await setStock(shop, '16', 5);
    const { page } = await shop.open('/products/16');
    await page.getByRole('button', { name: 'Add to basket' }).click();
    await openBasket(page);
    const [response] = await Promise.all([
      page.waitForResponse('**/reservations'),
      page.getByRole('button', { name: 'Check out' }).click(),
    ]);
    await expectShown(page.getByRole('timer'));
    await expectText(page, 'Held for you');
    const before = (await allPurchases(shop.services)).length;
    const { data } = (await response.json()) as { data: { id: string } };
    // Instead of waiting ten minutes, the operator shortens the hold to a second.
    await endHoldIn(shop, data.id, 1);
    await page.reload();
    await expectText(page, 'The hold has expired');
    await expectText(page, 'No longer held');
    expect(await allPurchases(shop.services)).toHaveLength(before);
    await page.getByRole('button', { name: 'Hold again' }).click();
    await page.getByRole('button', { name: 'Confirm purchase' }).click();
    await page.waitForURL('**/purchases/*');
    expect(await allPurchases(shop.services)).toHaveLength(before + 1);
    expect(await onHandOf(shop.services, '16')).toBe(4);
  });

  test('a hold ends unnoticed by the page: confirming it says so, and buys nothing', async () => {
    await setStock(shop, '17', 5);
    const { page } = await shop.open('/products/17');
    await page.getByRole('button', { name: 'Add to basket' }).click();
    await openBasket(page);
    const [response] = await Promise.all([
      page.waitForResponse('**/reservations'),
      page.getByRole('button', { name: 'Check out' }).click(),
    ]);
    const { data } = (await response.json()) as { data: { id: string } };
    const confirm = page.getByRole('button', { name: 'Confirm purchase' });
    await expectShown(confirm);
    const path = `/api/v1/reservations/${data.id}`;
    expect((await shop.services.call('inventory', { method: 'DELETE', path })).status).toBe(204);
    await confirm.click();
    await expectText(page, 'No longer held');
    expect(await onHandOf(shop.services, '17')).toBe(5);
    await expectShown(page.getByRole('button', { name: 'Hold again' }));
  });

  test.each(['products', 'inventory'] as const)(
    'the page reports a killed %s, and recovers by itself',
    async (service) => {
      await setStock(shop, '15', 20);
      const { page } = await shop.open('/manage/status', { operator: true });
      await expectText(page, 'Everything works');
      const product = await shop.open('/products/15');
      await expectLive(product.page);
      await shop.services.stop(service, 'SIGKILL');
      await expectText(page, 'Some things do not work at the moment');
      await expectText(page, 'Down');
      const operator = await shop.open('', { operator: true });
      const goTo = (path: string) => operator.page.goto(`${shop.origin}${path}`);
      if (service === 'inventory') {
        await expectText(product.page, 'Connection lost, trying again…');
        await buyButton(product.page).click();
        await expectText(product.page, 'Nothing was changed');
        await goTo('/');
        await expectText(operator.page, 'Stock not known just now');
        await goTo('/manage/activity');
        await expectShown(operator.page.getByRole('button', { name: 'Try again' }));
        expect(await operator.page.getByText('All quiet').count()).toBe(0);
      } else {
        await goTo('/manage');
        await expectText(operator.page, 'Some products have no name here yet');
        await goTo('/products/18');
        await expectText(operator.page, 'The catalogue is not answering');
        await expectShown(operator.page.getByRole('button', { name: 'Try again' }));
      }
      await settle(operator.page);
      await expect
        .poll(() => operator.page.locator('main .animate-pulse').count(), {
          message: 'endless waiting',
        })
        .toBe(0);
      await startAgain(shop, service);
      await expectText(page, 'Everything works');
      await expectGone(operator.page.getByRole('button', { name: 'Try again' }));
      await expectLive(product.page);
      const units = Number(await onHandOf(shop.services, '15'));
      await setStock(shop, '15', units + 7);
      await expectStock(product.page, units + 7);
      await buyButton(product.page).click();
      await expectBought(product.page);
    },
  );
});
