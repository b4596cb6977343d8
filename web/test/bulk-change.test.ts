import { expect, test } from 'vitest';
import type { Product } from '../src/api/index.ts';
import { bulkChanges, changedPrice } from '../src/office/bulk-change.ts';

const lamp: Product = {
  id: '1',
  sku: 'LAMP',
  name: 'Lamp',
  description: null,
  price: 19.99,
  currency: 'USD',
  status: 'active',
  imageUrl: null,
  tags: ['home'],
  barcodes: [],
  packSize: null,
  leadTimeDays: null,
  supplier: null,
  createdAt: '2026-11-29T10:00:00Z',
  updatedAt: '2026-11-29T10:00:00Z',
};

test.each([
  [19.99, 10, 'USD', 21.99],
  [19.99, -10, 'USD', 17.99],
  [0.5, 1, 'USD', 0.51],
  [1_250, 2.5, 'JPY', 1_281],
  [1.005, 100, 'KWD', 2.01],
])('%d and %d per cent in %s are %d', (price, percent, currency, after) => {
  expect(changedPrice(price, percent, currency)).toBe(after);
});

test('what would stay as it is, is no change', () => {
  const none = new Map();
  expect(bulkChanges([lamp], { kind: 'status', status: 'active' }, none)).toEqual([]);
  expect(bulkChanges([lamp], { kind: 'add-tag', tag: 'home' }, none)).toEqual([]);
  expect(bulkChanges([lamp], { kind: 'remove-tag', tag: 'sale' }, none)).toEqual([]);
  expect(bulkChanges([lamp], { kind: 'price', percent: 0 }, none)).toEqual([]);
  expect(bulkChanges([lamp], { kind: 'threshold', units: 5 }, none)).toEqual([]);
  expect(bulkChanges([lamp], { kind: 'add-tag', tag: 'sale' }, none)).toMatchObject([
    { input: { tags: ['home', 'sale'] } },
  ]);
});
