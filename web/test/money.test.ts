import { expect, test } from 'vitest';
import { amountOf, decimalsOf, sumOf, timesQuantity } from '../src/money.ts';

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

test('amounts are read as people type them', () => {
  expect(['12.5', ' 12,50 ', '0', '1250', '3,1234'].map(amountOf)).toEqual([
    12.5, 12.5, 0, 1250, 3.1234,
  ]);
  const none = ['', '-1', '1.234,50', '1e3', '12,', '1.23456', '12345678901'];
  expect(none.map(amountOf)).toEqual(none.map(() => Number.NaN));
});
