import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onHandOf, purchaseCall, resourceIn } from '../stocked-shop.ts';
import {
  browserPath,
  expectFocused,
  expectGone,
  expectShown,
  expectText,
  openShop,
} from './browser.ts';
import type { WebShop } from './browser.ts';

// The work of a day at the shelf: what arrives is received, what runs out is ordered.

const BARCODE = '4006381333931';
let shop: WebShop;

/** A product with this SKU that nobody tracks yet. */
async function untracked(sku: string, barcodes: readonly string[] = []): Promise<string> {
  const answer = await shop.services.call('products', {
    method: 'POST',
    path: '/api/v1/products',
    headers: { 'content-type': 'application/vnd.api+json' },
    body: {
      data: { type: 'products', attributes: { sku, name: `Thing ${sku}`, price: 4, barcodes } },
    },
  });
  return resourceIn(answer).id;
}

/** Types with a keyboard, and counts the keys that are no text. */
function keyboardOf(page: Page) {
  let keys = 0;
  return {
    get keys() {
      return keys;
    },
    type: (text: string) => page.keyboard.type(text),
    async press(key: string) {
      keys += key.split('+').length;
      await page.keyboard.press(key);
    },
  };
}

/** Pastes into the field of codes. */
async function paste(page: Page, text: string): Promise<void> {
  await page.evaluate(`(() => {
    const data = new DataTransfer();
    data.setData('text/plain', ${JSON.stringify(text)});
    const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
    document.querySelector('[name=code]').dispatchEvent(event);
  })()`);
}

async function skuOf(id: string): Promise<string> {
  const answer = await shop.services.call('products', { path: `/api/v1/products/${id}` });
  return String(resourceIn(answer).attributes['sku']);
}

describe.skipIf(!browserPath)('at the shelf', () => {
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop?.close());

  test('15 products are received with at most 45 keys beyond the text, those that nobody tracked among them, as one booking with a page to print', async () => {
    const ids = [
      ...Array.from({ length: 13 }, (_, at) => String(at + 1)),
      await untracked('NEW-1'),
      await untracked('NEW-2', [BARCODE]),
    ];
    // The last is scanned by its barcode.
    const skus = [...(await Promise.all(ids.slice(0, 14).map(skuOf))), BARCODE];
    const before = await Promise.all(ids.slice(0, 13).map((id) => onHandOf(shop.services, id)));
    const { page, complaints } = await shop.open('/manage/receive', { operator: true });
    await expectFocused(page.getByLabel('SKU, barcode or part of a name'));
    const keyboard = keyboardOf(page);
    // Two fields back are the supplier and the note.
    await keyboard.press('Shift+Tab');
    await keyboard.press('Shift+Tab');
    await keyboard.type('Alfarería Gómez');
    await keyboard.press('Tab');
    await keyboard.type('4711');
    await keyboard.press('Tab');
    for (const [at, sku] of skus.entries()) {
      await keyboard.type(sku);
      await keyboard.press('Enter');
      await keyboard.type(String(at + 2));
      await keyboard.press('Enter');
    }
    await expectShown(page.getByTestId('summary').getByText('15 lines, 135 units'));
    await expectGone(page.getByText('Looking it up…'));
    await keyboard.press('Control+Enter');
    await expectShown(page.getByRole('heading', { name: 'Delivery received' }));
    expect(keyboard.keys).toBeLessThanOrEqual(45);
    await expectShown(page.getByText('Alfarería Gómez · 4711'));
    expect(await page.getByTestId('received').count()).toBe(15);
    expect(await page.getByTestId('units').textContent()).toContain('135');
    const after = await Promise.all(ids.map((id) => onHandOf(shop.services, id)));
    const expected = [...before.map((units, at) => Number(units) + at + 2), 15, 16];
    expect(after).toEqual(expected);
    // The next delivery begins empty.
    await page.getByRole('link', { name: 'Receive another delivery' }).click();
    await expectText(page, 'Nothing received yet');
    expect(complaints).toEqual([]);
  });

  test('what was received survives a reload and is shared by two windows, and rows are pasted', async () => {
    const sku = await skuOf('3');
    const { page } = await shop.open('/manage/receive', { operator: true });
    const code = page.getByLabel('SKU, barcode or part of a name');
    const summary = page.getByTestId('summary');
    await code.fill('no such thing');
    await code.press('Enter');
    await page.getByLabel('Quantity', { exact: true }).press('Enter');
    await expectText(page, 'No product has this code or name');
    await page.reload();
    await expectText(page, 'No product has this code or name');

    const other = await page.context().newPage();
    await other.goto(`${shop.origin}/manage/receive`);
    await expectText(other, 'No product has this code or name');
    await paste(other, `SKU\tUnits\n${sku}\t5\n${sku}\t2\n${await skuOf('4')}\t10`);
    await expectShown(other.getByTestId('summary').getByText('3 lines, 18 units'));
    await expectShown(summary.getByText('3 lines, 18 units'));
    await page.getByRole('button', { name: 'Remove no such thing' }).click();
    await expectShown(other.getByTestId('summary').getByText('2 lines, 17 units'));
    // A line without a quantity is asked for before anything is booked.
    await code.fill(sku);
    await code.press('Enter');
    await page.getByRole('button', { name: 'Book the delivery' }).click();
    await expectText(page, 'Complete the marked line first');
    await page.getByLabel('Quantity', { exact: true }).press('Enter');
    await expectShown(summary.getByText('2 lines, 18 units'));
  });

  test('a delivery is booked once although the answer was lost, in any window and after a reload', async () => {
    const before = Number(await onHandOf(shop.services, '5'));
    const { page } = await shop.open('/manage/receive', { operator: true });
    const code = page.getByLabel('SKU, barcode or part of a name');
    await code.fill(await skuOf('5'));
    await code.press('Enter');
    await page.getByLabel('Quantity', { exact: true }).fill('12');
    await page.getByLabel('Quantity', { exact: true }).press('Enter');
    await expectGone(page.getByText('Looking it up…'));
    await page.route('**/api/v1/stock-operations', async (route) => {
      await route.fetch();
      await route.abort();
    });
    await page.getByRole('button', { name: 'Book the delivery' }).click();
    await expectText(page, 'We don’t know whether this delivery was booked');
    await page.unrouteAll();
    // Nothing of it changes meanwhile.
    expect(await code.isDisabled()).toBe(true);
    const other = await page.context().newPage();
    await other.goto(`${shop.origin}/manage/receive`);
    await other.getByRole('button', { name: 'Ask again' }).click();
    await expectShown(other.getByRole('heading', { name: 'Delivery received' }));
    await expectText(page, 'Nothing received yet');
    expect(await onHandOf(shop.services, '5')).toBe(before + 12);
  });

  test('what runs out is on a delivery within two clicks, as many units as were sold', async () => {
    const name = 'Thing SCARCE-1';
    const id = await untracked('SCARCE-1');
    const level = { type: 'inventories', id, attributes: { onHand: 20, lowStockThreshold: 9 } };
    const tracked = await shop.services.call('inventory', {
      method: 'POST',
      path: '/api/v1/inventories',
      headers: { 'content-type': 'application/vnd.api+json' },
      body: { data: level },
    });
    expect(tracked.status).toBe(201);
    const sale = purchaseCall([{ productId: id, quantity: 14 }], 'all-of-a-day');
    expect((await shop.services.call('inventory', sale)).status).toBe(201);
    const { page, complaints } = await shop.open('/manage', { operator: true });
    await page.getByRole('link', { name: 'Reorder' }).click();
    // 14 in one day at the most: what is sold in the week until it comes and four weeks more.
    const units = page.getByLabel(`Units of ${name} to order`);
    await expectShown(units);
    expect(await units.inputValue()).toBe(String(14 * 35 - 6));
    await page.getByRole('button', { name: 'Prepare the delivery' }).click();
    await expectShown(page.getByRole('heading', { name: 'Receive a delivery' }));
    await expectShown(page.getByTestId('line').getByText(name));
    expect(await page.getByLabel(`Quantity of ${name}`).inputValue()).toBe(String(14 * 35 - 6));
    expect(complaints).toEqual([]);
  });
});
