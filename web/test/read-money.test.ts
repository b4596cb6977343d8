import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { currencies, currencyDecimals } from '../src/money/currencies.ts';
import { amountText } from '../src/money/amount-text.ts';
import { readMoney } from '../src/money/read-money.ts';
import { readQuantity } from '../src/money/read-quantity.ts';

type Reading = number | string;
const read = (text: string, currency: string | null, locale: string | null): Reading => {
  const reading = readMoney(text, { currency, locale });
  return reading.ok ? reading.amount : reading.fault;
};

describe('an amount of money', () => {
  test.each<[text: string, currency: string | null, locale: string | null, reading: Reading]>([
    // Of one separator and three digits, the place and the currency decide, or nobody does.
    ['1,500', 'USD', 'en', 1500],
    ['1.500', 'EUR', 'es', 1500],
    ['1.500', 'USD', 'en', 'ambiguous'],
    ['1,500', 'EUR', 'es', 'ambiguous'],
    ['1,500', 'MXN', 'es-MX', 1500],
    ['1.500', 'EUR', 'es-CR', 'ambiguous'],
    ['1,500', 'USD', null, 'ambiguous'],
    ['1.500', 'EUR', null, 'ambiguous'],
    ['34.000', 'EUR', null, 'ambiguous'],
    ['12,505', 'USD', null, 'ambiguous'],
    ['1,500', 'KWD', null, 'ambiguous'],
    ['1.500', 'KWD', 'en', 1.5],
    ['1,500', 'KWD', 'en', 1500],
    ['1,500', 'JPY', null, 1500],
    ['2.000', 'CLP', null, 2000],
    ['1.500', 'JPY', 'en', 1500],
    ['0.500', 'USD', null, 0.5],
    ['1500.000', 'USD', null, 1500],
    // All others can be read in one way only.
    ['12', 'USD', null, 12],
    ['12.5', 'USD', null, 12.5],
    ['12,5', 'USD', 'en', 12.5],
    ['12.50', 'EUR', 'es', 12.5],
    ['1,50', 'USD', null, 1.5],
    ['1,234.56', 'USD', null, 1234.56],
    ['1.234,56', 'USD', 'en', 1234.56],
    ['1.234.567', 'USD', 'en', 1_234_567],
    ['1,234,567', 'KWD', null, 1_234_567],
    ['1,00,000', 'INR', null, 100_000],
    ['12,34,567.80', 'INR', 'en-IN', 1_234_567.8],
    ["1'500", 'CHF', null, 1500],
    ['1’500.50', 'CHF', null, 1500.5],
    ['1 500', 'SEK', null, 1500],
    ['1\u00a0500,25', 'EUR', null, 1500.25],
    ['1\u202f234\u202f567,00', 'EUR', 'en', 1_234_567],
    ['.5', 'USD', null, 0.5],
    [',5', 'EUR', 'es', 0.5],
    ['5.', 'USD', null, 5],
    ['34.000000', 'USD', null, 34],
    ['34,0000', 'EUR', null, 34],
    ['19.990000', 'EUR', 'en', 19.99],
    ['0', 'USD', null, 0],
    ['007.50', 'USD', null, 7.5],
    ['+5', 'USD', null, 5],
    ['１，５００．５０', 'JPY', null, 'too-many-decimals'],
    ['￥１，５００', 'JPY', null, 1500],
    // Signs of currencies, before or behind.
    ['$2,000', 'USD', 'en', 2000],
    ['$2,000', 'USD', null, 'ambiguous'],
    ['¥1,500', 'JPY', null, 1500],
    ['1,500円', 'JPY', null, 1500],
    ['R$ 10,00', 'BRL', null, 10],
    ['99 kr', 'SEK', null, 99],
    ['kr.99,50', 'DKK', null, 99.5],
    ['99:-', 'SEK', null, 99],
    ['5,- €', 'EUR', null, 5],
    ['CHF 5.--', 'CHF', null, 5],
    ['USD 10', 'USD', null, 10],
    ['10usd', 'USD', null, 10],
    ['US$10.50', 'USD', 'es', 10.5],
    ['$10.50 MXN', 'MXN', null, 10.5],
    ['€ 1.234,56', 'EUR', null, 1234.56],
    ['1.234,56€', 'EUR', 'en', 1234.56],
    ['Rs.500', 'INR', null, 500],
    ['S/. 12.50', 'PEN', null, 12.5],
    ['$.50', 'USD', null, 0.5],
    ['C$12', 'CAD', null, 12],
    ['USD 10', 'EUR', null, 'wrong-currency'],
    ['$10', 'EUR', 'en', 'wrong-currency'],
    ['10 €', 'USD', 'es', 'wrong-currency'],
    ['USD 10 EUR', 'USD', null, 'not-a-number'],
    // Where no currency is known, as in the price filter.
    ['$2,000', null, 'en', 2000],
    ['2.000', null, 'es', 2000],
    ['2.000', null, 'en', 'ambiguous'],
    ['5k', null, 'en', 'not-a-number'],
    ['5K', 'PGK', 'en', 'not-a-number'],
    ['KWD 1.500', null, 'en', 1.5],
    // What is none.
    ['-1', 'USD', null, 'negative'],
    ['\u22125,00', 'EUR', null, 'negative'],
    ['(5.00)', 'USD', null, 'negative'],
    ['($5.00)', 'USD', null, 'negative'],
    ['5-', 'USD', null, 'negative'],
    ['-$5', 'USD', null, 'negative'],
    ['-0', 'USD', null, 0],
    ['12.505', 'JPY', null, 12505],
    ['12.55', 'JPY', null, 'too-many-decimals'],
    ['1,234.567', 'USD', null, 'too-many-decimals'],
    ['1.2345', 'USD', null, 'too-many-decimals'],
    ['1,5000', 'USD', 'en', 'not-a-number'],
    ['1,23,45', 'USD', null, 'not-a-number'],
    ['1.23.456', 'EUR', null, 'not-a-number'],
    ['1 50', 'USD', null, 'not-a-number'],
    ['1 234,567.89', 'USD', null, 'not-a-number'],
    ['1.5.', 'USD', null, 'not-a-number'],
    ['12..5', 'USD', null, 'not-a-number'],
    ['1E+05', 'USD', null, 'shortened'],
    ['1.2e5', 'USD', 'en', 'shortened'],
    ['1000000001', 'USD', null, 'too-large'],
    ['99999999999999999999', 'USD', null, 'too-large'],
    ['', 'USD', null, 'not-a-number'],
    ['free', 'USD', null, 'not-a-number'],
    ['12 each', 'USD', null, 'not-a-number'],
    ['5-10', 'USD', null, 'not-a-number'],
    ['10%', 'USD', null, 'not-a-number'],
    ['5²', 'USD', null, 'not-a-number'],
    ['½', 'USD', null, 'not-a-number'],
    ['####', 'USD', null, 'not-a-number'],
    ['.', 'USD', null, 'not-a-number'],
    ['--5', 'USD', null, 'not-a-number'],
  ])('%j of %s in %s is %s', (text, currency, locale, reading) => {
    expect(read(text, currency, locale)).toBe(reading);
  });

  test('that can be read in two ways says which', () => {
    expect(readMoney('1,500', { currency: 'USD', locale: null })).toEqual({
      ok: false,
      fault: 'ambiguous',
      readings: [1500, 1.5],
    });
  });

  test('may name the currency that nobody stated', () => {
    const currencyIn = (text: string) => {
      const reading = readMoney(text, { currency: null, locale: null });
      return reading.ok ? reading.currency : reading.fault;
    };
    expect(['USD 10', '10 €', '$10', '10'].map(currencyIn)).toEqual(['USD', 'EUR', null, null]);
  });
});

const LOCALES = [
  'en',
  'en-IN',
  'en-ZA',
  'en-CH',
  'en-AT',
  'es',
  'es-MX',
  'es-AR',
  'es-CR',
  'es-US',
];
const someMoney = fc
  .record({
    currency: fc.constantFrom(...currencies),
    minor: fc.oneof(fc.nat(5_000_000), fc.integer({ min: 0, max: 100_000_000_000 })),
  })
  .map(({ currency, minor }) => {
    const decimals = currencyDecimals(currency) ?? 0;
    const digits = String(minor).padStart(decimals + 1, '0');
    const at = digits.length - decimals;
    return { currency, decimals, amount: Number(`${digits.slice(0, at)}.${digits.slice(at)}`) };
  })
  .filter(({ amount }) => amount <= 1_000_000_000);

test('what is written by Intl in any country of ours is read as the amount that it was', () => {
  const display = fc.constantFrom('symbol', 'narrowSymbol', 'code', undefined);
  fc.assert(
    fc.property(
      someMoney,
      fc.constantFrom(...LOCALES),
      display,
      ({ currency, decimals, amount }, locale, currencyDisplay) => {
        const text = new Intl.NumberFormat(locale, {
          ...(currencyDisplay && { style: 'currency', currency, currencyDisplay }),
          minimumFractionDigits: decimals,
          maximumFractionDigits: decimals,
        }).format(amount);
        expect([text, read(text, currency, locale)]).toEqual([text, amount]);
        // Without the place it is the same amount, or it is asked about, or the sign is not known.
        const anywhere = read(text, currency, null);
        expect(anywhere).toSatisfy(
          (reading: Reading) =>
            reading === amount || reading === 'ambiguous' || reading === 'not-a-number',
        );
        const inForm = amountText(amount, currency, locale);
        expect([inForm, read(inForm, currency, locale)]).toEqual([inForm, amount]);
      },
    ),
    { numRuns: 1_500 },
  );
});

/**
 * Every number that digits can stand for: each mark groups or begins the decimals, and at most one
 * does that.
 */
function allReadings(text: string): number[] {
  const digits = text.replace(/[^\d.,]/g, '');
  const marks = [...digits.matchAll(/[.,]/g)].map(({ index }) => index);
  const plain = (part: string) => part.replace(/\D/g, '');
  return [
    Number(plain(digits)),
    ...marks.map((at) => Number(`${plain(digits.slice(0, at))}.${plain(digits.slice(at))}`)),
  ];
}

test('no text is read as a number that it cannot stand for, and none is read in two ways', () => {
  const texts = fc
    .array(fc.constantFrom('0', '1', '5', '00', '500', '000', '.', ',', ' ', "'", '$', '-'), {
      minLength: 1,
      maxLength: 8,
    })
    .map((parts) => parts.join(''));
  const where = fc.constantFrom(null, ...LOCALES);
  fc.assert(
    fc.property(texts, fc.constantFrom('USD', 'JPY', 'KWD'), where, (text, currency, locale) => {
      const reading = read(text, currency, locale);
      if (typeof reading !== 'number') return;
      expect(allReadings(text)).toContain(reading);
      // With decimals, a file's "1,500" must not be taken for either.
      if (locale === null && currency !== 'JPY')
        expect(text).not.toMatch(/^[^\d.,]*[1-9]\d{0,2}[.,]\d{3}[^\d.,]*$/);
    }),
    { numRuns: 3_000 },
  );
});

test('currencies have the decimals that Products keeps prices in', () => {
  // The web shares no code with a service, so the tables are compared as they are written.
  const tableIn = (path: string) => {
    const source = readFileSync(resolve(import.meta.dirname, '../..', path), 'utf8');
    return /CURRENCIES_BY_DECIMALS[^=]*= \{[^}]*\}/.exec(source)?.[0];
  };
  const table = tableIn('web/src/money/currencies.ts');
  expect(table).toContain('JPY');
  expect(table).toBe(tableIn('packages/money/src/currencies.ts'));
  expect(['USD', 'JPY', 'KWD', 'CLF', 'XXX'].map(currencyDecimals)).toEqual([
    2,
    0,
    3,
    4,
    undefined,
  ]);
});

describe('a quantity', () => {
  test.each<[text: string, locale: string | null, reading: Reading]>([
    ['10', null, 10],
    ['0', null, 0],
    ['10.0', null, 10],
    ['10,00', null, 10],
    ['10.0000', null, 10],
    ['1,000', null, 1000],
    ['1 000', null, 1000],
    ["1'000", null, 1000],
    ['1,000.0', null, 1000],
    ['1.000.000', null, 1_000_000],
    ['1,000', 'en', 1000],
    ['1.000', 'es', 1000],
    ['1.000', 'en', 'ambiguous'],
    ['1.000', null, 'ambiguous'],
    ['1,000', 'es', 'ambiguous'],
    ['+5', null, 5],
    ['１０', null, 10],
    ['1.5', null, 'not-whole'],
    ['-2', null, 'negative'],
    ['−2', null, 'negative'],
    ['1E+05', null, 'shortened'],
    ['1000000001', null, 'too-large'],
    ['few', null, 'not-a-number'],
    ['', null, 'not-a-number'],
    ['10 pcs', null, 'not-a-number'],
    ['1,00', 'en', 1],
  ])('%j in %s is %s', (text, locale, reading) => {
    const quantity = readQuantity(text, locale);
    expect(quantity.ok ? quantity.units : quantity.fault).toBe(reading);
  });
});
