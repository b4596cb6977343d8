import { describe, expect, test } from 'vitest';
import { accessOf } from '../../src/domain/access.ts';
import { bearerOf } from '../../src/domain/claims.ts';

describe('a shopper', () => {
  const access = (method: string, url: string, storefront: 'open' | 'closed' = 'open') =>
    accessOf('shopper', { method, url }, storefront);

  test.each(['GET', 'HEAD', 'OPTIONS'])(
    'may send any request by %s; the service decides',
    (method) => {
      expect(access(method, '/api/v1/stock-movements', 'closed')).toBe('forward');
    },
  );

  test.each([
    ['POST', '/api/v1/purchases'],
    ['POST', '/api/v1/purchases?include=products'],
    ['POST', '/api/v1/reservations'],
    ['PATCH', '/api/v1/reservations/0199-ab'],
    ['DELETE', '/api/v1/reservations/0199-ab'],
  ])('may %s %s where the storefront is open', (method, url) => {
    expect(access(method, url)).toBe('buy');
    expect(access(method, url, 'closed')).toBe('refuse');
  });

  test.each([
    ['POST', '/api/v1/products'],
    ['POST', '/api/v1/stock-movements'],
    ['PATCH', '/api/v1/inventories/1'],
    ['POST', '/api/v1/inventory/1/purchase'],
    ['POST', '/api/v1/purchases/'],
    ['POST', '/api/v1/./purchases'],
    ['POST', '/api/v1/%70urchases'],
    ['PUT', '/api/v1/purchases'],
    ['PATCH', '/api/v1/reservations/1/../../products/1'],
    ['DELETE', '/api/v1/reservations/1/relationships/products'],
    ['PATCH', '/api/v1/reservations/%2e%2e'],
    ['POST', '/api/v1/product-operations'],
  ])('may not %s %s', (method, url) => {
    expect(access(method, url)).toBe('refuse');
  });
});

test('an operator may send any request', () => {
  const request = { method: 'DELETE', url: '/api/v1/products/1' };
  expect(accessOf('operator', request, 'closed')).toBe('forward');
});

test.each([
  [
    { sub: 'ana', role: 'operator' },
    { role: 'operator', subject: 'ana' },
  ],
  [
    { sub: 'ana', roles: ['x', 'shopper'] },
    { role: 'shopper', subject: 'ana' },
  ],
  [
    { sub: 'ana', role: 'shopper', roles: ['operator'] },
    { role: 'operator', subject: 'ana' },
  ],
  [
    { sub: 'añá b', role: 'shopper' },
    { role: 'shopper', subject: 'a%C3%B1%C3%A1%20b' },
  ],
  [{ sub: 'ana', role: 'admin' }, 'no-role'],
  [{ sub: 'ana', role: { operator: true } }, 'no-role'],
  [{ sub: '', role: 'operator' }, 'no-subject'],
  [{ sub: 7, role: 'operator' }, 'no-subject'],
  [{ sub: 'x'.repeat(181), role: 'operator' }, 'no-subject'],
  [{ sub: '\ud800', role: 'operator' }, 'no-subject'],
])('claims %j speak of %j', (claims, bearer) => {
  expect(bearerOf(claims)).toEqual(bearer);
});
