import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserPath, expectPassing, expectShown, expectText, openShop } from './browser.ts';
import type { WebShop } from './browser.ts';

let shop: WebShop;

describe.skipIf(!browserPath)('the language', () => {
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop?.close());

  test("is the browser's: with a Spanish one a shopper finds, buys and reads the receipt in Spanish", async () => {
    const { page, complaints } = await shop.open('/products/2', { locale: 'es-ES' });
    await expectText(page, /^\s*64 disponibles\s*$/);
    expect(await page.evaluate('document.documentElement.lang')).toBe('es');
    await expectText(page, /59,95\s(US\$|\$)/);
    await page.getByRole('button', { name: 'Comprar ya' }).click();
    await expectText(page, /Gracias/);
    expect(complaints).toEqual([]);
  });

  test('can be chosen, and stays chosen', async () => {
    const { page } = await shop.open('/');
    await expectShown(page.getByRole('heading', { name: 'Good things, in stock now' }));
    await page.getByRole('button', { name: /^ES, / }).click();
    const title = page.getByRole('heading', { level: 1 });
    await expectShown(title.filter({ hasNotText: 'Good things' }));
    await page.reload();
    await expectShown(title);
    expect(await page.evaluate('document.documentElement.lang')).toBe('es');
    expect(await title.innerText()).not.toContain('Good things');
    await page.getByRole('button', { name: /^EN, / }).click();
    await expectShown(page.getByRole('heading', { name: 'Good things, in stock now' }));
  });

  test('decides how a typed price filter is read, and an ambiguous one is refused', async () => {
    const { page } = await shop.open('/?from=1200', { locale: 'es-ES' });
    const lowest = page.getByLabel('Precio mínimo');
    await lowest.fill('1.500');
    await page.waitForURL((url) => url.searchParams.get('from') === '1500');
    expect(await lowest.inputValue(), 'what was typed stays').toBe('1.500');
    await lowest.fill('12.50');
    await page.waitForURL((url) => url.searchParams.get('from') === '12.5');
    await lowest.fill('1,500');
    await expectText(page, 'Se puede leer como 1500 o como 1,5.');
    expect(new URL(page.url()).searchParams.get('from')).toBe('12.5');
    await page.reload();
    await expect.poll(() => lowest.inputValue(), { message: 'as one types it here' }).toBe('12,5');

    const english = await shop.open('/');
    await english.page.getByLabel('Lowest price').fill('$2,000');
    await english.page.waitForURL((url) => url.searchParams.get('from') === '2000');
  });

  test('decides how a price in a form is read', async () => {
    const { page } = await shop.open('/manage/products', { operator: true, locale: 'es-ES' });
    await page.getByRole('button', { name: 'Nuevo producto' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Nombre').fill('Mesa de roble');
    const price = form.getByLabel('Precio');
    await price.fill('1,500');
    await form.getByRole('button', { name: 'Guardar' }).click();
    await expectText(page, 'Se puede leer como 1500 o como 1,5.');
    await price.fill('1.500');
    await expectPassing(page, 'Mesa de roble se ha guardado', () =>
      form.getByRole('button', { name: 'Guardar' }).click(),
    );
    const { body } = await shop.services.call('products', {
      path: '/api/v1/products?filter[name]=Mesa%20de%20roble',
    });
    expect(body).toMatchObject({ data: [{ attributes: { price: 1500, currency: 'USD' } }] });
  });
});
