import { expect, test } from 'vitest';
import { majorUnits } from '../../src/domain/money.ts';

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
])('%i minor units with %i decimals are %d', (minorUnits, decimals, expected) => {
  expect(majorUnits(minorUnits, decimals)).toBe(expected);
});

test('minor units become the number of their decimal text', () => {
  for (let cents = 0; cents <= 20_000; cents += 1) {
    const text = `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
    expect(majorUnits(cents, 2)).toBe(Number(text));
  }
});
