import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { browserPath, expectShown, expectText, openShop } from './browser.ts';
import type { WebShop } from './browser.ts';

const ROWS = 5_000;
let shop: WebShop;

/** Five thousand products with stock, and among them three rows that can't be. */
function bigFile(): Buffer {
  const lines = Array.from(
    { length: ROWS },
    (_, index) => `BIG-${index + 1},Thing ${index + 1},${(index % 90) + 1}.50,${index % 40}`,
  );
  lines[99] = 'BIG-100,Thing 100,cheap,3';
  lines[199] = 'BIG-1,Thing 1 again,1.00,3';
  lines[299] = ',Thing without a reference,1.00,3';
  return Buffer.from(`sku,name,price,onHand\n${lines.join('\n')}\n`);
}

async function choose(page: Page, buffer: Buffer): Promise<void> {
  await page
    .getByLabel('Choose a CSV file, or drop it here')
    .setInputFiles({ name: 'things.csv', mimeType: 'text/csv', buffer });
}

async function figure(page: Page, term: string): Promise<string | undefined> {
  const text = page
    .getByRole('term')
    .filter({ hasText: term })
    .locator('xpath=following-sibling::dd');
  return (await text.textContent())?.trim();
}

describe.skipIf(!browserPath)('an import of five thousand rows', () => {
  beforeAll(async () => {
    shop = await openShop({ demo: false });
  });
  afterAll(() => shop?.close());

  test('shows what it will do, its progress and the rows it left out, and done again changes nothing', async () => {
    const { page } = await shop.open('/manage/import', { operator: true });
    await choose(page, bigFile());
    await expectText(page, '3 rows are left out');
    await expectShown(page.getByRole('row', { name: /101 BIG-100 The price is not a number/ }));
    await expectShown(page.getByRole('row', { name: /201 BIG-1 The same reference/ }));
    await expectShown(page.getByRole('row', { name: /301 — The reference \(sku\) is missing/ }));
    expect(await figure(page, 'New products')).toBe('4,997');
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await expectShown(page.getByRole('progressbar'));
    const total = (2 * (ROWS - 3)).toLocaleString('en-US');
    await expectText(page, new RegExp(`^\\s*[1-9][\\d,]* of ${total}\\s*$`));
    await expectShown(page.getByRole('heading', { name: 'Imported' }), 60_000);
    expect(await figure(page, 'Products created')).toBe('4,997');
    expect(await figure(page, 'Stocks set')).toBe('4,997');

    await page.getByRole('button', { name: 'Import another file' }).click();
    await choose(page, bigFile());
    await expectText(page, 'Everything in this file is true already. There is nothing to import.');
    expect(await figure(page, 'New products')).toBe('0');
    expect(await figure(page, 'Already as they are')).toBe('4,997');
    const { body } = await shop.services.call('products', {
      path: '/api/v1/products?filter[sku]=BIG-5000',
    });
    expect((body as { data: unknown[] }).data).toHaveLength(1);
  });
});
