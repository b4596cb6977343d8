import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserPath, expectGone, expectShown, openShop, patienceMs, settle } from './browser.ts';
import type { WebShop } from './browser.ts';
import { showToCamera } from './fake-camera.ts';
import { DESKTOP, fillPages, tooSmall, tooWide, violationsOf } from './page-faults.ts';
import type { PagePaths } from './page-faults.ts';

// Every page is accessible, logs no errors, and sends requests to no other origin.

const LIGHT_VISIT = {
  colorScheme: 'light',
  viewport: DESKTOP,
} as const;

let shop: WebShop;
let pages: PagePaths;

describe.skipIf(!browserPath)('the web app', () => {
  beforeAll(async () => {
    shop = await openShop();
    pages = await fillPages(shop);
  });
  afterAll(() => shop?.close());

  test.each([
    ['a shopper', 'shopper', false],
    ['an operator', 'operator', true],
  ] as const)(
    'has pages for %s that are accessible in both themes, fit any screen and a thumb, log no errors and request no other origin',
    async (_who, which, operator) => {
      const { page, complaints, requests } = await shop.open('', { ...LIGHT_VISIT, operator });
      const allFaults: string[] = [];
      for (const path of pages[which]) {
        await page.goto(`${shop.origin}${path}`);
        await expectShown(page.getByRole('main').getByRole('heading', { level: 1 }));
        await settle(page);
        const faults = [
          ...(await violationsOf(page)),
          ...(await tooSmall(page)),
          ...(await tooWide(page)),
        ];
        allFaults.push(...faults.map((fault) => `${path}: ${fault}`));
      }
      expect(allFaults).toEqual([]);
      const strangers = requests.filter((url) => !url.startsWith(`${shop.origin}/`));
      expect(strangers.filter((url) => !/^(data|blob):/.test(url))).toEqual([]);
      // The browser itself logs a 404.
      expect(complaints.filter((text) => !text.includes('/products/999999'))).toEqual([]);
    },
  );

  test('has forms without findings of axe', async () => {
    const { page } = await shop.open('/manage/products/1', { ...LIGHT_VISIT, operator: true });
    for (const name of ['Receive', 'Count', 'Adjust', 'Edit']) {
      await page.getByRole('button', { name, exact: true }).first().click();
      await expectShown(page.getByRole('dialog'));
      await settle(page);
      expect([name, await violationsOf(page, '[role=dialog]')]).toEqual([name, []]);
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('dialog').waitFor({ state: 'hidden', timeout: patienceMs });
    }
  });

  test('has dialogs of webhooks without findings of axe', async () => {
    const visit = { ...LIGHT_VISIT, operator: true };
    const { page } = await shop.open(pages.webhook, visit);
    const menuItem = async (name: string) => {
      await page.getByRole('button', { name: /^Actions for/ }).click();
      await page.getByRole('menuitem', { name }).click();
    };
    for (const [name, open] of [
      ['Edit', () => page.getByRole('button', { name: 'Edit' }).click()],
      ['Replay', () => menuItem('Replay')],
      ['New secret', () => menuItem('New secret')],
    ] as const) {
      await open();
      await expectShown(page.getByRole('dialog'));
      await settle(page);
      expect([name, await violationsOf(page, '[role=dialog]')]).toEqual([name, []]);
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('dialog').waitFor({ state: 'hidden', timeout: patienceMs });
    }
  });

  test('has the scanner, unknown codes and a round of counting without findings of axe', async () => {
    showToCamera('0614141007349');
    const visit = { ...LIGHT_VISIT, operator: true, permissions: ['camera'] };
    const { page } = await shop.open('/manage/receive', visit);
    const faults: string[] = [];
    const look = async () => {
      await settle(page);
      faults.push(...(await violationsOf(page)), ...(await tooWide(page)));
    };
    await page.getByLabel('SKU, barcode or part of a name').fill('none-has-this');
    await page.keyboard.press('Enter');
    await expectShown(page.getByRole('button', { name: /^New product with/ }));
    await look();
    await page.getByRole('button', { name: 'Scan by camera' }).click();
    await expectShown(page.getByTestId('scanned').getByText('0614141007349'));
    await look();
    await page.goto(`${shop.origin}/manage/count`);
    await page.getByRole('button', { name: 'Start counting' }).click();
    await expectShown(page.getByTestId('product'));
    await look();
    expect(faults).toEqual([]);
  });

  test('is light on paper, and shows its fields and the current page with forced colours', async () => {
    const { page } = await shop.open('/manage/products/1', {
      operator: true,
      colorScheme: 'dark',
    });
    await expectShown(page.getByRole('heading', { level: 1 }));
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const colours = await page.evaluate<[string, string]>(
      `[getComputedStyle(document.querySelector('h1')).color, getComputedStyle(document.body).backgroundColor]`,
    );
    // Browsers print no backgrounds by default, so the text must be dark.
    expect(colours).toEqual(['rgb(19, 19, 22)', 'rgb(248, 249, 251)']);
    await expectGone(page.getByText('Skip to the content'));
    await page.locator('html.light').waitFor();

    await page.emulateMedia({ media: 'screen', forcedColors: 'active' });
    await page.goto(`${shop.origin}/manage/products`);
    const edgeOf = async (selector: string) =>
      page.evaluate<string>(
        `getComputedStyle(document.querySelector(${JSON.stringify(selector)})).borderTopWidth`,
      );
    await expectShown(page.getByRole('searchbox'));
    for (const selector of ['input[type=search]', 'main button', 'nav [aria-current]'])
      expect([selector, await edgeOf(selector)]).toEqual([selector, '1px']);
    const [here, elsewhere] = await page.evaluate<[string, string]>(
      `['[aria-current]', ':not([aria-current])'].map((one) => getComputedStyle(document.querySelector('header nav a' + one)).backgroundColor)`,
    );
    expect(here).not.toBe(elsewhere);
  });

  test('moves nothing for those who want less motion', async () => {
    const { page } = await shop.open('/manage/products', { operator: true });
    await expectShown(page.getByRole('searchbox'));
    // Else each element begins a transition of each of its colours, and the page stands still.
    const begun = await page.evaluate<number>(`(() => {
      document.documentElement.classList.replace('light', 'dark');
      document.body.offsetWidth;
      return document.getAnimations().filter((one) => one instanceof CSSTransition).length;
    })()`);
    expect(begun).toBe(0);
  });

  test('says what is coming before any script of the app has run, in the language and theme of the visitor', async () => {
    const visit = { locale: 'es-ES', colorScheme: 'dark' } as const;
    const { page, complaints } = await shop.open('', visit);
    await page.route('**/assets/*.js', (route) => route.abort());
    for (const [path, text] of [
      ['/products/1', 'La tienda se está cargando…'],
      ['/manage', 'La oficina se está cargando…'],
    ] as const) {
      await page.goto(`${shop.origin}${path}`);
      await expectShown(page.getByText(text));
      expect(await page.getByText(/is being loaded/).isVisible()).toBe(false);
      expect(await page.evaluate('document.documentElement.lang')).toBe('es');
      expect(
        await page.evaluate('getComputedStyle(document.documentElement).backgroundColor'),
      ).toBe('rgb(11, 12, 15)');
    }
    expect(complaints.filter((line) => !line.includes('ERR_FAILED'))).toEqual([]);
  });

  test('without a network shows a page of its own, and then the shop again', async () => {
    const { page } = await shop.open('/basket', { serviceWorkers: 'allow' });
    await page.evaluate('navigator.serviceWorker.ready.then(() => undefined)');
    await page.context().setOffline(true);
    await page.goto(`${shop.origin}/manage/count`);
    await expectShown(page.getByRole('heading', { name: 'You are offline' }));
    expect(await page.evaluate('getComputedStyle(document.querySelector("main")).maxWidth')).toBe(
      '480px',
    );
    expect(await page.getByText('Estás sin conexión').isVisible()).toBe(false);
    // Nothing else is kept, so that no answer is an old one.
    await expect(page.evaluate('fetch("/api/v1/products")')).rejects.toThrow(/fetch/);
    await page.context().setOffline(false);
    await page.getByRole('link', { name: 'Try again' }).click();
    await expectShown(page.getByRole('heading', { name: 'Sign in' }));
  });

  test('can be installed: its manifests and icons are there', async () => {
    const { page } = await shop.open('');
    for (const path of ['/', '/manage']) {
      const html = await (await page.request.get(`${shop.origin}${path}`)).text();
      const [, manifest = ''] = /rel="manifest" href="([^"]+)"/.exec(html) ?? [];
      const answer = await page.request.get(`${shop.origin}${manifest}`);
      expect(answer.headers()['content-type']).toContain('application/manifest+json');
      const { start_url, icons } = (await answer.json()) as {
        start_url: string;
        icons: { src: string }[];
      };
      expect(start_url).toBe(path);
      const [, touch = ''] = /rel="apple-touch-icon" href="([^"]+)"/.exec(html) ?? [];
      for (const src of [...icons.map((icon) => icon.src), touch])
        expect([src, (await page.request.get(`${shop.origin}${src}`)).status()]).toEqual([
          src,
          200,
        ]);
    }
  });

  test('begins with at most 130 kB of compressed JavaScript, and no chart', async () => {
    const { page } = await shop.open('');
    const network = await page.context().newCDPSession(page);
    await network.send('Network.enable');
    // As a browser that was never here.
    await network.send('Network.setCacheDisabled', { cacheDisabled: true });
    const scripts = new Map<string, { url: string; encoding: string | undefined }>();
    let bytes = 0;
    network.on('Network.responseReceived', ({ requestId, response, type }) => {
      if (type !== 'Script') return;
      const { url, headers } = response;
      scripts.set(requestId, { url, encoding: headers['content-encoding'] });
    });
    // The sizes of the files, without HTTP headers.
    network.on('Network.dataReceived', ({ requestId, encodedDataLength }) => {
      if (scripts.has(requestId)) bytes += encodedDataLength;
    });
    // Browsers accept smaller encodings too; the promise is about gzip.
    await network.send('Network.setExtraHTTPHeaders', { headers: { 'accept-encoding': 'gzip' } });
    await page.goto(shop.origin);
    await settle(page);
    await expect.poll(() => bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThanOrEqual(130_000);
    for (const { url, encoding } of scripts.values()) {
      expect([url, encoding]).toEqual([url, 'gzip']);
      expect(url).not.toMatch(/chart|uplot/i);
    }
  });

  test('consists of files that never change and may be cached for a year; only its page is requested each time', async () => {
    const { page } = await shop.open();
    const src = await page.locator('script[type=module]').first().getAttribute('src');
    const script = await page.request.get(`${shop.origin}${src}`);
    expect(script.headers()['cache-control']).toBe('public, max-age=31536000, immutable');
    const worker = await page.request.get(`${shop.origin}/sw.js`);
    expect(worker.headers()['cache-control']).toBe('no-cache');
    expect(await worker.text()).toMatch(/'anaquel-offline-[0-9a-f]{12}'/);
    const index = await page.request.get(shop.origin);
    expect(await index.text()).toMatch(/<link rel="preload"[^>]*woff2"[^>]* crossorigin>/);
    expect(index.headers()['cache-control']).toBe('no-cache');
  });
});
