import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  openShop,
  reservationBody,
  returnBody,
  type RequestOptions,
  type Shop,
} from '../support/shop.ts';

const START = Date.parse('2026-03-01T12:00:00.000Z');
const URL_OF_ALL = '/api/v1/reservations';

let shop: Shop;
let now = START;
let lastProduct = 0;

// The sweeper is off: reservations expire without it.
beforeAll(async () => {
  const many = { HOLD_MAX_UNITS: '10000', HOLD_MAX_LINES: '1000', HOLD_MAX_ACTIVE: '1000' };
  shop = await openShop(many, { sweeps: false, clock: () => new Date(now) });
});
afterAll(() => shop.close());
beforeEach(() => {
  shop.products.mood = 'well';
});

const wait = (seconds: number): void => void (now += seconds * 1_000);
const time = (seconds = 0): string => new Date(now + seconds * 1_000).toISOString();

async function stocked(onHand: number): Promise<string> {
  lastProduct += 1;
  await shop.stock(lastProduct, onHand);
  return String(lastProduct);
}

const reserve = (lines: readonly object[], seconds = 60, options: RequestOptions = {}) =>
  shop.ask('POST', URL_OF_ALL, { body: reservationBody(lines, seconds), as: 'buyer', ...options });

async function createReservation(
  productId: string,
  quantity: number,
  seconds = 60,
): Promise<string> {
  const answer = await reserve([{ productId, quantity }], seconds);
  expect(answer.status).toBe(201);
  return answer.json.data.id;
}

function change(id: string, attributes: object, options: RequestOptions = {}) {
  const body = { data: { type: 'reservations', id, attributes } };
  return shop.ask('PATCH', `${URL_OF_ALL}/${id}`, { body, as: 'buyer', ...options });
}

const confirm = (id: string, options: RequestOptions = {}) =>
  change(id, { status: 'confirmed' }, options);
const release = (id: string, options: RequestOptions = {}) =>
  shop.ask('DELETE', `${URL_OF_ALL}/${id}`, { as: 'buyer', ...options });
const read = (id: string, options: RequestOptions = {}) =>
  shop.ask('GET', `${URL_OF_ALL}/${id}`, { as: 'buyer', ...options });
const statusOf = async (id: string): Promise<string> =>
  (await read(id)).json.data.attributes.status;
const levelOf = async (id: string): Promise<object> =>
  (await shop.ask('GET', `/api/v1/inventories/${id}`)).json.data.attributes;
const sourcesOf = (json: { errors: { source?: { pointer?: string } }[] }) =>
  json.errors.map(({ source }) => source?.pointer);

describe('a reservation', () => {
  test('holds all lines at today’s prices, and can be read again', async () => {
    const [one, two] = [await stocked(5), await stocked(9)];
    const body = reservationBody(
      [
        { productId: one, quantity: 2 },
        { productId: two, quantity: 3, expectedPrice: 19.99 },
        { productId: one, quantity: 1 },
      ],
      600,
      { reference: 'basket-7' },
    );
    const answer = await shop.ask('POST', URL_OF_ALL, { body, as: 'buyer' });
    expect(answer.status).toBe(201);
    const { data } = answer.json;
    const line = (productId: string, quantity: number) => {
      const product = { productId, name: `Product ${productId}`, sku: null };
      return { ...product, quantity, unitPrice: 19.99, pricedAt: expect.any(String) };
    };
    expect(data).toMatchObject({
      type: 'reservations',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(data.attributes).toEqual({
      status: 'active',
      reference: 'basket-7',
      lines: [line(one, 2), line(two, 3), line(one, 1)],
      total: 119.94,
      currency: 'USD',
      expiresAt: time(600),
      createdAt: time(),
    });
    expect(data.relationships).toMatchObject({ purchase: { data: null } });
    expect(answer.headers.location).toBe(`http://inventory.test${URL_OF_ALL}/${data.id}`);
    expect(await read(data.id)).toMatchObject({ status: 200, json: answer.json });
    expect(await levelOf(one)).toMatchObject({ onHand: 5, reserved: 3, available: 2 });
    expect(await shop.buy([{ productId: one, quantity: 3 }])).toMatchObject({
      status: 409,
      codes: ['insufficient-stock'],
    });
  });

  test('needs an Idempotency-Key, and is made once with the same one', async () => {
    const id = await stocked(5);
    const lines = [{ productId: id, quantity: 2 }];
    expect(await reserve(lines, 60, { key: null })).toMatchObject({
      status: 400,
      codes: ['idempotency-key-required'],
    });
    const key = randomUUID();
    const first = await reserve(lines, 60, { key });
    wait(120);
    shop.products.mood = 'down';
    const again = await reserve(lines, 60, { key });
    expect(again).toMatchObject({ status: 201, headers: { 'idempotency-replayed': 'true' } });
    expect(again.text).toBe(first.text);
    for (const other of [
      [lines, 61],
      [[{ productId: id, quantity: 1 }], 60],
    ] as const) {
      expect(await reserve(other[0], other[1], { key })).toMatchObject({
        status: 422,
        codes: ['idempotency-key-reused'],
      });
    }
  });

  test('is refused whole, one error a failing line', async () => {
    const [one, two] = [await stocked(1), await stocked(5)];
    const answer = await reserve([
      { productId: one, quantity: 2 },
      { productId: two, quantity: 1 },
      { productId: '987654', quantity: 1 },
    ]);
    expect(answer).toMatchObject({ status: 404, codes: ['product-not-found'] });
    expect(sourcesOf(answer.json)).toEqual(['/data/attributes/lines/2']);
    const short = await reserve([
      { productId: one, quantity: 1 },
      { productId: two, quantity: 1 },
      { productId: one, quantity: 1 },
    ]);
    expect(short).toMatchObject({
      status: 409,
      codes: ['insufficient-stock', 'insufficient-stock'],
    });
    expect(sourcesOf(short.json)).toEqual(['/data/attributes/lines/0', '/data/attributes/lines/2']);
    expect(short.json.errors[0].meta).toEqual({ productId: one, requested: 2, available: 1 });
    expect(await levelOf(two)).toMatchObject({ reserved: 0 });
    expect(await reserve([{ productId: two, quantity: 1, expectedPrice: 1 }])).toMatchObject({
      status: 409,
      codes: ['price-changed'],
    });
    const line = { productId: two, quantity: 1, expectedPrice: 19.99 };
    const inYen = await reserve([{ ...line, expectedCurrency: 'JPY' }]);
    expect(inYen).toMatchObject({ status: 409, codes: ['price-changed'] });
    expect(inYen.json.errors[0].meta).toEqual({ productId: two, price: 19.99, currency: 'USD' });
    expect(await levelOf(two)).toMatchObject({ reserved: 0 });
    expect((await reserve([{ ...line, expectedCurrency: 'USD' }])).status).toBe(201);
  });

  test.each([
    [0, '/data/attributes/expiresInSeconds'],
    [3_601, '/data/attributes/expiresInSeconds'],
    [1.5, '/data/attributes/expiresInSeconds'],
    ['60', '/data/attributes/expiresInSeconds'],
    [null, '/data/attributes/expiresInSeconds'],
    [undefined, '/data/attributes'],
  ])('422 for expiresInSeconds %s', async (expiresInSeconds, pointer) => {
    const lines = [{ productId: '1', quantity: 1 }];
    const body = { data: { type: 'reservations', attributes: { lines, expiresInSeconds } } };
    const answer = await shop.ask('POST', URL_OF_ALL, { body });
    expect(answer).toMatchObject({ status: 422, codes: ['invalid-attribute'] });
    expect(sourcesOf(answer.json)).toEqual([pointer]);
  });

  test('403 for an id from the client, 409 for another type', async () => {
    const attributes = { lines: [{ productId: '1', quantity: 1 }], expiresInSeconds: 60 };
    const own = { data: { type: 'reservations', id: 'mine', attributes } };
    expect(await shop.ask('POST', URL_OF_ALL, { body: own })).toMatchObject({ status: 403 });
    const other = { data: { type: 'purchases', attributes } };
    expect(await shop.ask('POST', URL_OF_ALL, { body: other })).toMatchObject({
      status: 409,
      codes: ['type-conflict'],
    });
  });
});

describe('confirming', () => {
  test('makes a purchase of the same lines at the old prices, even while Products is down', async () => {
    const product = await stocked(5);
    const id = await createReservation(product, 2);
    shop.products.put(Number(product), { priceMinor: 99_999 });
    shop.products.mood = 'down';
    const answer = await confirm(id);
    expect(answer).toMatchObject({
      status: 200,
      json: { data: { id, attributes: { status: 'confirmed' } } },
    });
    const purchaseId = answer.json.data.relationships.purchase.data.id;
    const purchase = await shop.ask('GET', `/api/v1/purchases/${purchaseId}`, { as: 'buyer' });
    expect(purchase.json.data.attributes).toMatchObject({
      total: 39.98,
      lines: [{ productId: product, quantity: 2, unitPrice: 19.99, available: 3 }],
    });
    expect(await levelOf(product)).toMatchObject({ onHand: 3, reserved: 0, available: 3 });
    const { json } = await shop.ask('GET', '/api/v1/stock-movements?page[size]=1');
    expect(json.data[0]).toMatchObject({
      attributes: { kind: 'sale', onHandDelta: -2, reservedDelta: -2 },
      relationships: { purchase: { data: { id: purchaseId } } },
    });
    const again = await confirm(id);
    expect(again).toMatchObject({ status: 200, json: answer.json });
    expect((await shop.ask('GET', '/api/v1/stock-movements?page[size]=1')).json.data).toEqual(
      json.data,
    );
  });

  test('with a key is replayed; the key of another change is refused', async () => {
    const id = await createReservation(await stocked(5), 2);
    const key = randomUUID();
    const first = await confirm(id, { key });
    const again = await confirm(id, { key });
    expect(first.headers).not.toHaveProperty('idempotency-replayed');
    expect(again).toMatchObject({
      status: 200,
      text: first.text,
      headers: { 'idempotency-replayed': 'true' },
    });
    expect(await change(id, { expiresInSeconds: 60 }, { key })).toMatchObject({
      status: 422,
      codes: ['idempotency-key-reused'],
    });
  });

  test('a released reservation is 409 reservation-closed', async () => {
    const id = await createReservation(await stocked(5), 2);
    expect(await release(id)).toMatchObject({ status: 204, text: '' });
    const answer = await confirm(id);
    expect(answer).toMatchObject({ status: 409, codes: ['reservation-closed'] });
    expect(answer.json.errors[0].meta).toEqual({ status: 'released' });
  });

  test.each([
    [{ status: 'released' }, '/data/attributes/status'],
    [{ status: null }, '/data/attributes/status'],
    [{ expiresInSeconds: 0 }, '/data/attributes/expiresInSeconds'],
    [{}, '/data'],
    [{ status: 'confirmed', expiresInSeconds: 60 }, '/data'],
    [{ colour: 'x' }, '/data/attributes/colour'],
  ])('422 for a change to %j', async (attributes, pointer) => {
    const id = await createReservation(await stocked(5), 2);
    const answer = await change(id, attributes);
    expect(answer).toMatchObject({ status: 422, codes: ['invalid-attribute'] });
    expect(sourcesOf(answer.json)).toEqual([pointer]);
    expect(await statusOf(id)).toBe('active');
  });

  test('409 when the body has another id', async () => {
    const id = await createReservation(await stocked(5), 2);
    const attributes = { status: 'confirmed' };
    const body = { data: { type: 'reservations', id: 'other', attributes } };
    expect(await shop.ask('PATCH', `${URL_OF_ALL}/${id}`, { body })).toMatchObject({
      status: 409,
      codes: ['id-conflict'],
    });
  });
});

describe('releasing', () => {
  test('makes the units available, and has no further effect the second time', async () => {
    const product = await stocked(5);
    const id = await createReservation(product, 2);
    expect((await release(id)).status).toBe(204);
    expect(await levelOf(product)).toMatchObject({ onHand: 5, reserved: 0 });
    expect((await release(id)).status).toBe(204);
    expect(await statusOf(id)).toBe('released');
  });

  test('works with a JSON:API content type and no body, and remembers its key', async () => {
    const id = await createReservation(await stocked(5), 2);
    const headers = { 'content-type': 'application/vnd.api+json' };
    const key = randomUUID();
    expect(await release(id, { headers, key })).toMatchObject({ status: 204 });
    expect(await release(id, { headers, key })).toMatchObject({
      status: 204,
      headers: { 'idempotency-replayed': 'true' },
    });
  });

  test('a confirmed reservation is 409 reservation-closed', async () => {
    const id = await createReservation(await stocked(5), 2);
    await confirm(id);
    expect(await release(id)).toMatchObject({ status: 409, codes: ['reservation-closed'] });
  });
});

describe('expiry without the sweeper', () => {
  test('binds in every read at its instant', async () => {
    const product = await stocked(5);
    const id = await createReservation(product, 2, 60);
    const reads = async () => {
      const one = await shop.ask('GET', `/api/v1/inventories/${product}`);
      const list = await shop.ask('GET', `/api/v1/inventories?filter[id]=${product}`);
      const [root, classic] = [
        await shop.ask('GET', `/inventory/${product}`),
        await shop.ask('GET', `/api/v1/inventory/${product}`),
      ];
      const mine = await shop.ask('GET', URL_OF_ALL, { as: 'buyer' });
      expect(list.json.data).toEqual([one.json.data]);
      return {
        etag: one.headers.etag,
        updatedAt: one.json.data.attributes.updatedAt,
        available: one.json.data.attributes.available,
        classic: [root.json.quantity, classic.json.quantity],
        status: await statusOf(id),
        listed: mine.json.data.find((reservation: { id: string }) => reservation.id === id)
          .attributes.status,
      };
    };
    wait(59.999);
    const before = await reads();
    expect(before).toMatchObject({
      available: 3,
      classic: [3, 3],
      status: 'active',
      listed: 'active',
    });
    wait(0.001);
    const after = await reads();
    expect(after).toMatchObject({
      available: 5,
      classic: [5, 5],
      status: 'expired',
      listed: 'expired',
      updatedAt: time(),
    });
    expect(after.etag).not.toBe(before.etag);

    // A refused write recorded the expiry; reads look the same as before.
    wait(30);
    expect((await shop.buy([{ productId: product, quantity: 6 }])).status).toBe(409);
    const { json } = await shop.ask('GET', '/api/v1/stock-movements?page[size]=1');
    expect(json.data[0].attributes).toMatchObject({
      kind: 'release',
      reservedDelta: -2,
      reason: 'expired',
      actor: 'anaquel',
      createdAt: time(-30),
    });
    expect(await reads()).toEqual(after);
  });

  test('the ETag of a read is valid in the next write', async () => {
    const product = await stocked(5);
    await createReservation(product, 2, 60);
    const url = `/api/v1/inventories/${product}`;
    const early = (await shop.ask('GET', url)).headers.etag ?? '';
    wait(60);
    const late = (await shop.ask('GET', url)).headers.etag ?? '';
    const body = { data: { type: 'inventories', id: product, attributes: { onHand: 1 } } };
    const count = (etag: string) => shop.ask('PATCH', url, { body, headers: { 'if-match': etag } });
    expect(await count(early)).toMatchObject({ status: 412, codes: ['precondition-failed'] });
    expect(await count(late)).toMatchObject({ status: 200 });
  });

  test('binds inside the next write: the units can be bought, reserved and counted away', async () => {
    const product = await stocked(5);
    await createReservation(product, 5, 60);
    const lines = [{ productId: product, quantity: 1 }];
    wait(59);
    expect((await shop.buy(lines)).status).toBe(409);
    expect((await reserve(lines)).status).toBe(409);
    wait(1);
    expect((await shop.buy(lines)).status).toBe(201);
    expect((await reserve(lines)).status).toBe(201);
    const count = (onHand: number) => {
      const body = { data: { type: 'inventories', id: product, attributes: { onHand } } };
      return shop.ask('PATCH', `/api/v1/inventories/${product}`, { body });
    };
    expect(await count(0)).toMatchObject({ status: 409, codes: ['count-below-reserved'] });
    wait(60);
    expect((await count(0)).status).toBe(200);
  });

  test('an expired reservation can be neither confirmed nor extended; releasing it changes nothing', async () => {
    const id = await createReservation(await stocked(5), 2, 60);
    wait(60);
    expect(await confirm(id)).toMatchObject({ status: 409, codes: ['reservation-expired'] });
    expect(await change(id, { expiresInSeconds: 60 })).toMatchObject({
      status: 409,
      codes: ['reservation-expired'],
    });
    expect((await release(id)).status).toBe(204);
    expect(await statusOf(id)).toBe('expired');
  });

  test('is postponed by an extension, counted from now', async () => {
    const id = await createReservation(await stocked(5), 2, 60);
    wait(59);
    const answer = await change(id, { expiresInSeconds: 10 });
    expect(answer.json.data.attributes).toMatchObject({ status: 'active', expiresAt: time(10) });
    wait(9.999);
    expect(await statusOf(id)).toBe('active');
    wait(0.001);
    expect(await statusOf(id)).toBe('expired');
  });

  test('ends low stock', async () => {
    const product = await stocked(5);
    const attributes = { lowStockThreshold: 3 };
    const body = { data: { type: 'inventories', id: product, attributes } };
    await shop.ask('PATCH', `/api/v1/inventories/${product}`, { body });
    await createReservation(product, 2, 60);
    const low = async () => {
      const url = `/api/v1/inventories?filter[lowStock]=true&filter[id]=${product}`;
      return (await shop.ask('GET', url)).json.meta.total;
    };
    expect(await low()).toBe(1);
    wait(60);
    expect(await low()).toBe(0);
  });
});

describe('events', () => {
  test('report reservations, releases and sales, and low stock once', async () => {
    const product = await stocked(5);
    const attributes = { lowStockThreshold: 3 };
    const body = { data: { type: 'inventories', id: product, attributes } };
    await shop.ask('PATCH', `/api/v1/inventories/${product}`, { body });
    const { json: feed } = await shop.ask('GET', '/api/v1/stock-events?page[size]=100');
    const head = feed.meta?.page?.head ?? feed.data.at(-1)?.attributes.position ?? 0;
    const [first, second] = [
      await createReservation(product, 2),
      await createReservation(product, 1),
    ];
    await release(second);
    await confirm(first);
    const { json } = await shop.ask('GET', `/api/v1/stock-events?page[after]=${head}`);
    const events = json.data
      .map(
        (one: {
          attributes: { event: { type: string; subject: string; order: string; data: object } };
        }) => one.attributes.event,
      )
      .filter(
        ({ subject, type }: { subject: string; type: string }) =>
          subject === product || type === 'purchase.completed',
      );
    expect(events.map(({ type }: { type: string }) => type)).toEqual([
      'stock.reserved',
      'stock.low',
      'stock.reserved',
      'stock.released',
      'stock.sold',
      'purchase.completed',
    ]);
    const places = [1, 2, 1, 1, 1, 9];
    expect(events.map(({ order }: { order: string }) => order)).toEqual(
      places.map((place, index) => `${events[index].data.position}.${place}`),
    );
    expect(events[0].data).toMatchObject({ reservationId: first, reservedDelta: 2, available: 3 });
    expect(events[1].data).toMatchObject({ productId: product, available: 3 });
    expect(events[4].data).toMatchObject({ reservationId: first, available: 3 });
  });
});

describe('reservations are read', () => {
  test('latest first or in order, in pages', async () => {
    const product = await stocked(9);
    const reservationIds: string[] = [];
    const lines = [{ productId: product, quantity: 1 }];
    for (let n = 0; n < 3; n += 1)
      reservationIds.push((await reserve(lines, 60, { as: 'other-buyer' })).json.data.id);
    const list = async (query: string) => {
      const { json } = await shop.ask('GET', `${URL_OF_ALL}${query}`, { as: 'other-buyer' });
      expect(json.meta).toMatchObject({ total: 3, page: { total: 3 } });
      return json.data.map((one: { id: string }) => reservationIds.indexOf(one.id));
    };
    expect(await list('')).toEqual([2, 1, 0]);
    expect(await list('?sort=createdAt')).toEqual([0, 1, 2]);
    expect(await list('?page[size]=2&page[number]=2')).toEqual([0]);
    expect((await shop.ask('GET', `${URL_OF_ALL}?sort=total`)).status).toBe(400);
    expect(await list('?filter[status]=active&sort=-expiresAt')).toEqual([2, 1, 0]);
  });

  test('404 for an unknown id with every method', async () => {
    for (const id of ['none', '1', randomUUID()]) {
      for (const answer of [await read(id), await confirm(id), await release(id)])
        expect(answer).toMatchObject({ status: 404, codes: ['not-found'] });
    }
  });
});

describe('with purchases:write alone', () => {
  test('a caller sees and changes only its own', async () => {
    const product = await stocked(5);
    const id = await createReservation(product, 2);
    for (const answer of [
      await read(id, { as: 'other-buyer' }),
      await confirm(id, { as: 'other-buyer' }),
      await change(id, { expiresInSeconds: 3_600 }, { as: 'other-buyer' }),
      await release(id, { as: 'other-buyer' }),
    ]) {
      expect(answer).toMatchObject({ status: 404, codes: ['not-found'] });
    }
    const list = await shop.ask('GET', URL_OF_ALL, { as: 'other-buyer' });
    expect(list.json.data.map((one: { id: string }) => one.id)).not.toContain(id);
    expect(await statusOf(id)).toBe('active');
    expect((await read(id, { as: 'reader' })).status).toBe(200);
    expect((await confirm(id, { as: 'reader' })).status).toBe(403);
    expect((await release(id, { as: 'reader' })).status).toBe(403);
    expect((await reserve([{ productId: product, quantity: 1 }], 60, { as: 'clerk' })).status).toBe(
      403,
    );
  });

  test('shoppers of one gateway are separate owners, and the purchase is the shopper’s', async () => {
    const product = await stocked(5);
    const as = (customer: string) => ({ as: 'gateway', headers: { 'x-actor': customer } }) as const;
    const answer = await reserve([{ productId: product, quantity: 2 }], 60, as('customer:1'));
    const { id } = answer.json.data;
    expect((await confirm(id, as('customer:2'))).status).toBe(404);
    const confirmed = await confirm(id, { as: 'master' });
    const purchase = confirmed.json.data.relationships.purchase.data.id;
    const url = `/api/v1/purchases/${purchase}`;
    expect((await shop.ask('GET', url, as('customer:1'))).status).toBe(200);
    expect((await shop.ask('GET', url, as('customer:2'))).status).toBe(404);
  });
});

describe('a return', () => {
  const back = (
    purchase: string,
    product: string,
    quantity: number,
    options: RequestOptions = {},
  ) =>
    shop.ask('POST', '/api/v1/stock-movements', {
      body: returnBody(purchase, product, quantity),
      as: 'clerk',
      ...options,
    });
  async function sold(lines: readonly object[]): Promise<string> {
    return (await shop.buy(lines)).json.data.id;
  }

  test('adds units of a purchase', async () => {
    const product = await stocked(5);
    const id = await sold([{ productId: product, quantity: 3 }]);
    const answer = await back(id, product, 2);
    expect(answer).toMatchObject({ status: 201 });
    expect(answer.json.data).toMatchObject({
      attributes: { kind: 'return', quantity: 2, onHandAfter: 4, actor: 'clerk' },
      relationships: { purchase: { data: { type: 'purchases', id } } },
    });
    expect(await levelOf(product)).toMatchObject({ onHand: 4 });
  });

  test('of more units than are sold and not yet returned is 409 and points to the quantity', async () => {
    const product = await stocked(5);
    const id = await sold([
      { productId: product, quantity: 2 },
      { productId: product, quantity: 1 },
    ]);
    expect((await back(id, product, 2)).status).toBe(201);
    const answer = await back(id, product, 2);
    expect(answer).toMatchObject({ status: 409, codes: ['return-exceeds-sale'] });
    expect(answer.json.errors[0]).toMatchObject({
      source: { pointer: '/data/attributes/quantity' },
      meta: { productId: product, returnable: 1 },
    });
    expect((await back(id, product, 1)).status).toBe(201);
  });

  test('of many simultaneous ones adds no more than was sold', async () => {
    const product = await stocked(9);
    const id = await sold([{ productId: product, quantity: 5 }]);
    const answers = await Promise.all(Array.from({ length: 20 }, () => back(id, product, 1)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
    expect(await levelOf(product)).toMatchObject({ onHand: 9 });
  });

  test('requested twice with one key is made once', async () => {
    const product = await stocked(5);
    const id = await sold([{ productId: product, quantity: 3 }]);
    const first = await back(id, product, 2, { key: 'return-once' });
    const again = await back(id, product, 2, { key: 'return-once' });
    expect(again).toMatchObject({ text: first.text, headers: { 'idempotency-replayed': 'true' } });
    expect(await levelOf(product)).toMatchObject({ onHand: 4 });
  });

  test("of an unknown purchase is 404 and points to it; of a product that it doesn't have, 409", async () => {
    const [product, other] = [await stocked(5), await stocked(5)];
    const none = await back(randomUUID(), product, 1);
    expect(none).toMatchObject({ status: 404, codes: ['not-found'] });
    expect(sourcesOf(none.json)).toEqual(['/data/relationships/purchase/data']);
    const id = await sold([{ productId: product, quantity: 1 }]);
    expect(await back(id, other, 1)).toMatchObject({ status: 409, codes: ['return-exceeds-sale'] });
  });

  test('needs a purchase and a quantity of 1 or more', async () => {
    const product = await stocked(5);
    const body = returnBody(null, product, 1);
    const without = await shop.ask('POST', '/api/v1/stock-movements', { body });
    expect(without).toMatchObject({ status: 400, codes: ['invalid-document'] });
    expect(sourcesOf(without.json)).toEqual(['/data/relationships']);
    for (const quantity of [0, -1]) {
      const answer = await back(randomUUID(), product, quantity);
      expect(answer).toMatchObject({ status: 422, codes: ['invalid-attribute'] });
      expect(sourcesOf(answer.json)).toEqual(['/data/attributes/quantity']);
    }
  });

  test('and a receipt takes no purchase', async () => {
    const product = await stocked(5);
    const id = await sold([{ productId: product, quantity: 1 }]);
    const body = returnBody(id, product, 1, 'receipt');
    const answer = await shop.ask('POST', '/api/v1/stock-movements', { body });
    expect(answer.status).toBe(400);
    expect(sourcesOf(answer.json)).toEqual(['/data/relationships/purchase']);
  });
});

test('the audit of all of this is clean', async () => {
  const { json } = await shop.ask('GET', '/api/v1/audit');
  expect(json.data.attributes).toMatchObject({ clean: true, disagreements: [] });
});
