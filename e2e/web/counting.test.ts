import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onHandOf, purchaseCall } from '../stocked-shop.ts';
import { browserPath, expectGone, expectShown, expectText, openShop, setStock } from './browser.ts';
import type { WebShop } from './browser.ts';
import { untracked } from './shelf-products.ts';

// What is there is counted.

let shop: WebShop;

/** Products of a tag of their own, with so many on hand. */
async function shelfOf(tag: string, onHand: readonly number[]): Promise<readonly string[]> {
  const operations = onHand.map((_, at) => ({
    op: 'add',
    data: {
      type: 'products',
      attributes: {
        sku: `${tag}-${at + 1}`,
        name: `${tag} ${String(at + 1).padStart(3, '0')}`,
        price: 4,
        tags: [tag],
      },
    },
  }));
  const products = await operate('products', operations, `products-of-${tag}`);
  const ids = products.map(({ data }) => data.id);
  const levels = ids.map((id, at) => ({
    op: 'add',
    data: { type: 'inventories', id, attributes: { onHand: onHand[at] } },
  }));
  await operate('inventory', levels, `levels-of-${tag}`);
  return ids;
}

async function operate(
  service: 'products' | 'inventory',
  operations: readonly object[],
  key: string,
): Promise<readonly { data: { id: string } }[]> {
  const type = 'application/vnd.api+json;ext="https://jsonapi.org/ext/atomic"';
  const answer = await shop.services.call(service, {
    method: 'POST',
    path: `/api/v1/${service === 'products' ? 'product' : 'stock'}-operations`,
    headers: { 'content-type': type, accept: type, 'idempotency-key': key },
    body: { 'atomic:operations': operations },
  });
  expect(answer.status, `answered ${answer.text}`).toBe(200);
  return (answer.body as { 'atomic:results': { data: { id: string } }[] })['atomic:results'];
}

/** Sells units of one product now. */
async function sell(productId: string, quantity: number): Promise<void> {
  const sale = purchaseCall([{ productId, quantity }], `sell-${productId}-${quantity}`);
  expect((await shop.services.call('inventory', sale)).status).toBe(201);
}

/** Taps with a thumb, and counts how often. */
function thumbOf(page: Page) {
  let taps = 0;
  const tap = async (name: string | RegExp) => {
    taps += 1;
    await page.getByRole('button', { name, exact: true }).tap();
  };
  return {
    get taps() {
      return taps;
    },
    tap,
    async count(units: number) {
      for (const digit of String(units)) await tap(digit);
      await tap('Next');
    },
  };
}

const PHONE = { operator: true, viewport: { width: 360, height: 740 }, hasTouch: true };

describe.skipIf(!browserPath)('a round of counting', () => {
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop?.close());

  test('60 products are counted on a phone with at most 4 taps each, and what was sold before and after a count does not matter', async () => {
    const ids = await shelfOf(
      'shelf-a',
      Array.from({ length: 60 }, () => 40),
    );
    const { page, complaints } = await shop.open('/manage/count', PHONE);
    await page.getByLabel('Tag', { exact: true }).selectOption('shelf-a');
    const thumb = thumbOf(page);
    await thumb.tap('Start counting');
    await expectShown(page.getByText('1 of 60'));
    await sell(ids[0] ?? '', 3);
    // Of the first product three were sold, and of the last one two are missing.
    await thumb.count(37);
    await sell(ids[0] ?? '', 5);
    for (let at = 1; at < 59; at += 1) await thumb.count(40);
    await thumb.count(38);
    await expectShown(page.getByText('Not counted'));
    await expectShown(page.getByTestId('difference').getByText('Expected 40, counted 38'));
    await expect.poll(() => page.getByTestId('difference').count()).toBe(1);
    await thumb.tap('Save 60 counts');
    await expectText(page, '60 counts were saved');
    expect(thumb.taps).toBeLessThanOrEqual(60 * 4);
    const after = await Promise.all([0, 1, 59].map((at) => onHandOf(shop.services, ids[at] ?? '')));
    expect(after).toEqual([32, 40, 38]);
    expect(complaints).toEqual([]);
  });

  test('counts survive a lost connection and a reload, and are saved once by themselves when it is back', async () => {
    const ids = await shelfOf('shelf-b', [10, 20]);
    const { page } = await shop.open('/manage/count', PHONE);
    await page.getByLabel('Tag', { exact: true }).selectOption('shelf-b');
    const thumb = thumbOf(page);
    await page.getByLabel('Blind count').check();
    await thumb.tap('Start counting');
    await expectShown(page.getByText('1 of 2'));
    expect(await page.getByText('As expected').count()).toBe(0);
    await page.context().setOffline(true);
    await thumb.count(9);
    await thumb.count(21);
    await thumb.tap('Save 2 counts');
    await expectText(page, '2 counts wait to be saved');
    await sell(ids[0] ?? '', 2);
    await page.context().setOffline(false);
    await expectText(page, '2 counts were saved');
    const after = await Promise.all(ids.map((id) => onHandOf(shop.services, id)));
    expect(after).toEqual([7, 21]);
  });

  test('a scanner leads to its product, and a count that the shop refuses is resolved by a person', async () => {
    const ids = await shelfOf('shelf-c', [10, 20]);
    const { page } = await shop.open('/manage/count', { operator: true });
    await page.getByLabel('Tag', { exact: true }).selectOption('shelf-c');
    await page.getByRole('button', { name: 'Start counting' }).click();
    await expectShown(page.getByText('1 of 2'));
    await page.keyboard.type('shelf-c-2');
    await page.keyboard.press('Enter');
    await expectShown(page.getByText('2 of 2'));
    await page.keyboard.type('nobody-has-it');
    await page.keyboard.press('Enter');
    await expectText(page, 'No product of this round has the code nobody-has-it');
    await page.getByRole('button', { name: '8', exact: true }).click();
    await page.keyboard.type('shelf-c-1');
    await page.keyboard.press('Enter');
    await expectShown(page.getByText('1 of 2'));
    await page.keyboard.type('9');
    // What was counted so far survives.
    await page.getByRole('button', { name: 'Next' }).click();
    await page.reload();
    await page.getByRole('button', { name: 'Save 2 counts' }).click({ trial: true });
    // A later count by someone else.
    await setStock(shop, ids[0] ?? '', 15);
    await page.getByRole('button', { name: 'Save 2 counts' }).click();
    await expectText(page, 'The shop did not take 1 count.');
    await expectText(page, 'The stock was counted again since');
    expect(await onHandOf(shop.services, ids[1] ?? '')).toBe(8);
    await page.getByRole('button', { name: 'Leave out shelf-c 001' }).click();
    await expectText(page, '1 count was saved');
    expect(await Promise.all(ids.map((id) => onHandOf(shop.services, id)))).toEqual([15, 8]);
  });

  test('an answer that is lost after the shop has booked, and a count made meanwhile, change no unit too much', async () => {
    const ids = await shelfOf('shelf-d', [10, 20]);
    const { page } = await shop.open('/manage/count', PHONE);
    await page.getByLabel('Tag', { exact: true }).selectOption('shelf-d');
    const thumb = thumbOf(page);
    await thumb.tap('Start counting');
    await expectShown(page.getByText('1 of 2'));
    await thumb.count(8);
    await thumb.count(20);
    await page.route('**/api/v1/inventories/*', async (route) => {
      await route.fetch();
      await route.abort();
    });
    await thumb.tap('Save 2 counts');
    await expectText(page, '2 counts wait to be saved');
    expect(await onHandOf(shop.services, ids[0] ?? '')).toBe(8);
    await sell(ids[0] ?? '', 3);
    // Somebody finds one more. The count before may be saved, so it can't be left out.
    expect(await page.getByRole('button', { name: 'Leave out shelf-d 001' }).count()).toBe(0);
    await thumb.tap('Count shelf-d 001 again');
    await thumb.count(6);
    await thumb.tap(/^Review/);
    await page.reload();
    await expectText(page, '1 count waits to be saved');
    await page.unrouteAll();
    await expectGone(page.getByTestId('waiting'));
    await thumb.tap('Save 1 count');
    await expectText(page, '2 counts were saved');
    await sell(ids[0] ?? '', 1);
    expect(await Promise.all(ids.map((id) => onHandOf(shop.services, id)))).toEqual([5, 20]);
    const counts = await shop.services.call('inventory', {
      path: `/api/v1/stock-movements?filter[product]=${ids[0]}&filter[kind]=count`,
    });
    // 10 when it began, then the two counts, however often they were sent.
    const { data } = counts.body as { data: { attributes: { onHandDelta: number } }[] };
    const deltas = data.map(({ attributes: { onHandDelta } }) => onHandDelta);
    expect(deltas.toSorted((a, b) => a - b)).toEqual([-2, 1, 10]);
  });

  test('one window counts at a time, and a count that is too old is made anew', async () => {
    const ids = await shelfOf('shelf-e', [10, 20]);
    const { page } = await shop.open('/manage/count', { operator: true });
    await page.getByLabel('Tag', { exact: true }).selectOption('shelf-e');
    await page.getByRole('button', { name: 'Start counting' }).click();
    await expectShown(page.getByText('1 of 2'));
    await page.keyboard.type('9');
    await page.keyboard.press('Enter');
    const other = await page.context().newPage();
    await other.goto(`${shop.origin}/manage/count`);
    await expectText(other, 'This round is open in another window');
    await other.getByRole('button', { name: 'Count here' }).click();
    await expectShown(other.getByText('2 of 2'));
    await expectText(page, 'This round is open in another window');
    await other.keyboard.type('21');
    await other.keyboard.press('Enter');
    await expectShown(other.getByRole('button', { name: 'Save 2 counts' }));
    await other.close();
    // The window that waited longest has it again, with what was counted in the other one.
    await page.getByRole('button', { name: 'Review (2)' }).click();
    await page.evaluate(`{
      const session = JSON.parse(localStorage.getItem('anaquel.count'));
      const { count } = session.items[0];
      count.countedAt = new Date(Date.parse(count.countedAt) - 25 * 3_600_000).toISOString();
      localStorage.setItem('anaquel.count', JSON.stringify(session));
    }`);
    await page.reload();
    await page.getByRole('button', { name: 'Save 2 counts' }).click();
    await expectText(page, 'Counted more than 24 hours ago: count it again');
    expect(await Promise.all(ids.map((id) => onHandOf(shop.services, id)))).toEqual([10, 21]);
    await page.getByRole('button', { name: 'Count shelf-e 001 again' }).click();
    await page.keyboard.type('9');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Review (1)' }).click();
    await page.getByRole('button', { name: 'Save 1 count' }).click();
    await expectText(page, '2 counts were saved');
    expect(await Promise.all(ids.map((id) => onHandOf(shop.services, id)))).toEqual([9, 21]);
  });

  test('each scan is one unit of a round that wants it so, and what stands on the wrong shelf is counted, too', async () => {
    const ids = await shelfOf('shelf-f', [3, 2]);
    const stray = await untracked(shop, 'STRAY-1', ['614141000043']);
    const { page, complaints } = await shop.open('/manage/count', { operator: true });
    await page.getByLabel('Tag', { exact: true }).selectOption('shelf-f');
    await page.getByLabel('Each scan is one unit').check();
    await page.getByRole('button', { name: 'Start counting' }).click();
    await expectShown(page.getByText('1 of 2'));
    const scan = async (code: string) => {
      await page.keyboard.type(code);
      await page.keyboard.press('Enter');
    };
    for (const code of ['shelf-f-2', 'shelf-f-1', 'shelf-f-2', 'shelf-f-2']) await scan(code);
    await expectShown(page.getByTestId('product').getByText('shelf-f 002'));
    await expectShown(page.getByTestId('units').getByText('3'));
    // As its GTIN-14, with what a scanner puts before it.
    await scan(']d20100614141000043');
    await expectText(page, 'Thing STRAY-1 is not in this round');
    await page.getByRole('button', { name: 'Count it, too' }).click();
    await expectShown(page.getByText('3 of 3'));
    await scan('0614141000043');
    await expectShown(page.getByTestId('units').getByText('2'));
    await page.getByRole('button', { name: 'Review (3)' }).click();
    await page.getByRole('button', { name: 'Save 3 counts' }).click();
    await expectText(page, '3 counts were saved');
    const after = await Promise.all([...ids, stray].map((id) => onHandOf(shop.services, id)));
    expect(after).toEqual([1, 3, 2]);
    expect(complaints).toEqual([]);
  });
});
