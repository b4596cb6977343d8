import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  browserPath,
  expectGone,
  expectPassing,
  expectShown,
  expectText,
  openShop,
  setStock,
  type WebShop,
} from './browser.ts';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Partner {
  readonly url: string;
  readonly received: Received[];
  status: number;
}

/** An endpoint of a partner. It is gone when the test is over. */
async function startPartner(): Promise<Partner> {
  const received: Received[] = [];
  const server = createServer(async (request, answer) => {
    received.push({ headers: request.headers, body: await buffer(request) });
    answer.writeHead(partner.status).end('noted, thank you');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  // Its own path tells its webhook from those of other tests.
  const partner = { url: `http://127.0.0.1:${port}/${randomUUID()}`, received, status: 200 };
  return partner;
}

type Verify = (secret: string, headers: IncomingHttpHeaders, body: Buffer) => boolean;

/** What a partner gets who copies the code that the page shows. */
async function shownVerification(page: Page): Promise<Verify> {
  const text = await page.getByTestId('snippet').textContent();
  const folder = mkdtempSync(join(tmpdir(), 'anaquel-snippet-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'verify.mjs');
  writeFileSync(file, text ?? '');
  const module_ = (await import(pathToFileURL(file).href)) as { isFromShop: Verify };
  return module_.isFromShop;
}

/** Reads the secret that the page shows, and closes it. */
async function keepSecret(page: Page): Promise<string> {
  const dialog = page.getByRole('dialog', { name: 'The secret of this webhook' });
  const secret = ((await dialog.getByTestId('secret').textContent()) ?? '').trim();
  expect(secret).toMatch(/^whsec_/);
  await dialog.getByRole('button', { name: 'I have kept it' }).click();
  await expectGone(dialog);
  return secret;
}

let shop: WebShop;

describe.skipIf(!browserPath)('webhooks', () => {
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop?.close());

  /** Makes one in the page, and goes there. */
  async function create(page: Page, url: string, fill = async (_form: Locator) => {}) {
    await page.getByRole('button', { name: 'New webhook' }).click();
    const form = page.getByRole('dialog', { name: 'New webhook' });
    await form.getByRole('textbox', { name: 'Address' }).fill(url);
    await fill(form);
    await form.getByRole('button', { name: 'Create' }).click();
    const secret = await keepSecret(page);
    await page.getByRole('link', { name: url }).click();
    await expectShown(page.getByRole('heading', { level: 2, name: 'Deliveries' }));
    return secret;
  }

  async function menu(page: Page, item: string): Promise<void> {
    await page.getByRole('button', { name: /^Actions for/ }).click();
    await page.getByRole('menuitem', { name: item }).click();
  }

  const rowOf = (page: Page, text: string | RegExp) =>
    page.getByRole('table', { name: 'Deliveries' }).getByRole('row').filter({ hasText: text });

  test('are made, tested and verified by the code that is shown beside them', async () => {
    const partner = await startPartner();
    const { page } = await shop.open('/manage/webhooks', { operator: true });
    const verify = await shownVerification(page);
    const secret = await create(page, partner.url);

    await expectPassing(page, 'A test event is on its way', () =>
      page.getByRole('button', { name: 'Send a test' }).click(),
    );
    await expectShown(rowOf(page, 'Delivered').filter({ hasText: 'webhook.test' }));
    const [test_] = partner.received;
    if (!test_) throw new Error('nothing came');
    expect(verify(secret, test_.headers, test_.body)).toBe(true);
    expect(verify(secret, test_.headers, Buffer.concat([test_.body, test_.body]))).toBe(false);

    await setStock(shop, '7', 321);
    const counted = rowOf(page, 'stock.counted');
    const newRows = page.getByRole('button', { name: 'new – show' });
    await expect
      .poll(async () => {
        if (await newRows.isVisible()) await newRows.click();
        return counted.filter({ hasText: 'HTTP 200' }).count();
      })
      .toBe(1);
    await counted.getByRole('button', { name: /^Details/ }).click();
    const details = page.getByRole('dialog', { name: 'stock.counted' });
    await expectShown(details.getByText('noted, thank you'));
    await expectShown(details.getByText('"type": "stock.counted"'));
    await expectPassing(page, 'It is being sent again', () =>
      details.getByRole('button', { name: 'Send again' }).click(),
    );
    await expect.poll(() => partner.received.length).toBe(3);
    const [, first, again] = partner.received;
    expect(again?.body).toEqual(first?.body);
    expect(again?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
  });

  test('say why an address is refused, and where a type is missing', async () => {
    const { page } = await shop.open('/manage/webhooks', { operator: true });
    await page.getByRole('button', { name: 'New webhook' }).click();
    const form = page.getByRole('dialog', { name: 'New webhook' });
    await form.getByText('Only these:').click();
    await form.getByRole('button', { name: 'Create' }).click();
    await expectText(page, 'Give a whole address that begins with https://');
    await expectText(page, 'Choose at least one type');
    await form.getByText('All, also those to come').click();
    await form.getByRole('textbox', { name: 'Address' }).fill('https://me@example.com/');
    await form.getByRole('button', { name: 'Create' }).click();
    await expectText(page, 'Leave out the user name and the password');
  });

  test('wait while they are paused, and deliver everything afterwards', async () => {
    const partner = await startPartner();
    const { page } = await shop.open('/manage/webhooks', { operator: true });
    await create(page, partner.url, async (form) => {
      await form.getByText('Only these:').click();
      await form.getByText('stock.counted').click();
      await form.getByRole('textbox', { name: 'Products' }).fill('21');
    });
    await expectPassing(page, 'The webhook is paused', () =>
      page.getByRole('button', { name: 'Pause' }).click(),
    );
    await expectText(page, 'Paused by a person');
    await setStock(shop, '21', 111);
    await setStock(shop, '20', 111);
    await setStock(shop, '21', 222);
    await expectPassing(page, 'The webhook is active again', () =>
      page.getByRole('button', { name: 'Resume' }).click(),
    );
    await expect.poll(() => partner.received.length).toBe(2);
    expect(partner.received.map(({ body }) => JSON.parse(String(body)).data)).toMatchObject([
      { productId: '21', onHandAfter: 111 },
      { productId: '21', onHandAfter: 222 },
    ]);

    await menu(page, 'Replay');
    const replay = page.getByRole('dialog', { name: 'Deliver events again' });
    await replay.getByText('a position').click();
    await replay.getByRole('button', { name: 'Deliver again' }).click();
    await expectText(page, 'Give a whole number of 1 or more');
    await replay.getByText('the beginning').click();
    await replay.getByRole('button', { name: 'Deliver again' }).click();
    await expectGone(replay);
    const bodies = () => partner.received.map(({ body }) => String(body));
    // The count by which the demo began comes before. What was sent before the pause was noticed
    // has come twice already.
    const isBegin = (body: string) => JSON.parse(body).data.onHandAfter === 22;
    await expect
      .poll(() => bodies().slice(bodies().findIndex(isBegin) + 1))
      .toEqual(bodies().slice(0, 2));
  });

  test('get a new secret beside the old one, other events, and an end', async () => {
    const partner = await startPartner();
    const { page } = await shop.open('/manage/webhooks', { operator: true });
    const verify = await shownVerification(page);
    const before = await create(page, partner.url, async (form) => {
      await form.getByLabel('About').selectOption('catalogue');
    });
    await menu(page, 'New secret');
    await page.getByRole('button', { name: 'Make a new secret' }).click();
    const secret = await keepSecret(page);
    expect(secret).not.toBe(before);
    await expectText(page, /^The secret before signs too until/);
    await page.getByRole('button', { name: 'Send a test' }).click();
    await expect.poll(() => partner.received.length).toBe(1);
    const [{ headers, body } = { headers: {}, body: Buffer.of() }] = partner.received;
    expect([secret, before].map((each) => verify(each, headers, body))).toEqual([true, true]);

    await page.getByRole('button', { name: 'Edit' }).click();
    const form = page.getByRole('dialog', { name: 'Edit webhook' });
    await form.getByText('Only these:').click();
    await form.getByText('product.deleted').click();
    await form.getByRole('textbox', { name: 'Events in a request' }).fill('20');
    await form.getByRole('button', { name: 'Save' }).click();
    await expectGone(form);
    await expectText(page, 'Up to 20');

    await page.getByRole('link', { name: 'All webhooks' }).click();
    const row = page.getByRole('row').filter({ hasText: partner.url });
    await expectShown(row.filter({ hasText: /Catalogue.*1 type/ }));
    await row.getByRole('link').click();
    await menu(page, 'Delete');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await expectText(page, 'The webhook was deleted');
    await expectShown(page.getByRole('heading', { level: 1, name: 'Webhooks' }));
    await expectGone(row);
  });
});
