import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  movementBody,
  openShop,
  purchaseBody,
  reservationBody,
  type Method,
  type Shop,
} from '../support/shop.ts';

let shop: Shop;

beforeAll(async () => {
  shop = await openShop();
  await shop.stock(1, 10);
});
afterAll(() => shop.close());

const LINES = [{ productId: '1', quantity: 1 }];

// PostgreSQL holds no NUL, and UTF-8 no half of a surrogate pair.
test.each<[Method, string, object | undefined, number]>([
  ['GET', '/api/v1/purchases/%00', undefined, 404],
  ['GET', '/api/v1/reservations/a%00', undefined, 404],
  ['GET', '/api/v1/stock-movements/%00', undefined, 404],
  ['GET', '/api/v1/inventories/%00', undefined, 404],
  ['GET', '/inventory/%00', undefined, 404],
  ['GET', '/api/v1/purchases?filter[reference]=%00', undefined, 400],
  ['GET', '/api/v1/stock-movements?filter[reason]=a%00', undefined, 400],
  ['GET', '/api/v1/purchases?page[cursor]=%00', undefined, 400],
  ['POST', '/api/v1/purchases', purchaseBody(LINES, { reference: 'a\0' }), 422],
  ['POST', '/api/v1/purchases', purchaseBody(LINES, { reference: '\ud800' }), 422],
  ['POST', '/api/v1/purchases', purchaseBody([{ productId: '1\0', quantity: 1 }]), 422],
  ['POST', '/api/v1/reservations', reservationBody(LINES, 60, { reference: '\0' }), 422],
  [
    'POST',
    '/api/v1/stock-movements',
    movementBody(1, { kind: 'receipt', quantity: 1, reason: '\0' }),
    422,
  ],
])(
  '%s %s with a text that no database may hold is refused: %j',
  async (method, url, body, status) => {
    expect((await shop.ask(method, url, { body })).status).toBe(status);
  },
);

test('a purchase beside them is made', async () => {
  const [refused, made] = await Promise.all([
    shop.ask('POST', '/api/v1/purchases', { body: purchaseBody(LINES, { reference: '\0' }) }),
    shop.buy(LINES, { key: randomUUID() }),
  ]);
  expect([refused.status, made.status]).toEqual([422, 201]);
});
