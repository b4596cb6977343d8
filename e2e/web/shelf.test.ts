import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { onHandOf, purchaseCall, resourceIn } from '../stocked-shop.ts';
import {
  browserPath,
  expectFocused,
  expectGone,
  expectShown,
  expectText,
  openShop,
  setStock,
} from './browser.ts';
import type { WebShop } from './browser.ts';
import { showToCamera } from './fake-camera.ts';
import { readPdf, type PdfPage } from './read-pdf.ts';

// The work of a day at the shelf: what arrives is received, what is there is counted, what
// runs out is ordered.

const BARCODE = '4006381333931';
/** The UPC-A 614141007349. */
const CAMERA_CODE = '0614141007349';
/** The UPC-A 614141007363. */
const LABEL_CODE = '0614141007363';
let shop: WebShop;

/** What a camera does that can't be opened for this reason. */
const refusing = (name: string) => `Object.defineProperty(navigator, 'mediaDevices', {
  configurable: true,
  value: { getUserMedia: async () => { throw new DOMException('', '${name}'); } },
})`;

/** As when somebody goes to another tab, and comes back. */
async function setVisibility(page: Page, state: 'hidden' | 'visible'): Promise<void> {
  await page.evaluate(`{
    Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }`);
}

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

async function beginToTrack(id: string, attributes: object): Promise<void> {
  const answer = await shop.services.call('inventory', {
    method: 'POST',
    path: '/api/v1/inventories',
    headers: { 'content-type': 'application/vnd.api+json' },
    body: { data: { type: 'inventories', id, attributes } },
  });
  expect(answer.status).toBe(201);
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

/** What a scanner types, with the instants of its keys: it is faster than this test. */
async function scanByKeys(page: Page, code: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const endedAt = Date.now() / 1_000;
  const keys = [...Array.from(code), 'Enter'];
  for (const [at, key] of keys.entries()) {
    const timestamp = endedAt - (keys.length - at) * 0.005;
    const text = key === 'Enter' ? '\r' : key;
    const more = key === 'Enter' ? { code: 'Enter', windowsVirtualKeyCode: 13 } : {};
    await session.send('Input.dispatchKeyEvent', {
      type: 'keyDown',
      key,
      text,
      timestamp,
      ...more,
    });
    await session.send('Input.dispatchKeyEvent', { type: 'keyUp', key, timestamp, ...more });
  }
  await session.detach();
}

async function changeProduct(id: string, attributes: object): Promise<void> {
  const answer = await shop.services.call('products', {
    method: 'PATCH',
    path: `/api/v1/products/${id}`,
    headers: { 'content-type': 'application/vnd.api+json' },
    body: { data: { type: 'products', id, attributes } },
  });
  expect(answer.status).toBe(200);
}

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

  test('what was received gets its labels as a PDF, from the first free one of a sheet on, whose bars are read', async () => {
    const id = await untracked('LABEL-1', [LABEL_CODE]);
    const named = { name: 'Κεραμική κούπα 杯 with a name that is much too long for two lines 😀' };
    await changeProduct(id, named);
    await untracked('LABEL-2');
    const { page, complaints, requests } = await shop.open('/manage/receive', { operator: true });
    await expectFocused(page.getByLabel('SKU, barcode or part of a name'));
    await paste(page, 'SKU\tUnits\nLABEL-1\t3\nLABEL-2\t2');
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
    await changeProduct(id, { sku: null, barcodes: [] });
    await page.goto(`${shop.origin}/manage/labels?product=${id}`);
    const row = page.getByTestId('label-row').getByRole('cell');
    await expectShown(row.getByText('No barcode and no SKU that has bars').nth(1));
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

  test('the camera reads a barcode wherever a product is wanted, and is off as soon as the dialog closes', async () => {
    showToCamera(CAMERA_CODE);
    const id = await untracked('CAM-1', [CAMERA_CODE]);
    await beginToTrack(id, { onHand: 20 });
    const how = { operator: true, permissions: ['camera'], viewport: { width: 360, height: 740 } };
    const { page, complaints, requests } = await shop.open('/manage/receive', how);
    await page.evaluate(`{
      const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      window.tracks = [];
      navigator.mediaDevices.getUserMedia = async (wanted) => {
        const stream = await open(wanted);
        window.tracks.push(...stream.getTracks());
        return stream;
      };
    }`);
    const tracks = () => page.evaluate('window.tracks.map(({ readyState }) => readyState).join()');
    await page.getByRole('button', { name: 'Scan by camera' }).click();
    await expectShown(page.getByTestId('scanned').getByText('Thing CAM-1: 1'));
    expect(await tracks()).toBe('live');
    // A page that nobody sees has no use of the camera.
    await setVisibility(page, 'hidden');
    await expect.poll(tracks).toBe('ended');
    await setVisibility(page, 'visible');
    await expect.poll(tracks).toBe('ended,live');
    await page.getByRole('button', { name: 'Done' }).click();
    await expect.poll(tracks).toBe('ended,ended');
    await expectShown(page.getByTestId('line').getByText('Thing CAM-1'));

    // The search of the office opens it.
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Scan by camera' }).click();
    await page.waitForURL(`**/manage/products/${id}`);
    await expectShown(page.getByRole('heading', { name: 'Thing CAM-1' }));
    await expect.poll(tracks).toBe('ended,ended,ended');

    // A round of counting goes to it.
    await page.goto(`${shop.origin}/manage/count`);
    await page.getByLabel('Name, SKU or tag').fill('Thing');
    await page.getByRole('button', { name: 'Start counting' }).click();
    await page.getByRole('button', { name: 'Scan by camera' }).click();
    await expectGone(page.getByRole('dialog'));
    await expectShown(page.getByTestId('product').getByText('Thing CAM-1'));
    expect(requests.filter((url) => !url.startsWith(shop.origin))).toEqual([]);
    expect(requests.filter((url) => url.endsWith('.wasm')).length).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
  });

  test('whoever may not use the camera is told so, and what to do', async () => {
    const { page } = await shop.open('/manage/receive', { operator: true });
    const scan = page.getByRole('button', { name: 'Scan by camera' });
    for (const [fault, text] of [
      [
        'Object.defineProperty(navigator, "mediaDevices", { value: undefined, configurable: true })',
        'The camera needs a secure connection',
      ],
      [refusing('NotAllowedError'), 'The camera may not be used'],
      [refusing('NotFoundError'), 'No camera was found'],
      [refusing('NotReadableError'), 'Another program uses the camera'],
    ] as const) {
      await expectGone(page.getByRole('dialog'));
      await page.evaluate(`void ${fault}`);
      await scan.click();
      await expectText(page, text);
      await page.getByRole('button', { name: 'Done' }).click();
    }
  });

  test('a scanner that types is heard wherever the focus is, and each scan is one unit', async () => {
    await untracked('WEDGE-1', ['614141000036']);
    const { page, complaints } = await shop.open('/manage/receive', { operator: true });
    const supplier = page.getByLabel('Supplier');
    await supplier.fill('Gómez');
    await scanByKeys(page, '614141000036');
    await expectShown(page.getByTestId('line').getByText('Thing WEDGE-1'));
    expect(await supplier.inputValue()).toBe('Gómez');
    // Enter presses no button.
    await page.getByRole('button', { name: 'Start over' }).focus();
    await scanByKeys(page, ']E00614141000036');
    const summary = page.getByTestId('summary');
    await expectShown(summary.getByText('1 line, 2 units'));
    // A unit for the code before is given with the next one.
    await page.getByLabel('SKU, barcode or part of a name').fill('WEDGE-1');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Start over' }).focus();
    await scanByKeys(page, '00614141000036');
    await expectShown(summary.getByText('1 line, 4 units'));
    expect(await page.getByRole('dialog').count()).toBe(0);
    // Who types does not scan.
    await supplier.press('End');
    await supplier.pressSequentially(' & Cía', { delay: 80 });
    await supplier.press('Enter');
    expect(await supplier.inputValue()).toBe('Gómez & Cía');
    expect(complaints).toEqual([]);
  });

  test('a barcode that no product has is given to one, or to a new one, and the line goes on', async () => {
    const id = await untracked('BARE-1');
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

  test('what runs out is on a delivery within two clicks, as many units as were sold', async () => {
    const name = 'Thing SCARCE-1';
    const id = await untracked('SCARCE-1');
    await beginToTrack(id, { onHand: 20, lowStockThreshold: 9 });
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
    const stray = await untracked('STRAY-1', ['614141000043']);
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
