import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { resourceIn } from '../stocked-shop.ts';
import type { WebShop } from './browser.ts';

// What the tests of a day's work at the shelf share.

/** A product with this SKU that nobody tracks yet. */
export async function untracked(
  shop: WebShop,
  sku: string,
  barcodes: readonly string[] = [],
): Promise<string> {
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

export async function beginToTrack(shop: WebShop, id: string, attributes: object): Promise<void> {
  const answer = await shop.services.call('inventory', {
    method: 'POST',
    path: '/api/v1/inventories',
    headers: { 'content-type': 'application/vnd.api+json' },
    body: { data: { type: 'inventories', id, attributes } },
  });
  expect(answer.status).toBe(201);
}

export async function skuOf(shop: WebShop, id: string): Promise<string> {
  const answer = await shop.services.call('products', { path: `/api/v1/products/${id}` });
  return String(resourceIn(answer).attributes['sku']);
}

/** Pastes into the field of codes. */
export async function pasteRows(page: Page, text: string): Promise<void> {
  await page.evaluate(`(() => {
    const data = new DataTransfer();
    data.setData('text/plain', ${JSON.stringify(text)});
    const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
    document.querySelector('[name=code]').dispatchEvent(event);
  })()`);
}
