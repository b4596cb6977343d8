import { describe, expect, test } from 'vitest';
import { changeProduct, comparablePrice, newProduct } from '../src/domain/product.ts';
import { searchText, searchWords } from '../src/domain/search-text.ts';

const at = '2026-01-01T00:00:00.000Z';
const later = '2026-01-02T00:00:00.000Z';

function product(input: object = {}) {
  const outcome = newProduct({ name: 'Mug', price: 12.5, ...input }, 'USD', at);
  if (!outcome.ok) throw new Error(outcome.error.type);
  return { ...outcome.value, id: 1 };
}

describe('a new product', () => {
  test('has defaults', () => {
    expect(product()).toEqual({
      id: 1,
      name: 'Mug',
      sku: null,
      description: null,
      status: 'active',
      imageUrl: null,
      tags: [],
      barcodes: [],
      packSize: null,
      leadTimeDays: null,
      supplier: null,
      currency: 'USD',
      priceMinor: 1250,
      version: 1,
      createdAt: at,
      updatedAt: at,
    });
  });

  test.each([
    [{ price: 1.5, currency: 'JPY' }, 'too-many-decimals'],
    [{ currency: 'ABC' }, 'unknown-currency'],
    [{ price: 1_000_000_000.01 }, 'price-out-of-range'],
  ])('%j is refused: %s', (input, type) => {
    expect(newProduct({ name: 'Mug', price: 1, ...input }, 'USD', at)).toMatchObject({
      ok: false,
      error: { type },
    });
  });
});

describe('a change', () => {
  test('raises the version and sets updatedAt', () => {
    expect(changeProduct(product(), { price: 13, tags: ['a'] }, later)).toMatchObject({
      ok: true,
      value: { priceMinor: 1300, tags: ['a'], version: 2, createdAt: at, updatedAt: later },
    });
  });

  test('to equal values is no change', () => {
    const before = product({ sku: 'A', tags: ['x', 'y'] });
    const outcome = changeProduct(
      before,
      { name: 'Mug', price: 12.5, currency: 'USD', sku: 'A', tags: ['x', 'y'] },
      later,
    );
    expect(outcome.ok && outcome.value).toBe(before);
  });

  test('of the currency needs the price, of the same currency does not', () => {
    expect(changeProduct(product(), { currency: 'JPY' }, later)).toMatchObject({
      ok: false,
      error: { type: 'currency-needs-price' },
    });
    expect(changeProduct(product(), { currency: 'USD', name: 'Cup' }, later)).toMatchObject({
      ok: true,
      value: { name: 'Cup' },
    });
    expect(changeProduct(product(), { currency: 'JPY', price: 1250 }, later)).toMatchObject({
      ok: true,
      value: { priceMinor: 1250, currency: 'JPY' },
    });
  });
});

test('prices of different currencies compare by their amounts', () => {
  expect(comparablePrice(product({ price: 100, currency: 'JPY' }))).toBe(
    comparablePrice(product({ price: 100, currency: 'KWD' })),
  );
});

describe('searching', () => {
  test('ignores case and accents, and includes tags', () => {
    const text = searchText(product({ name: 'Café Ñandú', sku: 'Ab-1', tags: ['Größe'] }));
    for (const word of searchWords('CAFE  nandu ab-1 große')) expect(text).toContain(word);
  });
});
