import { expect, test } from 'vitest';
import { productHint } from '../../src/domain/product-hint.ts';

const bodyOf = (...productIds: unknown[]): Uint8Array =>
  Buffer.from(
    JSON.stringify({ lines: productIds.map((productId) => ({ quantity: 1, productId })) }),
  );

test.each([
  ['the first product of a body', '/api/v1/purchases', bodyOf('7', '8'), '7'],
  ['a number without quotes', '/api/v1/purchases', bodyOf(7), '7'],
  ['spaces', '/api/v1/purchases', Buffer.from('{"productId" :\n "7"}'), '7'],
  ['the body before the path', '/api/v1/inventories/9', bodyOf('7'), '7'],
  ['the id in a path', '/api/v1/inventories/9', undefined, '9'],
  ['one with a query', '/api/v1/products/9?include=inventory', undefined, '9'],
  ['one with more behind it', '/api/v1/products/9/relationships/inventory', undefined, '9'],
  ['a list', '/api/v1/products?page[size]=9', undefined, null],
  ['an id that is no product’s', '/api/v1/reservations/0199aa', undefined, null],
  ['an id that is too long', '/api/v1/purchases', bodyOf('1'.repeat(17)), null],
  ['a text', '/api/v1/purchases', bodyOf('seven'), null],
  ['an empty body', '/api/v1/purchases', Buffer.alloc(0), null],
])('%s', (_, url, body, hint) => expect(productHint(url, body)).toBe(hint));

test('is looked for at the start of a long body only, and in a part of a larger buffer', () => {
  const late = Buffer.concat([Buffer.alloc(4_096, 32), bodyOf('7')]);
  expect(productHint('/api/v1/purchases', late)).toBeNull();
  expect(productHint('/api/v1/purchases', late.subarray(4_000))).toBe('7');
});
