import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openShop, purchaseBody, type Answer, type Shop } from '../support/shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
  shop.products.put(15, { name: 'Enamel Mug', priceMinor: 1_250 });
  shop.products.put(16, { name: 'Secret Prototype', status: 'draft' });
  await shop.ask('POST', '/api/v1/inventories', { body: level('15', 1) });
  await shop.ask('POST', '/api/v1/inventories', { body: level('16', 5) });
});
afterAll(() => shop.close());

const level = (id: string, onHand: number) => ({
  data: { type: 'inventories', id, attributes: { onHand } },
});

function detailsOf({ json }: Answer): string[] {
  return json.errors.map(({ detail }: { detail: string }) => detail);
}

describe('a refusal says what to do:', () => {
  test('insufficient-stock names the product', async () => {
    const answer = await shop.buy([{ productId: '15', quantity: 2 }]);
    expect(answer.codes).toEqual(['insufficient-stock']);
    expect(detailsOf(answer)).toEqual([
      '2 of "Enamel Mug" (product 15) were asked for and 1 is available. Ask for fewer.',
    ]);
    const reservation = {
      data: {
        type: 'reservations',
        attributes: { lines: [{ productId: '15', quantity: 3 }], expiresInSeconds: 60 },
      },
    };
    const reservationAnswer = await shop.ask('POST', '/api/v1/reservations', { body: reservation });
    expect(detailsOf(reservationAnswer)[0]).toContain(
      '3 of "Enamel Mug" (product 15) were asked for',
    );
  });

  test('the singular is used for one unit', async () => {
    shop.products.put(17, { name: 'Vase' });
    const answer = await shop.buy([{ productId: '17', quantity: 1 }]);
    expect(detailsOf(answer)).toEqual([
      '1 of "Vase" (product 17) was asked for and 0 are available. Leave it out, or come back later.',
    ]);
  });

  test('price-changed names the product', async () => {
    const answer = await shop.buy([{ productId: '15', quantity: 1, expectedPrice: 1 }]);
    expect(detailsOf(answer)).toEqual([
      'The price of "Enamel Mug" (product 15) is now 12.5 USD. Buy it at that price, or leave the line out.',
    ]);
  });

  test("product-not-active does not show the product's name", async () => {
    for (const quantity of [1, 50]) {
      const answer = await shop.buy([{ productId: '16', quantity }], { as: 'buyer' });
      expect(answer.codes).toEqual(['product-not-active']);
      expect(answer.text).not.toContain('Secret');
    }
  });

  test.each(['released', 'cancelled', 'expired'])(
    'status "%s" is refused, and the error says to use DELETE',
    async (status) => {
      const body = { data: { type: 'reservations', id: 'x', attributes: { status } } };
      const answer = await shop.ask('PATCH', '/api/v1/reservations/x', { body });
      expect(detailsOf(answer)).toEqual([
        '"status" must be "confirmed"; to release it, DELETE the reservation.',
      ]);
    },
  );

  test('the error for a body without "data" has an example', async () => {
    const lines = [{ productId: '15', quantity: 1 }];
    for (const body of [{ lines }, {}, [], { data: [] }, { data: null }, undefined]) {
      const answer = await shop.ask('POST', '/api/v1/purchases', {
        body,
        headers: { 'content-type': 'application/vnd.api+json' },
      });
      expect(answer.status).toBe(400);
      const shape = /Send, for example, (\{.*\})\.$/.exec(detailsOf(answer)[0] ?? '')?.[1];
      expect(JSON.parse(shape ?? 'null')).toEqual({
        data: {
          type: 'purchases',
          attributes: { lines: [{ productId: '1', quantity: 1 }], reference: 'order-1001' },
        },
      });
    }
  });

  test('the error for an unknown attribute of a line suggests the right name', async () => {
    const answer = await shop.buy([{ productId: '15', qantity: 1 }]);
    expect(detailsOf(answer)).toContain(
      '"lines/0/qantity" is not known here. Did you mean "quantity"? /docs lists all that there are.',
    );
  });

  test.each([
    ['/api/v1/purchase', '/api/v1/purchases'],
    ['/api/v1/inventory', '/api/v1/inventories'],
    ['/purchases', '/api/v1/purchases'],
    ['/api/v1/stock-movement/5', '/api/v1/stock-movements/5'],
    ['/inventory/5/purchases', '/inventory/5/purchase'],
  ])('%s leads to %s', async (path, meant) => {
    const answer = await shop.ask('GET', path);
    expect(answer.codes).toEqual([
      path === '/api/v1/inventory' ? 'method-not-allowed' : 'not-found',
    ]);
    if (answer.status === 404) expect(detailsOf(answer)[0]).toContain(`"${meant}"`);
  });

  test.each([
    ['filter[produkt]=1', '"filter[product]"'],
    ['filter[kid]=sale', '"filter[kind]"'],
    ['sort=positon', '"position"'],
    ['include=products', '"product"'],
    ['fields[stock-movements]=qantity', '"quantity"'],
    ['fields[stock-movement]=quantity', '"stock-movements"'],
    ['page[sice]=5', '"page[size]"'],
    ['limit=5', null],
  ])('of ?%s the nearest is told', async (query, meant) => {
    const answer = await shop.ask('GET', `/api/v1/stock-movements?${query}`);
    expect(answer.codes).toEqual(['invalid-parameter']);
    const [detail = ''] = detailsOf(answer);
    expect(detail.length).toBeLessThan(220);
    expect(detail).toContain('/docs');
    expect(detail).toContain(meant === null ? 'is no parameter' : `Did you mean ${meant}`);
  });

  test('the key of Products is recognised as such, and no other text is', async () => {
    const read = (key: string) =>
      shop.ask('GET', '/api/v1/purchases', { as: 'anonymous', headers: { 'x-api-key': key } });
    const wrong = await read(shop.products.key);
    expect(wrong.codes).toEqual(['key-unknown']);
    expect(detailsOf(wrong)).toEqual([
      'The key in x-api-key is that of Products (PRODUCTS_API_KEY). Send INVENTORY_API_KEY or another key of this service, or none where none is needed.',
    ]);
    for (const key of [shop.products.key.slice(1), `${shop.products.key}x`, 'PRODUCTS_API_KEY'])
      expect(detailsOf(await read(key))[0]).toContain('is not known here; each service has keys');
  });
});

test('a body with names of Object.prototype is refused without a server error', async () => {
  const data = { type: 'inventories', id: '15', attributes: { lowStockThreshold: 1 } };
  for (const name of ['constructor', 'toString', 'hasOwnProperty']) {
    const body = { data: { ...data, relationships: { [name]: { data: null } } } };
    const answer = await shop.ask('PATCH', '/api/v1/inventories/15', { body });
    expect([name, answer.status]).toEqual([name, 200]);
    const attributes = { ...data.attributes, [name]: 1 };
    const unknown = await shop.ask('PATCH', '/api/v1/inventories/15', {
      body: { data: { ...data, attributes } },
    });
    expect([name, unknown.status]).toEqual([name, 422]);
  }
});

test('each of twenty and more failing lines has an error', async () => {
  const lines = Array.from({ length: 30 }, (_, index) => {
    shop.products.put(100 + index);
    return { productId: String(100 + index), quantity: 1 };
  });
  const answer = await shop.ask('POST', '/api/v1/purchases', { body: purchaseBody(lines) });
  expect(answer.codes).toEqual(lines.map(() => 'insufficient-stock'));
});
