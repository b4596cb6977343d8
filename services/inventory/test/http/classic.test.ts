import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openShop, type Method, type Shop } from '../support/shop.ts';

/** System, method, address and body; and the status of the answer. */
type Client = [string, Method, () => string, () => unknown, number];

let shop: Shop;
let id = 0;

beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());
beforeEach(async () => {
  id += 1;
  await shop.mend();
  shop.products.put(id, { name: 'Laptop', priceMinor: 120_050 });
});

const set = (quantity: number) => shop.ask('PUT', `/inventory/${id}`, { body: { quantity } });

describe('stock is set, repeatedly', () => {
  const clients: Client[] = [
    [
      'system 1',
      'POST',
      () => '/inventory',
      () => ({ data: { id, type: 'inventories', attributes: { cantidad: 10 } } }),
      200,
    ],
    ['systems 2 and 4', 'PUT', () => `/inventory/${id}`, () => ({ quantity: 10 }), 200],
    [
      'system 3',
      'POST',
      () => '/api/v1/inventory',
      () => ({ data: { type: 'inventories', attributes: { product_id: id, quantity: 10 } } }),
      201,
    ],
    ['system 5', 'POST', () => `/inventory/${id}?quantity=10`, () => undefined, 200],
    [
      'plain Spanish',
      'POST',
      () => '/inventory',
      () => ({ product_id: String(id), cantidad: '10' }),
      200,
    ],
    ['the canonical prefix', 'PUT', () => `/api/v1/inventory/${id}`, () => ({ cantidad: 10 }), 201],
  ];
  test.each(clients)('by a client of %s', async (_, method, url, body, status) => {
    for (let time = 0; time < 2; time += 1) {
      const requestBody = body();
      const answer = await shop.ask(
        method,
        url(),
        requestBody === undefined ? {} : { body: requestBody },
      );
      expect(answer.status).toBe(status);
      const members = { product_id: id, quantity: 10, cantidad: 10 };
      const dataId = url().startsWith('/api') ? String(id) : id;
      expect(answer.json).toEqual({
        data: { type: 'inventories', id: dataId, attributes: members },
        ...members,
      });
    }
    const { json } = await shop.ask('GET', `/api/v1/stock-movements?filter[product]=${id}`);
    expect(
      json.data.map(({ attributes }: { attributes: { quantity: number } }) => attributes.quantity),
    ).toEqual([0, 10]);
  });

  test('a count sets the units on hand, and the answer has the available ones', async () => {
    await set(10);
    await shop.run(`UPDATE levels SET reserved = 4 WHERE product_id = ${id}`);
    expect((await set(9)).json.quantity).toBe(5);
    expect(await set(3)).toMatchObject({ status: 409, codes: ['count-below-reserved'] });
    await shop.run(`UPDATE levels SET reserved = 0 WHERE product_id = ${id}`);
  });

  test.each([
    ['a negative number', { quantity: -5 }],
    ['half a unit', { quantity: 1.5 }],
    ['a text', { quantity: 'many' }],
    ['nothing', {}],
    ['null', { quantity: null }],
    ['too many', { quantity: 1_000_000_001 }],
    ['a list', [1]],
  ])('%s is 422', async (_, body) => {
    expect(await shop.ask('PUT', `/inventory/${id}`, { body })).toMatchObject({
      status: 422,
      codes: ['invalid-attribute'],
    });
  });

  test('a product that does not exist is 404, broken JSON 400, a body without a product 422', async () => {
    expect(await shop.ask('PUT', '/inventory/99999', { body: { quantity: 1 } })).toMatchObject({
      status: 404,
      codes: ['product-not-found'],
    });
    expect((await shop.ask('PUT', '/inventory/x', { body: { quantity: 1 } })).status).toBe(404);
    expect(
      (await shop.ask('POST', '/inventory', { body: { product_id: 1.5, quantity: 1 } })).status,
    ).toBe(404);
    expect((await shop.ask('PUT', `/inventory/${id}`, { body: '{' })).status).toBe(400);
    expect((await shop.ask('POST', '/inventory', { body: { quantity: 1 } })).status).toBe(422);
    expect((await shop.ask('POST', `/inventory/${id}`)).status).toBe(422);
  });

  test('while Products is down a tracked product can be counted, an untracked one cannot', async () => {
    await set(10);
    shop.products.mood = 'down';
    expect((await set(3)).status).toBe(200);
    const untracked = await shop.ask('PUT', '/inventory/77777', { body: { quantity: 1 } });
    expect(untracked).toMatchObject({
      status: 503,
      codes: ['catalogue-unavailable'],
      headers: { 'retry-after': '1' },
    });
  });
});

describe('stock is read', () => {
  test('with the product’s name and price under every name', async () => {
    await set(10);
    for (const [url, dataId] of [
      [`/inventory/${id}`, id],
      [`/api/v1/inventory/${id}`, String(id)],
    ] as const) {
      const members = {
        product_id: id,
        quantity: 10,
        cantidad: 10,
        name: 'Laptop',
        nombre: 'Laptop',
        price: 1200.5,
        precio: 1200.5,
        currency: 'USD',
      };
      const answer = await shop.ask('GET', url, {
        as: 'anonymous',
        headers: { accept: 'text/html' },
      });
      expect(answer.status).toBe(200);
      expect(answer.json).toEqual({
        data: { type: 'inventories', id: dataId, attributes: members },
        ...members,
      });
    }
  });

  test('as 0 for an untracked product', async () => {
    expect((await shop.ask('GET', `/inventory/${id}`)).json).toMatchObject({
      quantity: 0,
      cantidad: 0,
      product_id: id,
    });
  });

  test('as 404 when there is no such product', async () => {
    for (const unknown of ['99999', 'x', '0', '-1']) {
      expect(await shop.ask('GET', `/inventory/${unknown}`)).toMatchObject({
        status: 404,
        codes: ['product-not-found'],
      });
    }
  });

  test('without its name while Products is down; an untracked product is 503 then', async () => {
    await shop.stockUnseen(id + 50_000, 4);
    shop.products.mood = 'down';
    const { status, json } = await shop.ask('GET', `/inventory/${id + 50_000}`);
    expect({ status, quantity: json.quantity, named: 'name' in json }).toEqual({
      status: 200,
      quantity: 4,
      named: false,
    });
    expect((await shop.ask('GET', '/inventory/77777')).status).toBe(503);
  });
});

describe('a product is bought', () => {
  const clients: Client[] = [
    [
      'system 1',
      'PATCH',
      () => `/inventory/${id}/purchase`,
      () => ({ data: { type: 'inventories', attributes: { cantidad: 3 } } }),
      200,
    ],
    [
      'systems 2 and 4',
      'POST',
      () => '/inventory/purchase',
      () => ({ product_id: id, quantity: 3 }),
      200,
    ],
    [
      'system 3',
      'POST',
      () => `/api/v1/inventory/${id}/purchase`,
      () => ({ data: { type: 'purchases', attributes: { quantity: 3 } } }),
      200,
    ],
  ];
  test.each(clients)('by a client of %s', async (_, method, url, body, status) => {
    await set(10);
    const answer = await shop.ask(method, url(), { body: body(), as: 'buyer' });
    expect(answer.status).toBe(status);
    const members = {
      product_id: id,
      quantity: 7,
      cantidad: 7,
      quantity_purchased: 3,
      remaining_stock: 7,
      purchase_id: expect.any(String),
      total: 3601.5,
      currency: 'USD',
    };
    const dataId = url().startsWith('/api') ? String(id) : id;
    expect(answer.json).toEqual({
      data: { type: 'inventories', id: dataId, attributes: members },
      ...members,
    });
  });

  test('but not more than is available, and no quantity of 0 or less', async () => {
    await set(2);
    const buy = (quantity: unknown) =>
      shop.ask('POST', '/inventory/purchase', { body: { product_id: id, quantity } });
    expect(await buy(3)).toMatchObject({ status: 409, codes: ['insufficient-stock'] });
    for (const quantity of [0, -5, 1.5, 1_000_001, 'x', null])
      expect((await buy(quantity)).status).toBe(422);
    expect((await shop.ask('GET', `/inventory/${id}`)).json.quantity).toBe(2);
  });

  test('but not one that does not exist or is not active', async () => {
    const buy = (productId: number) =>
      shop.ask('PATCH', `/inventory/${productId}/purchase`, { body: { quantity: 1 } });
    expect(await buy(99_999)).toMatchObject({ status: 404, codes: ['product-not-found'] });
    await shop.stockUnseen(id + 60_000, 4, { status: 'archived' });
    expect(await buy(id + 60_000)).toMatchObject({ status: 409, codes: ['product-not-active'] });
  });
});
