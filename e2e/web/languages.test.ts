import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserPath, expectShown, expectText, openShop } from './browser.ts';
import type { WebShop } from './browser.ts';

let shop: WebShop;

describe.skipIf(!browserPath)('the language', () => {
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop?.close());

  test("is the browser's own: a Spanish one finds, buys and reads its receipt in Spanish", async () => {
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
});
