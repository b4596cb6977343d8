import { expect, test } from 'vitest';
import { decimalsOf, sumOf, timesQuantity } from '../src/money/amounts.ts';

test('amounts are multiplied and added without the errors of floats', () => {
  expect(timesQuantity(0.1, 3)).toBe(0.3);
  expect(timesQuantity(24.5, 1_000_000)).toBe(24_500_000);
  expect(
    sumOf([
      { price: 0.1, quantity: 1 },
      { price: 0.2, quantity: 1 },
      { price: 1.005, quantity: 2 },
    ]),
  ).toBe(2.31);
  expect(sumOf([])).toBe(0);
});

test('decimals are counted', () => {
  expect([5, 5.5, 5.25, 5.125, 1e9].map(decimalsOf)).toEqual([0, 1, 2, 3, 0]);
});
