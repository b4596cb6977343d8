import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Response } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gatewaySecrets } from '../services.ts';
import { allPurchases, onHandOf } from '../stocked-shop.ts';
import { browserPath, buyButton, expectBought, expectShown, openShop, settle } from './browser.ts';
import type { WebShop } from './browser.ts';

let shop: WebShop;

describe.skipIf(!browserPath)('the web app', () => {
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop?.close());

  test('sends no key and no password to the browser', async () => {
    const { page } = await shop.open('', { operator: true });
    const responses: Response[] = [];
    page.on('response', (response) => responses.push(response));
    await page.goto(`${shop.origin}/products/1`);
    await buyButton(page).click();
    await expectBought(page);
    for (const path of ['/manage', '/manage/products/1', '/manage/import', '/manage/status']) {
      await page.goto(`${shop.origin}${path}`);
      await expectShown(page.getByRole('heading', { level: 1 }));
      await settle(page);
    }
    const isStream = (response: Response) => response.url().endsWith('/stream');
    const texts = await Promise.all(
      responses
        .filter((response) => !isStream(response))
        // An answer that was discarded with its page reached nobody.
        .map(async (response) => {
          const body = await response.text().catch(() => '');
          const headers = await response.allHeaders().catch(() => response.headers());
          return `${response.url()}\n${JSON.stringify(headers)}\n${body}`;
        }),
    );
    expect(texts.length).toBeGreaterThan(20);
    expect(texts.filter((text) => text.includes('/assets/')).join('').length).toBeGreaterThan(
      100_000,
    );
    const secrets = [...Object.values(gatewaySecrets), ...Object.values(shop.services.keys)];
    for (const secret of secrets) {
      expect(
        texts.filter((text) => text.includes(secret)).map((text) => text.split('\n')[0]),
      ).toEqual([]);
    }
  });

  test('keeps the session in a cookie that no script can read and no other site can send', async () => {
    const { page } = await shop.open('/');
    await expect.poll(() => page.context().cookies()).not.toEqual([]);
    for (const role of ['shopper', 'operator']) {
      const cookies = await page.context().cookies();
      expect(cookies, `of a ${role}`).toHaveLength(1);
      expect(cookies[0]).toMatchObject({
        name: 'anaquel_session',
        httpOnly: true,
        sameSite: 'Strict',
        path: '/',
      });
      expect(await page.evaluate('document.cookie')).toBe('');
      const answer = await page.request.post(`${shop.origin}/session`, {
        data: { password: gatewaySecrets.OPERATOR_PASSWORD },
        headers: { origin: shop.origin },
      });
      expect(answer.status()).toBe(200);
    }
    const storage = await page.evaluate<string>(
      'JSON.stringify({ ...localStorage, ...sessionStorage })',
    );
    expect(storage).not.toContain(gatewaySecrets.OPERATOR_PASSWORD);
  });

  test("runs only its own scripts, and can't be framed", async () => {
    const { page } = await shop.open('');
    for (const path of ['/', '/manage/products', '/no/such/page']) {
      const answer = await page.goto(`${shop.origin}${path}`);
      const headers = answer?.headers() ?? {};
      const policy = headers['content-security-policy'] ?? '';
      expect(policy).toContain("default-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      // WebAssembly is no script: text becomes none by it.
      expect(policy.replace("'wasm-unsafe-eval'", '')).not.toMatch(
        /unsafe-eval|unsafe-inline|\*|https?:/,
      );
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
    const evaluated = page.evaluate(
      `new Promise((resolve) => { const script = document.createElement('script'); script.textContent = 'window.ran = true'; document.head.append(script); setTimeout(() => resolve(window.ran === true), 50); })`,
    );
    expect(await evaluated, 'a script that was put in').toBe(false);
  });

  test("does nothing for a page of another origin, even if the browser sends the operator's cookie with it", async () => {
    // Another port of the same host is the same site: the browser sends the cookie, and only the
    // gateway can refuse.
    const thief = createServer((_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><title>Win a prize</title><form method="post"></form>');
    }).listen(0, '127.0.0.1');
    await once(thief, 'listening');
    const { page } = await shop.open('/manage', { operator: true });
    await expectShown(page.getByRole('button', { name: 'Sign out' }));
    const purchases = (await allPurchases(shop.services)).length;
    const onHand = await onHandOf(shop.services, '2');
    await page.goto(`http://127.0.0.1:${(thief.address() as AddressInfo).port}/`);

    const steal = async (path: string, data: object) => {
      const address = `${shop.origin}${path}`;
      const body = JSON.stringify({ data });
      const [response] = await Promise.all([
        page.waitForResponse(address),
        page.evaluate(
          `fetch(${JSON.stringify(address)}, { method: 'POST', mode: 'no-cors', credentials: 'include', headers: { 'content-type': 'text/plain' }, body: ${JSON.stringify(body)} }).then(() => true)`,
        ),
      ]);
      return response.status();
    };
    const attributes = { lines: [{ productId: '2', quantity: 1 }] };
    expect(await steal('/api/v1/purchases', { type: 'purchases', attributes })).toBe(403);
    const movement = { kind: 'receipt', quantity: 5 };
    expect(
      await steal('/api/v1/inventories/2/movements', { type: 'movements', attributes: movement }),
    ).toBe(403);

    const [posted] = await Promise.all([
      page.waitForResponse(`${shop.origin}/api/v1/purchases`),
      page.waitForURL(`${shop.origin}/api/v1/purchases`),
      page.evaluate(
        `{ const form = document.forms[0]; form.action = ${JSON.stringify(`${shop.origin}/api/v1/purchases`)}; form.enctype = 'text/plain'; form.submit(); }`,
      ),
    ]);
    const headers = await posted.request().allHeaders();
    expect(headers['cookie'], "the operator's cookie was sent").toContain('.operator.');
    expect(posted.status(), 'a form').toBe(403);
    expect(await allPurchases(shop.services)).toHaveLength(purchases);
    expect(await onHandOf(shop.services, '2')).toBe(onHand);
    thief.close();
    thief.closeAllConnections();
  });
});
