import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { currencyDecimals, MAX_PRICE, majorUnits, minorUnits } from '../src/index.ts';

const decimals = fc.constantFrom(0, 2, 3, 4);

describe('amounts', () => {
  test.each([
    [1999, 2, 19.99],
    [0, 2, 0],
    [5, 2, 0.05],
    [100, 2, 1],
    [29, 2, 0.29],
    [1999, 0, 1999],
    [0, 0, 0],
    [1234, 3, 1.234],
    [1, 4, 0.0001],
    [9_007_199_254_740_991, 2, 90_071_992_547_409.91],
    [100_000_000_001, 2, 1_000_000_000.01],
  ])('%i minor units with %i decimals are %d', (amount, places, expected) => {
    expect(majorUnits(amount, places)).toBe(expected);
  });

  test('minor units become the number of their decimal text', () => {
    for (let cents = 0; cents <= 20_000; cents += 1) {
      const text = `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
      expect(majorUnits(cents, 2)).toBe(Number(text));
    }
  });

  test('every amount in minor units survives the conversion to a JSON number and back', () => {
    fc.assert(
      fc.property(decimals, fc.maxSafeInteger(), (places, seed) => {
        const amount = Math.abs(seed) % (MAX_PRICE * 10 ** places + 1);
        const price: number = JSON.parse(JSON.stringify(majorUnits(amount, places)));
        expect(minorUnits(price, places)).toEqual({ ok: true, minorUnits: amount });
      }),
      { numRuns: 2_000 },
    );
  });

  test('every decimal text with few enough decimals is converted exactly', () => {
    fc.assert(
      fc.property(
        decimals,
        fc.integer({ min: 0, max: MAX_PRICE - 1 }),
        fc.nat(9_999),
        (places, whole, part) => {
          const fraction = String(part).padStart(4, '0').slice(0, places);
          const price = Number(places === 0 ? `${whole}` : `${whole}.${fraction}`);
          expect(minorUnits(price, places)).toEqual({
            ok: true,
            minorUnits: Number(`${whole}${fraction}`),
          });
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test.each([
    [19.99, 2, 1999],
    [0.1, 2, 10],
    [1.005, 3, 1005],
    [0, 2, 0],
    [-0, 2, 0],
    [MAX_PRICE, 4, 10_000_000_000_000],
    [1e3, 0, 1_000],
  ])('%s with %s decimals is %s', (price, places, amount) => {
    expect(minorUnits(price, places)).toEqual({ ok: true, minorUnits: amount });
  });

  test.each([
    [19.999, 2, 'too-many-decimals'],
    [0.5, 0, 'too-many-decimals'],
    [1e-7, 4, 'too-many-decimals'],
    [0.1 + 0.2, 4, 'too-many-decimals'],
    [-0.01, 2, 'out-of-range'],
    [MAX_PRICE + 1, 2, 'out-of-range'],
    [Number.NaN, 2, 'out-of-range'],
    [Number.POSITIVE_INFINITY, 2, 'out-of-range'],
  ])('%s with %s decimals is refused: %s', (price, places, problem) => {
    expect(minorUnits(price, places)).toEqual({ ok: false, problem });
  });
});

describe('currencies', () => {
  test.each([
    ['USD', 2],
    ['EUR', 2],
    ['COP', 2],
    ['HUF', 2],
    ['PKR', 2],
    ['IQD', 3],
    ['KWD', 3],
    ['JPY', 0],
    ['CLP', 0],
    ['CLF', 4],
    ['MGA', 2],
  ])('%s has %s decimals', (currency, expected) => {
    expect(currencyDecimals(currency)).toBe(expected);
  });

  test('a code that ISO 4217 does not list, or lists without a minor unit, is not a currency', () => {
    for (const code of ['usd', 'XXX', 'XAU', 'ABC', '', 'toString'])
      expect(currencyDecimals(code)).toBeUndefined();
  });
});
