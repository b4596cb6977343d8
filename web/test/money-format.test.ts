import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Ref } from 'vue';
import type * as Format from '../src/i18n/format.ts';
import { currencyDisplay } from '../src/money/currency-display.ts';

// What amounts look like to readers of different regions, in shops of different currencies.

let format: typeof Format;
let own: Ref<string | null>;
let region: Ref<string>;

beforeAll(async () => {
  const nothing = { getItem: () => null, setItem() {}, removeItem() {} };
  vi.stubGlobal('localStorage', nothing);
  vi.stubGlobal('sessionStorage', nothing);
  vi.resetModules();
  format = await import('../src/i18n/format.ts');
  ({ shopCurrency: own } = await import('../src/money/shop-currency.ts'));
  ({ region } = await import('../src/i18n/index.ts'));
});
afterAll(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

function textOf(amount: number, currency: string, shop: string | null, locale: string): string {
  own.value = shop;
  region.value = locale;
  return format.money(amount, currency).replaceAll(/[\u00a0\u202f]/g, ' ');
}

const DOLLARS_AND_PESOS = ['USD', 'CAD', 'MXN', 'AUD', 'CLP', 'COP', 'ARS', 'NZD'];

describe('an amount', () => {
  test.each(['en-US', 'en-CA', 'es', 'es-ES', 'es-MX', 'es-CO', 'es-CL'])(
    'is told from the same in every other currency, in %s',
    (locale) => {
      for (const shop of [...DOLLARS_AND_PESOS, null]) {
        const texts = DOLLARS_AND_PESOS.map((currency) => textOf(1_234.5, currency, shop, locale));
        expect(new Set(texts.map((text) => text.replace(/[.,]\d+/g, ''))).size).toBe(
          DOLLARS_AND_PESOS.length,
        );
      }
    },
  );

  test("has a bare sign in the shop's own currency, and another's or its code elsewhere", () => {
    expect(textOf(12.5, 'USD', 'USD', 'en-US')).toBe('$12.50');
    expect(textOf(12.5, 'CAD', 'CAD', 'en-US')).toBe('$12.50');
    expect(textOf(12.5, 'CAD', 'USD', 'en-US')).toBe('CA$12.50');
    expect(textOf(12.5, 'USD', 'CAD', 'en-US')).toBe('USD 12.50');
    expect(textOf(12.5, 'EUR', 'USD', 'en-US')).toBe('€12.50');
    expect(textOf(12.5, 'USD', 'USD', 'es-ES')).toBe('12,50 $');
    expect(textOf(12.5, 'MXN', 'USD', 'es-MX')).toBe('MXN 12.50');
    expect(textOf(1_500, 'JPY', 'CNY', 'en-US')).toBe('JPY 1,500');
    expect(textOf(12.5, 'USD', null, 'en-US'), 'not known yet').toBe('USD 12.50');
  });

  test('has the decimals of ISO 4217, whatever the browser thinks, and never loses one', () => {
    expect(textOf(34_000, 'COP', 'COP', 'en-US')).toBe('$34,000.00');
    expect(textOf(34_000, 'CLP', 'CLP', 'en-US')).toBe('$34,000');
    expect(textOf(5, 'IQD', 'USD', 'en-US')).toBe('IQD 5.000');
    expect(textOf(1_500, 'JPY', 'JPY', 'en-US')).toBe('¥1,500');
    expect(textOf(5, 'HUF', 'USD', 'en-US')).toBe('HUF 5.00');
    expect(textOf(1.234, 'USD', 'USD', 'en-US')).toBe('$1.234');
  });
});

test('the sign of one currency alone needs no code', () => {
  expect(currencyDisplay('en', 'INR', 'USD')).toBe('symbol');
  expect(currencyDisplay('en', 'GBP', 'USD')).toBe('code');
  expect(currencyDisplay('en', 'GBP', 'GBP')).toBe('narrowSymbol');
});
