import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { buildWebApp } from '../../tools/build-web-app.ts';
import { findChromium } from '../../tools/find-chromium.ts';
import { gatewaySecrets, startServices } from '../services.ts';
import type { Services, Start } from '../services.ts';
import { createContextPool } from './context-pool.ts';
import { filmPath } from './fake-camera.ts';

/** The browser of these tests; without one they are skipped. */
export const browserPath = findChromium();
if (browserPath === undefined) {
  console.warn(
    'No Chromium was found, so the tests of the web app are SKIPPED. Install it (Debian: apt-get install chromium-headless-shell; Ubuntu: chromium), or set CHROMIUM to its path.',
  );
}

/** Only what hangs takes so long: a busy machine is no fault. */
export const patienceMs = 60_000;

/** The services, the gateway, and a browser. */
export interface WebShop {
  readonly services: Services;
  readonly origin: string;
  /** The window of a new visitor, open until the test ends; with an empty path it is empty. */
  open(path?: string, how?: Visit): Promise<Window>;
  close(): Promise<void>;
}

export interface Window {
  readonly page: Page;
  /** The errors and warnings of its console, and the exceptions of the page. */
  readonly complaints: string[];
  /** The URL of every request that it sent. */
  readonly requests: string[];
}

export interface Visit extends BrowserContextOptions {
  readonly operator?: boolean;
}

interface Options {
  readonly gateway?: Readonly<Record<string, string>>;
  readonly demo?: boolean;
  /** Whether pages move, as for most visitors. It takes time from what a test is about. */
  readonly motion?: boolean;
}

export async function openShop({
  gateway = {},
  demo = true,
  motion = false,
}: Options = {}): Promise<WebShop> {
  const build = await buildWebApp(() => console.info('Building the web app …'));
  expect(build).not.toBe('absent');
  const [services, browser] = await Promise.all([
    startServices({
      demo,
      // A Products that is slow because the machine is busy has not failed.
      env: {
        LOG_LEVEL: 'warn',
        HTTP_TIMEOUT_SECONDS: '8',
        WEBHOOKS_SECRET_KEY: randomBytes(32).toString('base64'),
        WEBHOOKS_ALLOW_PRIVATE: 'true',
      },
      gateway: { STOREFRONT: 'open', ...gateway },
    }),
    sharedBrowser(),
  ]);
  const origin = services.origins.gateway;
  const contexts = createContextPool(browser, origin);
  return {
    services,
    origin,
    async open(path = '/', { operator = false, ...how } = {}) {
      const { context, giveBack } = await contexts.take({
        locale: 'en-US',
        viewport: { width: 1280, height: 900 },
        reducedMotion: motion ? 'no-preference' : 'reduce',
        // It would be started for each visitor anew.
        serviceWorkers: 'block',
        ...how,
      });
      // An open window listens to the shop, which would slow down later tests.
      onTestFinished(giveBack);
      context.setDefaultTimeout(patienceMs);
      const page = await context.newPage();
      const complaints: string[] = [];
      const requests: string[] = [];
      page.on('console', (message) => {
        const isOfWorker = message.text().includes('Service Worker registration blocked');
        if (['error', 'warning'].includes(message.type()) && !isOfWorker)
          complaints.push(`${page.url()}: ${message.text()} (${message.location().url})`);
      });
      page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
      page.on('request', (request) => requests.push(request.url()));
      if (operator) await signInByRequest(page, origin);
      if (path !== '') await page.goto(`${origin}${path}`);
      return { page, complaints, requests };
    },
    async close() {
      await contexts.close();
      await services.remove();
    },
  };
}

let browser: Promise<Browser> | undefined;

/** One for all files that run in this process, with which it ends. */
function sharedBrowser(): Promise<Browser> {
  browser ??= chromium.launch({
    executablePath: browserPath ?? '',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-fake-device-for-media-stream',
      // Without a window nobody could be asked, and the camera would not be there.
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-video-capture=${filmPath}`,
      // Pages of one context and one site share a process.
      '--process-per-site',
    ],
  });
  return browser;
}

/** Signs the window in without the form, for tests of something else. */
async function signInByRequest(page: Page, origin: string): Promise<void> {
  const answer = await page.request.post(`${origin}/session`, {
    data: { password: gatewaySecrets.OPERATOR_PASSWORD },
    headers: { origin },
  });
  expect(answer.status()).toBe(200);
}

export async function signIn(page: Page, password: string): Promise<void> {
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
}

/** Resolves once it is visible. */
export async function expectShown(what: Locator, withinMs = patienceMs): Promise<void> {
  await what.first().waitFor({ state: 'visible', timeout: withinMs });
}

export async function expectText(page: Page, text: string | RegExp): Promise<void> {
  await expectShown(page.getByText(text));
}

/** Waits for a message that passes, from before what brings it: afterwards may be too late. */
export async function expectPassing(
  page: Page,
  text: string,
  act: () => Promise<unknown>,
): Promise<void> {
  await Promise.all([expectText(page, text), act()]);
}

/** By the header: the link in the message that something was added passes. */
export async function openBasket(page: Page): Promise<void> {
  await page.getByRole('link', { name: /^Basket, / }).click();
}

/** The element with the stock of the page's product, or of the first one in a list. */
function stockOf(page: Page): Locator {
  return page
    .getByRole('main')
    .getByText(/^\s*(Sold out|Only [\d,]+ left|[\d,]+ in stock)\s*$/)
    .first();
}

/** The stock on the page, once it is shown. */
export async function unitsShown(page: Page): Promise<number> {
  const text = (await stockOf(page).textContent()) ?? '';
  return Number(/[\d,]+/.exec(text)?.[0].replaceAll(',', '') ?? 0);
}

/** Waits until the page shows this many units. */
export async function expectStock(page: Page, units: number, withinMs = patienceMs): Promise<void> {
  const text =
    units === 0
      ? '^Sold out$'
      : `^(Only ${units.toLocaleString('en-US')} left|${units.toLocaleString('en-US')} in stock)$`;
  await waitUntil(
    page,
    `[...document.querySelectorAll('main span')].some((one) => new RegExp(${JSON.stringify(text)}).test(one.textContent.trim()))`,
    withinMs,
  );
}

/** From now on the page waits for its answers as long as a test holds them. */
export async function waitForAnswers(page: Page): Promise<void> {
  await page.evaluate('void (AbortSignal.timeout = () => new AbortController().signal)');
}

export function buyButton(page: Page): Locator {
  return page.getByRole('button', { name: 'Buy now' });
}

export async function expectBought(page: Page): Promise<void> {
  await expectText(page, 'Thank you, it is yours');
}

/** Waits until what a person types goes there. */
export async function expectFocused(what: Locator): Promise<void> {
  await expect
    .poll(() => what.evaluate((element) => element === element.ownerDocument.activeElement))
    .toBe(true);
}

export async function expectGone(what: Locator): Promise<void> {
  await what.waitFor({ state: 'hidden' });
}

/** Another operator, who uses the API. */
export async function setStock(shop: WebShop, id: string, onHand: number): Promise<void> {
  await patch(shop, 'inventory', `/api/v1/inventories/${id}`, {
    type: 'inventories',
    id,
    attributes: { onHand },
  });
}

export async function setPrice(
  shop: WebShop,
  id: string,
  price: number,
  currency?: string,
): Promise<void> {
  await changeProduct(shop, id, { price, ...(currency && { currency }) });
}

export async function changeProduct(shop: WebShop, id: string, attributes: object): Promise<void> {
  await patch(shop, 'products', `/api/v1/products/${id}`, { type: 'products', id, attributes });
}

export async function endHoldIn(shop: WebShop, id: string, seconds: number): Promise<void> {
  await patch(shop, 'inventory', `/api/v1/reservations/${id}`, {
    type: 'reservations',
    id,
    attributes: { expiresInSeconds: seconds },
  });
}

async function patch(
  { services }: WebShop,
  service: 'products' | 'inventory',
  path: string,
  data: object,
): Promise<void> {
  const headers = { 'content-type': 'application/vnd.api+json' };
  const answer = await services.call(service, { method: 'PATCH', path, headers, body: { data } });
  expect(answer.status, `answered ${answer.text}`).toBe(200);
}

/** Starts it and waits until the gateway forwards to it again, which takes a moment. */
export async function startAgain(
  shop: WebShop,
  service: 'products' | 'inventory',
  how?: Start,
): Promise<void> {
  await shop.services.start(service, how);
  await untilForwarded(shop, service);
}

/** Waits until the gateway, which may have met a failure, asks the service again. */
export async function untilForwarded(
  { origin }: WebShop,
  service: 'products' | 'inventory',
): Promise<void> {
  const path = service === 'products' ? '/api/v1/products/1' : '/api/v1/inventories/1';
  await expect
    .poll(async () => (await fetch(`${origin}${path}`)).status, { timeout: patienceMs })
    .toBe(200);
}

/** Waits until the page's live stream is connected. */
export async function expectLive(page: Page): Promise<void> {
  await expectText(page, 'Stock is live');
}

/** Waits until requests and animations have ended. */
export async function settle(page: Page): Promise<void> {
  await waitUntil(
    page,
    `document.querySelector('main [aria-busy=true]') === null && document.getAnimations().every((one) => one.playState !== 'running' || one.effect.getTiming().iterations === Infinity)`,
  );
}

/** The beginning of what the page shows, in one line. */
async function textOf(page: Page): Promise<string> {
  const text = await page.locator('body').innerText();
  return text.replaceAll(/\s+/g, ' ').slice(0, 1_000);
}

/** Evaluates in the page every few milliseconds, from outside: the page's policy forbids eval. */
async function waitUntil(page: Page, expression: string, withinMs = patienceMs): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await page.evaluate<boolean>(expression))) {
    if (performance.now() > deadline)
      throw new Error(
        `${page.url()} is not so after ${withinMs} ms: ${expression}\nIt shows: ${await textOf(page)}`,
      );
    await sleep(25);
  }
}
