import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resourceIn } from '../stocked-shop.ts';
import { browserPath, expectGone, expectShown, expectText, openShop, setPrice } from './browser.ts';
import type { WebShop } from './browser.ts';

let shop: WebShop;

async function priceOf(id: string): Promise<number> {
  const answer = await shop.services.call('products', { path: `/api/v1/products/${id}` });
  return (resourceIn(answer).attributes as { price: number }).price;
}

/** As a spreadsheet does, which the test has no clipboard of. */
async function paste(page: Page, text: string): Promise<void> {
  await page.evaluate(
    `{ const clipboardData = new DataTransfer(); clipboardData.setData('text/plain', ${JSON.stringify(text)}); document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true })); }`,
  );
}

describe.skipIf(!browserPath)('the table of products', () => {
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop?.close());

  test('corrects the prices of a whole page by one paste, and takes them back', async () => {
    const path = '/manage/products?edit=1&sort=name';
    const { page, complaints } = await shop.open(path, { operator: true });
    const cells = page.getByRole('textbox', { name: /^Price of / });
    await expect.poll(() => cells.count()).toBe(20);
    const before = await cells.first().inputValue();
    await cells.first().focus();
    await paste(page, Array.from({ length: 20 }, (_, at) => `${at + 1}.25`).join('\n'));
    expect(await cells.nth(19).inputValue()).toBe('20.25');
    await page.getByRole('button', { name: 'Save 20 changes' }).click();
    await expectText(page, '20 products were saved');
    await page.reload();
    await expect.poll(() => cells.nth(19).inputValue()).toBe('20.25');

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

  test('shows what is low or sold out, as Inventory says', async () => {
    const { page } = await shop.open('/manage/products', { operator: true });
    await page.getByRole('combobox', { name: 'Stock' }).selectOption('low');
    await page.waitForURL('**?stock=low');
    await expectShown(page.getByRole('row').getByText(/^(Only \d+ left|Sold out)$/));
    await expect.poll(() => page.getByText(/^\d+ in stock$/).count()).toBe(0);
  });
});
