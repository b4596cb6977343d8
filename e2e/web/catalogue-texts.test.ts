import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resourceIn } from '../stocked-shop.ts';
import {
  changeProduct,
  browserPath,
  expectGone,
  expectShown,
  openShop,
  settle,
  waitForAnswers,
} from './browser.ts';
import type { WebShop } from './browser.ts';

// Texts as people type them: in tags, searches and forms.

let shop: WebShop;

async function created(attributes: object): Promise<string> {
  const answer = await shop.services.call('products', {
    method: 'POST',
    path: '/api/v1/products',
    headers: { 'content-type': 'application/vnd.api+json' },
    body: { data: { type: 'products', attributes: { price: 4, ...attributes } } },
  });
  return resourceIn(answer).id;
}

async function attributesOf(id: string): Promise<Record<string, unknown>> {
  const read = await shop.services.call('products', { path: `/api/v1/products/${id}` });
  return resourceIn(read).attributes;
}

describe.skipIf(!browserPath)('texts', () => {
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop?.close());

  test('a form sends only edited fields: tags with commas and the ends of a description stay', async () => {
    const tags = ['a,b', 'c;d', 'e|f'];
    const id = await created({ name: 'Tin Box', description: '  Two.\n ', tags });
    const { page } = await shop.open(`/manage/products/${id}`, { operator: true });
    const patches: unknown[] = [];
    // While the form's first request is on its way, someone changes another field: that change
    // stays, and the form asks again.
    await page.route(`**/api/v1/products/${id}`, async (route, request) => {
      if (request.method() !== 'PATCH') return route.continue();
      patches.push(request.postDataJSON().data.attributes);
      if (patches.length === 1) await changeProduct(shop, id, { price: 9 });
      return route.continue();
    });
    await page.getByRole('button', { name: 'Edit' }).click();
    const form = page.getByRole('dialog', { name: 'Edit product' });
    await form.getByRole('textbox', { name: 'Name' }).fill('Tin Case');
    await form.getByRole('button', { name: 'Save' }).click();
    await expectGone(form);
    expect(patches).toEqual([{ name: 'Tin Case' }, { name: 'Tin Case' }]);
    expect(await attributesOf(id)).toMatchObject({
      name: 'Tin Case',
      price: 9,
      description: '  Two.\n ',
      tags,
    });

    await page.getByRole('button', { name: 'Edit' }).click();
    await expectShown(form.getByRole('button', { name: 'Remove “c;d”' }));
    const field = form.getByRole('textbox', { name: 'Tags' });
    await field.focus();
    await page.keyboard.type('new, é');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Backspace');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Backspace');
    await field.focus();
    await page.evaluate(`(() => {
      const data = new DataTransfer();
      data.setData('text/plain', 'p, q\\nr');
      document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    })()`);
    await page.keyboard.type('not yet added');
    await form.getByRole('button', { name: 'Save' }).click();
    await expectGone(form);
    expect((await attributesOf(id))['tags']).toEqual([
      'a,b',
      'c;d',
      'new',
      'é',
      'p, q',
      'r',
      'not yet added',
    ]);
  });

  test('a scanned barcode is verified, and kept in its form; one of another product is told', async () => {
    await created({ name: 'Tea', sku: 'TEA-1', barcodes: ['96385074'] });
    const id = await created({ name: 'Soap' });
    const { page } = await shop.open(`/manage/products/${id}`, { operator: true });
    await page.getByRole('button', { name: 'Edit' }).click();
    const form = page.getByRole('dialog', { name: 'Edit product' });
    const field = form.getByRole('textbox', { name: 'Barcodes' });
    await field.fill('036000291459');
    await field.press('Enter');
    await expectShown(form.getByText('Is it 0036000291452?'));
    await form.getByRole('button', { name: 'Remove “036000291459”' }).click();
    await field.fill('036000291452');
    await field.press('Enter');
    await field.fill('96385074');
    await form.getByRole('textbox', { name: 'Units a pack' }).fill('12');
    await form.getByRole('button', { name: 'Save' }).click();
    await expectShown(form.getByText('The product TEA-1 has this barcode'));
    await field.fill('');
    await form.getByRole('button', { name: 'Save' }).click();
    await expectGone(form);
    expect(await attributesOf(id)).toMatchObject({ barcodes: ['0036000291452'], packSize: 12 });
  });

  test('if two people changed one field, the second chooses, and only that field is overwritten', async () => {
    const id = await created({ name: 'Lid', tags: ['x'] });
    const { page } = await shop.open(`/manage/products/${id}`, { operator: true });
    await expectShown(page.getByRole('heading', { level: 1, name: 'Lid' }));
    const form = page.getByRole('dialog', { name: 'Edit product' });
    const name = form.getByRole('textbox', { name: 'Name' });
    // The form reads the product before the other's change.
    const read = page.waitForResponse(`**/api/v1/products/${id}`);
    await page.getByRole('button', { name: 'Edit' }).click();
    await read;
    await name.fill('My lid');
    await changeProduct(shop, id, { name: 'Their lid', tags: ['y'] });
    await form.getByRole('button', { name: 'Save' }).click();
    await expectShown(form.getByRole('row', { name: /Name Their lid My lid/ }));
    expect(await form.getByRole('row').count()).toBe(2);
    await form.getByRole('button', { name: 'Save mine' }).click();
    await expectGone(form);
    expect(await attributesOf(id)).toMatchObject({ name: 'My lid', tags: ['y'] });
  });

  test('a change that others made before the form has read the product is no less one to choose about', async () => {
    const id = await created({ name: 'Pot', tags: ['x'] });
    const { page } = await shop.open(`/manage/products/${id}`, { operator: true });
    await expectShown(page.getByRole('heading', { level: 1, name: 'Pot' }));
    await waitForAnswers(page);
    const mayRead = Promise.withResolvers<void>();
    await page.route(`**/api/v1/products/${id}`, async (route) => {
      if (route.request().method() === 'GET') await mayRead.promise;
      await route.continue();
    });
    await page.getByRole('button', { name: 'Edit' }).click();
    const form = page.getByRole('dialog', { name: 'Edit product' });
    await form.getByRole('textbox', { name: 'Name' }).fill('My pot');
    await changeProduct(shop, id, { name: 'Their pot', tags: ['y'] });
    // Saving waits for what is being read.
    await form.getByRole('button', { name: 'Save' }).click();
    mayRead.resolve();
    await expectShown(form.getByRole('row', { name: /Name Their pot My pot/ }));
    expect(await attributesOf(id)).toMatchObject({ name: 'Their pot', tags: ['y'] });
    await form.getByRole('button', { name: 'Save mine' }).click();
    await expectGone(form);
    expect(await attributesOf(id)).toMatchObject({ name: 'My pot', tags: ['y'] });
  });

  test('a text that is too long for the services is reported in the form', async () => {
    const { page } = await shop.open('/manage/products?new=1', { operator: true });
    const form = page.getByRole('dialog', { name: 'New product' });
    const name = form.getByRole('textbox', { name: 'Name' });
    await name.fill('😀'.repeat(201));
    await expectShown(form.getByText('At most 200 characters'));
    await name.fill('😀'.repeat(200));
    await expectGone(form.getByText('At most 200 characters'));
    await form.getByRole('textbox', { name: 'Price' }).fill('3');
    await form.getByRole('button', { name: 'Save' }).click();
    await expectGone(form);
  });

  test('all tags can be found and chosen, with the number of products of each', async () => {
    await created({ name: 'Rare', tags: ['Çok nadir, gerçekten'] });
    const { page, complaints } = await shop.open('/');
    const tags = page.getByRole('group', { name: 'Filter by tag' });
    await expectShown(tags.getByRole('button', { name: /^kitchen \d+$/ }));
    await page.getByRole('button', { name: 'More tags…' }).click();
    await expectShown(page.getByRole('searchbox', { name: 'Search tags' }));
    await page.keyboard.type('cok nad');
    const tagButton = page.getByRole('button', { name: 'Çok nadir, gerçekten 1' });
    await expectShown(tagButton);
    await expectGone(page.getByRole('listitem').getByRole('button', { name: /^kitchen/ }));
    await tagButton.click();
    await expectShown(page.getByRole('heading', { name: 'Rare' }));
    await expectShown(page.getByText('1 product', { exact: true }));
    await expectShown(tags.getByRole('button', { name: 'Çok nadir, gerçekten', pressed: true }));
    expect(complaints).toEqual([]);
  });

  test('a search of many words, with other apostrophes and dashes, finds the product', async () => {
    await created({ name: 'Levi’s Café – Bar Straße' });
    const { page } = await shop.open(`/?search=${encodeURIComponent("levi's cafe - bar strasse")}`);
    await expectShown(page.getByRole('heading', { name: 'Levi’s Café – Bar Straße' }));
    const manyWords = "levi's cafe bar strasse a b c e i none ".repeat(9);
    await page.getByRole('searchbox').first().fill(manyWords);
    await page.waitForURL(
      ({ searchParams }) => searchParams.get('search')?.includes('none') === true,
    );
    await settle(page);
    await expectShown(page.getByRole('heading', { name: 'Levi’s Café – Bar Straße' }));
  });
});
