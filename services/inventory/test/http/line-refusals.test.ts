import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LineRefusal } from '../../src/application/request-outcome.ts';
import { openShop, purchaseBody, reservationBody, type Shop } from '../support/shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
  await shop.stock(1, 2_000_000);
  shop.products.put(1, { priceMinor: 1_000_000_000_000 });
  await shop.stockUnseen(2, 9, { status: 'draft' });
  await shop.stockUnseen(3, 9, { currency: 'EUR' });
});
afterAll(() => shop.close());

const MUG = { productId: '1', quantity: 1 };

/** Lines for each reason to refuse them. */
const LINES: Readonly<Record<LineRefusal['type'] | 'insufficient-stock', readonly object[]>> = {
  'product-not-found': [{ ...MUG, productId: '987654' }],
  'product-not-active': [{ ...MUG, productId: '2' }],
  'price-changed': [{ ...MUG, expectedPrice: 1 }],
  'mixed-currencies': [MUG, { ...MUG, productId: '3' }],
  'total-too-large': [{ ...MUG, quantity: 1_000_000 }],
  'insufficient-stock': [{ ...MUG, productId: '3', quantity: 10 }],
};

describe.each([
  ['/api/v1/purchases', purchaseBody],
  ['/api/v1/reservations', (lines: readonly object[]) => reservationBody(lines, 60)],
] as const)('POST %s', (url, bodyOf) => {
  test.each(Object.entries(LINES))('refuses lines by %s', async (code, lines) => {
    expect((await shop.ask('POST', url, { body: bodyOf(lines) })).codes).toEqual([code]);
  });
});
