import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { purchaseCall } from '../stocked-shop.ts';
import { browserPath, expectShown, openShop } from './browser.ts';
import type { WebShop } from './browser.ts';
import { beginToTrack, untracked } from './shelf-products.ts';

// What runs out is ordered.

let shop: WebShop;

describe.skipIf(!browserPath)('reordering', () => {
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop?.close());

  test('what runs out is on a delivery within two clicks, as many units as were sold', async () => {
    const name = 'Thing SCARCE-1';
    const id = await untracked(shop, 'SCARCE-1');
    await beginToTrack(shop, id, { onHand: 20, lowStockThreshold: 9 });
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
