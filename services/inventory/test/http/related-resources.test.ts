import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  movementBody,
  openShop,
  purchaseBody,
  type RequestOptions,
  type Shop,
} from '../support/shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());
beforeEach(() => shop.mend());

let last = 0;
async function stocked(onHand: number): Promise<string> {
  last += 1;
  await shop.stock(last, onHand);
  return String(last);
}

const onHandOf = async (id: string): Promise<number> =>
  (await shop.ask('GET', `/api/v1/inventories/${id}`)).json.data.attributes.onHand;
const idsOf = (resources: { id: string }[]): string[] => resources.map(({ id }) => id);

describe('a change with include', () => {
  test('is refused before it is made if the caller may not see the included resources', async () => {
    const id = await stocked(9);
    const body = purchaseBody([{ productId: id, quantity: 1 }]);
    const bought = await shop.ask('POST', '/api/v1/purchases?include=movements', {
      body,
      as: 'buyer',
    });
    expect(bought).toMatchObject({ status: 403, codes: ['scope-missing'] });
    const count = { data: { type: 'inventories', id, attributes: { onHand: 5 } } };
    const counted = await shop.ask('PATCH', `/api/v1/inventories/${id}?include=movements`, {
      body: count,
      as: 'clerk',
    });
    expect(counted).toMatchObject({ status: 403, codes: ['scope-missing'] });
    expect(await onHandOf(id)).toBe(9);
  });

  test("is answered as done if Products then doesn't answer", async () => {
    const id = await stocked(9);
    const body = purchaseBody([{ productId: id, quantity: 1 }]);
    const options: RequestOptions = { body, key: randomUUID() };
    expect((await shop.ask('POST', '/api/v1/purchases', options)).status).toBe(201);
    shop.products.mood = 'down';
    const again = await shop.ask('POST', '/api/v1/purchases?include=products', options);
    expect(again).toMatchObject({ status: 201, headers: { 'idempotency-replayed': 'true' } });
    expect(again.json).not.toHaveProperty('included');
    expect(await onHandOf(id)).toBe(8);
  });
});

describe('a whole resource sent back with a key', () => {
  test('is replayed, whatever changed since', async () => {
    const id = await stocked(9);
    const { json } = await shop.ask('GET', `/api/v1/inventories/${id}`);
    const data = { ...json.data, attributes: { ...json.data.attributes, onHand: 12 } };
    const options: RequestOptions = { body: { data }, key: randomUUID() };
    const first = await shop.ask('PATCH', `/api/v1/inventories/${id}`, options);
    expect(first.status).toBe(200);
    const again = await shop.ask('PATCH', `/api/v1/inventories/${id}`, options);
    expect(again).toMatchObject({
      status: 200,
      text: first.text,
      headers: { 'idempotency-replayed': 'true' },
    });
    const other = await shop.ask('PATCH', `/api/v1/inventories/${id}`, { body: { data } });
    expect(other).toMatchObject({ status: 403, codes: ['read-only-attribute'] });
  });

  test('may have the linkage that an include has shown, and no other', async () => {
    const id = await stocked(9);
    const lines = [{ productId: id, quantity: 1 }];
    const body = { data: { type: 'reservations', attributes: { lines, expiresInSeconds: 60 } } };
    const reservationAnswer = await shop.ask('POST', '/api/v1/reservations?include=products', {
      body,
    });
    const { id: reservation, relationships } = reservationAnswer.json.data;
    const extend = (more: object) =>
      shop.ask('PATCH', `/api/v1/reservations/${reservation}`, {
        body: {
          data: {
            type: 'reservations',
            id: reservation,
            attributes: { expiresInSeconds: 90 },
            relationships: { ...relationships, ...more },
          },
        },
      });
    expect((await extend({})).status).toBe(200);
    expect(await extend({ products: { data: [] } })).toMatchObject({
      status: 403,
      codes: ['relationship-read-only'],
    });
  });
});

describe('the address of a relationship', () => {
  test('pages, filters and sorts its linkage, and includes the related resources', async () => {
    const id = await stocked(9);
    for (const quantity of [1, 2, 3]) {
      const body = movementBody(id, { kind: 'receipt', quantity });
      expect((await shop.ask('POST', '/api/v1/stock-movements', { body })).status).toBe(201);
    }
    await shop.buy([{ productId: id, quantity: 1 }]);
    const url = `/api/v1/inventories/${id}/relationships/movements`;
    const page = (await shop.ask('GET', `${url}?include=movements&page[size]=2`)).json;
    expect(page.data).toHaveLength(2);
    expect(idsOf(page.included)).toEqual(idsOf(page.data));
    expect(page.links.next).toContain('include=movements');
    expect(page.meta.total).toBe(5);
    const sold = (await shop.ask('GET', `${url}?include=movements.purchase&filter[kind]=sale`))
      .json;
    expect(sold.data).toHaveLength(1);
    expect(sold.included.map(({ type }: { type: string }) => type)).toEqual([
      'stock-movements',
      'purchases',
    ]);
    expect((await shop.ask('GET', `${url}?include=&page[size]=1`)).json).toMatchObject({
      data: [{ type: 'stock-movements' }],
      included: [],
    });
  });

  test('includes its own resource if a path leads back to it', async () => {
    const id = await stocked(9);
    const purchase = (await shop.buy([{ productId: id, quantity: 1 }])).json.data.id;
    const url = `/api/v1/purchases/${purchase}/relationships/movements?include=movements.purchase`;
    const { included } = (await shop.ask('GET', url)).json;
    expect(idsOf(included)).toContain(purchase);
  });

  test('of a missing resource is 404 with every method', async () => {
    for (const method of ['GET', 'PATCH', 'POST', 'DELETE'] as const) {
      const body = method === 'GET' ? {} : { body: { data: null } };
      const url = '/api/v1/inventories/999999/relationships/product';
      expect((await shop.ask(method, url, body)).status).toBe(404);
    }
  });
});
