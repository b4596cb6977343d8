import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { times } from '@anaquel/runtime/soak-counts';
import { onHandOf } from '../stocked-shop.ts';
import { browserPath, expectShown, expectText, openShop } from './browser.ts';
import type { WebShop } from './browser.ts';

const ROWS = times({ test: 1_500, soak: 5_000 });
/** All but the three invalid ones. */
const IMPORTED = ROWS - 3;
let shop: WebShop;

/** Products with stock, and among them three invalid rows. */
function bigFile(): Buffer {
  const lines = Array.from(
    { length: ROWS },
    (_, index) => `BIG-${index + 1},Thing ${index + 1},${(index % 90) + 1}.50,${index % 40}`,
  );
  lines[99] = 'BIG-100,Thing 100,cheap,3';
  lines[199] = 'BIG-1,Thing 1 again,1.00,3';
  lines[299] = 'BIG 300,Thing 300,1.00,3';
  return Buffer.from(`sku,name,price,onHand\n${lines.join('\n')}\n`);
}

async function choose(page: Page, buffer: Buffer): Promise<void> {
  await page
    .getByLabel('Choose a CSV file, or drop it here')
    .setInputFiles({ name: 'things.csv', mimeType: 'text/csv', buffer });
}

async function idOf(sku: string): Promise<string> {
  const { body } = await shop.services.call('products', {
    path: `/api/v1/products?filter[sku]=${encodeURIComponent(sku)}`,
  });
  const [product] = (body as { data: { id: string }[] }).data;
  if (!product) throw new Error(`There is no ${sku}`);
  return product.id;
}

async function take(id: string, units: number): Promise<void> {
  const data = {
    type: 'stock-movements',
    attributes: { kind: 'adjustment', quantity: -units, reason: 'Sold at the counter' },
    relationships: { product: { data: { type: 'products', id } } },
  };
  const headers = {
    'content-type': 'application/vnd.api+json',
    'idempotency-key': randomUUID(),
  };
  const path = '/api/v1/stock-movements';
  const answer = await shop.services.call('inventory', {
    method: 'POST',
    path,
    headers,
    body: { data },
  });
  expect(answer.status, `answered ${answer.text}`).toBe(201);
}

async function exported(page: Page): Promise<string> {
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export everything' }).click();
  return readFile(await (await downloading).path(), 'utf8');
}

/** As the page shows it. */
const figureOf = (count: number) => count.toLocaleString('en-US');

async function expectFigure(page: Page, term: string, figure: string): Promise<void> {
  const description = page
    .getByRole('term')
    .filter({ hasText: term })
    .locator('xpath=following-sibling::dd');
  await expect
    .poll(async () => (await description.textContent())?.trim(), { message: term })
    .toBe(figure);
}

describe.skipIf(!browserPath)(`an import of ${ROWS} rows`, () => {
  beforeAll(async () => {
    shop = await openShop({ demo: false });
  });
  afterAll(() => shop?.close());

  test('shows a preview, its progress and the rows it left out, and changes nothing the second time', async () => {
    const { page } = await shop.open('/manage/import', { operator: true });
    await choose(page, bigFile());
    await expectText(page, '3 rows are left out');
    await expectShown(
      page.getByRole('row', { name: /101 BIG-100 The price cannot be read: Give a number/ }),
    );
    await expectShown(
      page.getByRole('row', { name: /201 BIG-1 An earlier row names the same product/ }),
    );
    await expectShown(page.getByRole('row', { name: /301 BIG 300 The SKU may have/ }));
    await expectFigure(page, 'New products', figureOf(IMPORTED));
    // The stock waits until what there is of progress then was shown.
    const shown = Promise.withResolvers<void>();
    await page.route('**/stock-operations', async (route) => {
      await shown.promise;
      await route.continue();
    });
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await expectShown(page.getByRole('progressbar'));
    const total = figureOf(2 * IMPORTED);
    await expectText(page, new RegExp(`^\\s*[1-9][\\d,]* of ${total}\\s*$`));
    shown.resolve();
    await expectShown(page.getByRole('heading', { name: 'Imported' }), 400_000);
    await expectFigure(page, 'Products created', figureOf(IMPORTED));
    await expectFigure(page, 'Stocks set', figureOf(IMPORTED));

    await page.getByRole('button', { name: 'Import another file' }).click();
    await choose(page, bigFile());
    await expectText(
      page,
      'The shop already has everything in this file. There is nothing to import.',
    );
    await expectFigure(page, 'New products', '0');
    await expectFigure(page, 'Unchanged', figureOf(IMPORTED));
    const { body } = await shop.services.call('products', {
      path: `/api/v1/products?filter[sku]=BIG-${ROWS}`,
    });
    expect((body as { data: unknown[] }).data).toHaveLength(1);
  });

  test('of an export changes the cells that were changed in the file, and adds no sold unit again', async () => {
    const { page, complaints } = await shop.open('/manage/import', { operator: true });
    const file = await exported(page);
    const [first, second] = [await idOf('BIG-11'), await idOf('BIG-12')];
    expect([await onHandOf(shop.services, first), await onHandOf(shop.services, second)]).toEqual([
      10, 11,
    ]);
    await choose(page, Buffer.from(file));
    await expectText(
      page,
      'The shop already has everything in this file. There is nothing to import.',
    );
    await page.getByRole('button', { name: 'Choose another file' }).click();

    await take(first, 3);
    await take(second, 1);
    const edited = file
      .replace(/(BIG-11,Thing 11,,)11.5,/, '$111.75,')
      .replace(/(BIG-12,.*,)11,(,11,\d+,)/, '$116,$2');
    await choose(page, Buffer.from(edited));
    await expectText(page, 'The stock of 1 product changed since the file was made');
    await expectFigure(page, 'Changed products', '1');
    await expectFigure(page, 'Stock to set', '0');
    await expectFigure(page, 'Unchanged', figureOf(IMPORTED - 2));
    await expectShown(
      page.getByRole('row', { name: /Thing 11 BIG-11 Price: \$11\.50 → \$11\.75/ }),
    );
    await expectText(page, '11 when exported, 10 now');
    await page
      .getByLabel('Stock of Thing 12')
      .selectOption({ label: 'Add the difference: 10 → 15' });
    await expectFigure(page, 'Stock to set', '1');
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await expectShown(page.getByRole('heading', { name: 'Imported' }));
    expect(await onHandOf(shop.services, first), 'three were sold').toBe(7);
    expect(await onHandOf(shop.services, second), 'one was sold, five came').toBe(15);
    expect(complaints).toEqual([]);
  });

  test("of another system's file names the system, and imports its variants", async () => {
    const { page } = await shop.open('/manage/import', { operator: true });
    const fixture = join(import.meta.dirname, '../../web/test/fixtures/shopify.csv');
    await choose(page, await readFile(fixture));
    await expectText(page, 'This is a file of Shopify');
    const price = page.getByLabel('Price').locator('option:checked');
    expect(await price.textContent()).toContain('Variant Price');
    await page.getByRole('button', { name: 'Continue' }).click();
    await expectFigure(page, 'New products', '3');
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await expectShown(page.getByRole('heading', { name: 'Imported' }));
    expect(await onHandOf(shop.services, await idOf('SH-M-W'))).toBe(7);
  });

  test('asks which of two possible columns is meant, and remembers the choice', async () => {
    const { page } = await shop.open('/manage/import', { operator: true });
    const file = Buffer.from('Price list\nsku,name,price,precio\nTWO-1,Bowl,4.00,"5,50"\n');
    await choose(page, file);
    await expectText(page, 'Several columns could be this field. Choose one.');
    expect(await page.getByRole('button', { name: 'Continue' }).isDisabled()).toBe(true);
    await page.getByLabel('Price').selectOption({ label: 'precio' });
    await page.getByRole('button', { name: 'Continue' }).click();
    await expectShown(page.getByRole('row', { name: /Bowl TWO-1 New Price: \$5\.50/ }));
    await page.getByRole('button', { name: 'Choose another file' }).click();
    await choose(page, file);
    await expectShown(page.getByRole('row', { name: /Bowl TWO-1 New Price: \$5\.50/ }));
  });
});
