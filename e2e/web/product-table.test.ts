import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resourceIn } from '../stocked-shop.ts';
import { browserPath, expectGone, expectShown, expectText, openShop, setPrice } from './browser.ts';
import type { WebShop } from './browser.ts';

let shop: WebShop;

async function priceOf(id: string): Promise<number> {
  const answer = await shop.services.call('products', { path: `/api/v1/products/${id}` });
  return (resourceIn(answer).attributes as { price: number }).price;
}

/** The demo has 24 products: with these there are 32. */
async function addSpareParts(): Promise<void> {
  for (let number = 25; number <= 32; number += 1) {
    const attributes = { name: `Spare Part ${number}`, price: number };
    const { status } = await shop.services.call('products', {
      method: 'POST',
      path: '/api/v1/products',
      headers: { 'content-type': 'application/vnd.api+json' },
      body: { data: { type: 'products', attributes } },
    });
    expect(status).toBe(201);
  }
}

/** As a spreadsheet does, which the test has no clipboard of. */
async function paste(page: Page, text: string): Promise<void> {
  await page.evaluate(
    `{ const clipboardData = new DataTransfer(); clipboardData.setData('text/plain', ${JSON.stringify(text)}); document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true })); }`,
  );
}

/** A PNG of this size, as a canvas of the page makes it. */
async function drawnPicture(page: Page, width: number, height: number): Promise<Buffer> {
  const url = await page.evaluate<string>(
    `{ const canvas = document.createElement('canvas'); canvas.width = ${width}; canvas.height = ${height}; canvas.getContext('2d').fillRect(0, 0, 9, 9); canvas.toDataURL('image/png'); }`,
  );
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}

describe.skipIf(!browserPath)('the table of products', () => {
  beforeAll(async () => {
    shop = await openShop();
    await addSpareParts();
  });
  afterAll(() => shop?.close());

  test('corrects 30 prices by one paste, and takes one back', async () => {
    const path = '/manage/products?edit=1&sort=name&size=50';
    const { page, complaints } = await shop.open(path, { operator: true });
    const cells = page.getByRole('textbox', { name: /^Price of / });
    await expect.poll(() => cells.count()).toBeGreaterThanOrEqual(30);
    const before = await cells.first().inputValue();
    await cells.first().focus();
    await paste(page, Array.from({ length: 30 }, (_, at) => `${at + 1}.25`).join('\n'));
    expect(await cells.nth(29).inputValue()).toBe('30.25');
    // What is not saved is not lost by a wrong click.
    await page.getByRole('link', { name: 'Overview' }).first().click();
    await page.getByRole('button', { name: 'Keep editing' }).click();
    await page.getByRole('button', { name: 'Save 30 changes' }).click();
    await expectText(page, '30 products were saved');
    await page.reload();
    await expect.poll(() => cells.nth(29).inputValue()).toBe('30.25');

    // What is typed is undone by a key, before it is saved.
    await cells.first().fill('99');
    await page.keyboard.press('Control+z');
    await expect.poll(() => cells.first().inputValue()).toBe('1.25');
    await cells.first().fill(before);
    await page.keyboard.press('Enter');
    await page.keyboard.type('abc');
    await expectText(page, '1 cell is not valid');
    await page.keyboard.press('Control+z');
    await page.getByRole('button', { name: 'Save 1 change' }).click();
    await expectText(page, '1 product was saved');
    await page.getByRole('button', { name: 'Take it back' }).click();
    await expect.poll(() => cells.first().inputValue()).toBe('1.25');
    expect(complaints).toEqual([]);
  });

  test('tells what a product cost, the latest first', async () => {
    const { page, complaints } = await shop.open('', { operator: true });
    for (const price of [91, 92, 93, 94, 95]) await setPrice(shop, '9', price);
    await page.goto(`${shop.origin}/manage/products/9`);
    const prices = page.getByRole('region', { name: 'Prices' });
    await expectShown(
      prices
        .getByRole('listitem')
        .first()
        .getByText(/\$94\.00\s*→\s*\$95\.00/),
    );
    await expectShown(
      prices
        .getByRole('listitem')
        .first()
        .getByText(/products · /),
    );
    await prices.getByRole('button', { name: 'Older' }).click();
    await expectShown(prices.getByText('when it was created'));
    expect(complaints).toEqual([]);
  });

  test('changes marked products together after a preview, and overwrites nobody', async () => {
    const { page } = await shop.open('/manage/products?search=kettle', { operator: true });
    const mark = page.getByRole('checkbox', { name: /^Select Gooseneck Kettle/ });
    await mark.check();
    await setPrice(shop, '3', 200);
    await page.reload();
    await mark.check();
    await page.getByRole('button', { name: 'Change…' }).click();
    const form = page.getByRole('dialog');
    await form.getByRole('textbox', { name: 'Per cent' }).fill('-10');
    await expectShown(form.getByRole('row', { name: /Gooseneck Kettle.*\$200\.00\s*\$180\.00/ }));
    // Someone else is faster.
    await setPrice(shop, '3', 150);
    await form.getByRole('button', { name: 'Save 1 change' }).click();
    await expectGone(form);
    await expectText(page, 'changed by someone else meanwhile');
    expect(await priceOf('3')).toBe(150);

    await page.getByRole('button', { name: 'Change…' }).click();
    await form.getByRole('textbox', { name: 'Per cent' }).fill('-10');
    await expectShown(form.getByRole('row', { name: /\$150\.00\s*\$135\.00/ }));
    await form.getByRole('button', { name: 'Save 1 change' }).click();
    await expectText(page, '1 product was saved');
    expect(await priceOf('3')).toBe(135);
    await page.getByRole('button', { name: 'Take it back' }).click();
    await expect.poll(() => priceOf('3')).toBe(150);
  });

  test('gives a product a picture, made smaller, and takes it back', async () => {
    const { page, complaints } = await shop.open('/manage/products?search=kettle', {
      operator: true,
    });
    const row = page.getByRole('row', { name: /Gooseneck Kettle/ });
    const chooseFrom = async (button: Locator) => {
      const [chooser] = await Promise.all([page.waitForEvent('filechooser'), button.click()]);
      return chooser;
    };
    const sizeIn = (place: string) =>
      page.evaluate(
        `{ const { naturalWidth, naturalHeight } = document.querySelector('${place} img') ?? {}; naturalWidth + ' × ' + naturalHeight; }`,
      );
    await row.getByRole('button', { name: /^Actions for Gooseneck Kettle/ }).click();
    const chooser = await chooseFrom(page.getByRole('menuitem', { name: 'Choose a picture…' }));
    await chooser.setFiles({
      name: 'large.png',
      mimeType: 'image/png',
      buffer: await drawnPicture(page, 3_200, 1_200),
    });
    await expectText(page, '1 product was saved');
    await expect.poll(() => sizeIn('tbody')).toBe('1600 × 600');
    await page.getByRole('button', { name: 'Take it back' }).click();
    await expectGone(row.locator('img'));

    await row.getByRole('button', { name: /^Actions for Gooseneck Kettle/ }).click();
    await page.getByRole('menuitem', { name: 'Edit' }).click();
    const form = page.getByRole('dialog');
    const choose = form.getByRole('button', { name: 'Choose a picture…' });
    const wrong = await chooseFrom(choose);
    await wrong.setFiles({
      name: 'x.svg',
      mimeType: 'image/svg+xml',
      buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
    });
    await expectShown(form.getByText('This browser can’t show the file as a picture.'));
    const right = await chooseFrom(choose);
    await right.setFiles({
      name: 'small.png',
      mimeType: 'image/png',
      buffer: await drawnPicture(page, 320, 200),
    });
    await expect.poll(() => sizeIn('[role=dialog]')).toBe('320 × 200');
    await form.getByRole('button', { name: 'Save' }).click();
    await expectGone(form);
    await expect.poll(() => sizeIn('tbody')).toBe('320 × 200');
    expect(complaints).toEqual([]);
  });

  test('shows what is low or sold out, as Inventory says', async () => {
    const { page } = await shop.open('/manage/products', { operator: true });
    await page.getByRole('combobox', { name: 'Stock' }).selectOption('low');
    await page.waitForURL('**?stock=low');
    await expectShown(page.getByRole('cell', { name: /^(Only \d+ left|Sold out)$/ }));
    await expect.poll(() => page.getByText(/^\d+ in stock$/).count()).toBe(0);
  });
});
