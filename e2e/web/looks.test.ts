import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserPath, expectShown, openShop } from './browser.ts';
import type { WebShop } from './browser.ts';
import {
  axeFindings,
  cutTexts,
  DESKTOP,
  fillPages,
  PHONE,
  tooSmall,
  tooWide,
  turnTheme,
} from './page-faults.ts';
import type { PagePaths } from './page-faults.ts';

// Every page in both languages, themes and sizes.

let shop: WebShop;
let pages: PagePaths;

describe.skipIf(!browserPath)('every page', () => {
  beforeAll(async () => {
    shop = await openShop();
    pages = await fillPages(shop);
  });
  afterAll(() => shop?.close());

  test.each([
    ['shopper', 'en-US'],
    ['shopper', 'es-ES'],
    ['operator', 'en-US'],
    ['operator', 'es-ES'],
  ] as const)(
    'of a %s in %s is without a finding of axe in either theme and size, and fits a thumb',
    async (which, locale) => {
      const visit = { locale, operator: which === 'operator' } as const;
      const { page } = await shop.open('', visit);
      const faults: string[] = [];
      for (const path of pages[which]) {
        await page.goto(`${shop.origin}${path}`);
        await expectShown(page.getByRole('main').getByRole('heading', { level: 1 }));
        for (const size of [DESKTOP, PHONE])
          for (const theme of ['light', 'dark'] as const) {
            await page.setViewportSize(size);
            await turnTheme(page, theme);
            const found = await axeFindings(page);
            faults.push(...found.map((one) => `${path} at ${size.width} px, ${theme}: ${one}`));
          }
        const onPhone = [
          ...(await tooSmall(page)),
          ...(await cutTexts(page)),
          ...(await tooWide(page)),
        ];
        faults.push(...onPhone.map((one) => `${path}: ${one}`));
      }
      expect(faults).toEqual([]);
    },
  );
});
