import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserPath, expectGone, expectShown, expectText, openShop } from './browser.ts';
import type { WebShop } from './browser.ts';
import { showToCamera } from './fake-camera.ts';
import { beginToTrack, untracked } from './shelf-products.ts';

// Codes are read by the camera and by scanners that type.

/** The UPC-A 614141007349. */
const CAMERA_CODE = '0614141007349';
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

describe.skipIf(!browserPath)('a code', () => {
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop?.close());

  test('the camera reads a barcode wherever a product is wanted, and is off as soon as the dialog closes', async () => {
    showToCamera(CAMERA_CODE);
    const id = await untracked(shop, 'CAM-1', [CAMERA_CODE]);
    await beginToTrack(shop, id, { onHand: 20 });
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
    await untracked(shop, 'WEDGE-1', ['614141000036']);
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
});
