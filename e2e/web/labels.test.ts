import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import {
  browserPath,
  changeProduct,
  expectFocused,
  expectShown,
  expectText,
  openShop,
} from './browser.ts';
import type { WebShop } from './browser.ts';
import { readPdf, type PdfPage } from './read-pdf.ts';
import { pasteRows, untracked } from './shelf-products.ts';

// What stands on a shelf gets labels.

/** The UPC-A 614141007363. */
const LABEL_CODE = '0614141007363';
let shop: WebShop;

/** What a reader sees on three labels of 70 by 37 mm, from a place on. */
async function codesOn(page: PdfPage | undefined, place: number): Promise<(string | null)[]> {
  const wasm = createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm');
  const wasmBinary = new Uint8Array(readFileSync(wasm)).buffer;
  await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
  const mm = 72 / 25.4;
  const codes = [0, 1, 2].map(async (column) => {
    const y = (0.5 + 37 * Math.floor(place / 3)) * mm;
    const part = { x: 70 * column * mm, y, width: 70 * mm, height: 37 * mm };
    const picture = page?.print(part, 300);
    const [found] = picture ? await readBarcodes(picture) : [];
    return found?.text ?? null;
  });
  return Promise.all(codes);
}

describe.skipIf(!browserPath)('labels', () => {
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop?.close());

  test('what was received gets its labels as a PDF, from the first free one of a sheet on, whose bars are read', async () => {
    const id = await untracked(shop, 'LABEL-1', [LABEL_CODE]);
    const named = { name: 'Κεραμική κούπα 杯 with a name that is much too long for two lines 😀' };
    await changeProduct(shop, id, named);
    await untracked(shop, 'LABEL-2');
    const { page, complaints, requests } = await shop.open('/manage/receive', { operator: true });
    await expectFocused(page.getByLabel('SKU, barcode or part of a name'));
    await pasteRows(page, 'SKU\tUnits\nLABEL-1\t3\nLABEL-2\t2');
    await expectShown(page.getByTestId('summary').getByText('2 lines, 5 units'));
    await page.getByRole('button', { name: 'Book the delivery' }).click();
    await page.getByRole('link', { name: 'Print labels' }).click();
    await expectShown(page.getByTestId('summary').getByText('5 labels, pages: 1'));
    await page.getByLabel('Label paper').selectOption('a4-24');
    await page.getByLabel('First free label of the sheet').fill('25');
    await expectText(page, 'Give a whole number from 1 to 24');
    expect(await page.getByRole('button', { name: 'Download PDF' }).isDisabled()).toBe(true);
    // The first free one is the last but two.
    const preview = page.getByRole('img', { name: /^Preview of the first page/ });
    const { width = 0, height = 0 } = (await preview.boundingBox()) ?? {};
    await preview.click({ position: { x: width / 6, y: height * 0.98 } });
    await expectShown(page.getByTestId('summary').getByText('5 labels, pages: 2'));
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download PDF' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('labels.pdf');
    const pages = readPdf(readFileSync(await download.path()));
    expect(pages.map(({ texts }) => texts.length)).toEqual([3 * 5, 2 * 3]);
    expect(pages[0]?.texts[0]).toMatch(/^Κεραμική κούπα 杯/);
    expect(pages[0]?.texts[1]).toMatch(/…$/);
    expect(pages[0]?.texts.slice(2, 5)).toEqual(['$4.00', 'LABEL-1', '614141007363']);
    expect(pages[1]?.texts.slice(0, 3)).toEqual(['Thing LABEL-2', '$4.00', 'LABEL-2']);
    // Three fill the last row of the first sheet.
    const codes = [await codesOn(pages[0], 21), await codesOn(pages[1], 0)];
    expect(codes).toEqual([
      [LABEL_CODE, LABEL_CODE, LABEL_CODE],
      ['LABEL-2', 'LABEL-2', null],
    ]);
    expect(await codesOn(pages[0], 18)).toEqual([null, null, null]);
    expect(requests.filter((url) => !url.startsWith(shop.origin))).toEqual([]);
    expect(complaints).toEqual([]);

    // A thousand fit into a PDF.
    await page.getByLabel('Labels of Thing LABEL-2').fill('998');
    await page.getByLabel('Labels of Thing LABEL-2').press('Tab');
    await expectText(page, '1,001 labels are too many: a PDF has at most 1,000');
    // Without a barcode and an SKU there are no bars.
    await changeProduct(shop, id, { sku: null, barcodes: [] });
    await page.goto(`${shop.origin}/manage/labels?product=${id}`);
    const row = page.getByTestId('label-row').getByRole('cell');
    await expectShown(row.getByText('No barcode and no SKU that has bars').nth(1));
  });
});
