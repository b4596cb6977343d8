import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onHandOf } from '../stocked-shop.ts';
import {
  browserPath,
  expectFocused,
  expectGone,
  expectShown,
  expectText,
  openShop,
} from './browser.ts';
import type { WebShop } from './browser.ts';
import { pasteRows, skuOf, untracked } from './shelf-products.ts';

// What arrives is received.

const BARCODE = '4006381333931';
let shop: WebShop;

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

describe.skipIf(!browserPath)('a delivery', () => {
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop?.close());

  test('15 products are received with at most 45 keys beyond the text, those that nobody tracked among them, as one booking with a page to print', async () => {
    const ids = [
      ...Array.from({ length: 13 }, (_, at) => String(at + 1)),
      await untracked(shop, 'NEW-1'),
      await untracked(shop, 'NEW-2', [BARCODE]),
    ];
    // The last is scanned by its barcode.
    const skus = [...(await Promise.all(ids.slice(0, 14).map((id) => skuOf(shop, id)))), BARCODE];
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
    const sku = await skuOf(shop, '3');
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
    await pasteRows(other, `SKU\tUnits\n${sku}\t5\n${sku}\t2\n${await skuOf(shop, '4')}\t10`);
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
    await code.fill(await skuOf(shop, '5'));
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

  test('a barcode that no product has is given to one, or to a new one, and the line goes on', async () => {
    const id = await untracked(shop, 'BARE-1');
    const { page, complaints } = await shop.open('/manage/receive', { operator: true });
    const code = page.getByLabel('SKU, barcode or part of a name');
    for (const barcode of ['614141000050', '614141000067']) {
      await code.fill(barcode);
      await code.press('Enter');
      await page.getByLabel('Quantity', { exact: true }).fill('6');
      await page.getByLabel('Quantity', { exact: true }).press('Enter');
    }
    await page.getByRole('button', { name: 'Add to a product: the barcode 614141000050' }).click();
    await page.getByLabel('Name or SKU of the product').fill('BARE-1');
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /Thing BARE-1/ })
      .click();
    await page.getByRole('button', { name: 'Save' }).click();
    await expectGone(page.getByRole('dialog'));
    const lines = page.getByTestId('line');
    await expectShown(lines.getByText('Thing BARE-1'));
    await page.getByRole('button', { name: 'New product with the barcode 614141000067' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Thing BARE-2');
    await page.getByLabel('Price').fill('4');
    await page.getByRole('button', { name: /^(Save|Create)/ }).click();
    await expectGone(page.getByRole('dialog'));
    await expectShown(lines.getByText('Thing BARE-2'));
    await page.getByRole('button', { name: 'Book the delivery' }).click();
    await expectShown(page.getByRole('heading', { name: 'Delivery received' }));
    expect(await onHandOf(shop.services, id)).toBe(6);
    const found = await shop.services.call('products', {
      path: '/api/v1/products?filter[barcode]=614141000067',
    });
    const { data } = found.body as { data: { attributes: object }[] };
    expect(data.map(({ attributes }) => attributes)).toEqual([
      expect.objectContaining({ name: 'Thing BARE-2', barcodes: ['0614141000067'] }),
    ]);
    expect(complaints).toEqual([]);
  });
});
