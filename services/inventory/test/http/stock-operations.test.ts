import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openShop, type RequestOptions, type Shop } from '../support/shop.ts';

let shop: Shop;
let lastProduct = 0;

beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());
beforeEach(() => shop.mend());

const MEDIA_TYPE = 'application/vnd.api+json;ext="https://jsonapi.org/ext/atomic"';

async function operate(operations: readonly object[], options: RequestOptions = {}) {
  const body = { 'atomic:operations': operations };
  const headers = { 'content-type': MEDIA_TYPE };
  const answer = await shop.ask('POST', '/api/v1/stock-operations', { body, headers, ...options });
  const pointers = answer.json?.errors?.map(
    ({ source }: { source?: { pointer?: string } }) => source?.pointer,
  );
  return { ...answer, pointers, results: answer.json?.['atomic:results'] };
}

const move = (id: string, kind: string, quantity: number, more: object = {}) => ({
  op: 'add',
  data: {
    type: 'stock-movements',
    attributes: { kind, quantity, ...(kind === 'adjustment' && { reason: 'broken' }) },
    relationships: { product: { data: { type: 'products', id } }, ...more },
  },
});
const receive = (id: string, quantity: number) => move(id, 'receipt', quantity);
const track = (id: string, attributes: object = {}, more: object = {}) => ({
  op: 'add',
  data: { type: 'inventories', id, attributes, ...more },
});
const update = (identity: object, attributes: object) => ({
  op: 'update',
  data: { type: 'inventories', ...identity, attributes },
});

/** A new product, with stock if a number is given. */
async function product(onHand?: number): Promise<string> {
  lastProduct += 1;
  if (onHand === undefined) shop.products.put(lastProduct);
  else await shop.stock(lastProduct, onHand);
  return String(lastProduct);
}

const levelOf = async (id: string) => (await shop.ask('GET', `/api/v1/inventories/${id}`)).json;

test('a count that was taken before the latest one refuses its list, with the place of its instant', async () => {
  const id = await product(9);
  const { updatedAt } = (await levelOf(id)).data.attributes;
  const counted = (countedAt: string) => update({ id }, { onHand: 5, countedAt });
  expect((await operate([counted(updatedAt)])).status).toBe(200);
  const before = new Date(Date.parse(updatedAt) - 60_000).toISOString();
  expect(await operate([receive(id, 1), counted(before)])).toMatchObject({
    status: 409,
    codes: ['count-outdated'],
    pointers: ['/atomic:operations/1/data/attributes/countedAt'],
  });
  expect((await levelOf(id)).data.attributes.onHand).toBe(5);
});

test('each result shows the state right after its operation', async () => {
  const id = await product();
  const { status, results } = await operate([
    track(id, { onHand: 2 }, { lid: 'it' }),
    update({ lid: 'it' }, { onHand: 5, lowStockThreshold: 1 }),
    receive(id, 3),
    update({ id }, { lowStockThreshold: 9 }),
    move(id, 'adjustment', -8),
  ]);
  expect(status).toBe(200);
  expect(
    results.map(({ data }: { data: { attributes: object } }) => data.attributes),
  ).toMatchObject([
    { onHand: 2, lowStockThreshold: null },
    { onHand: 5, lowStockThreshold: 1 },
    { quantity: 3, onHandAfter: 8, sequence: 3 },
    { onHand: 8, lowStockThreshold: 9 },
    { quantity: -8, onHandAfter: 0, sequence: 4 },
  ]);
  expect((await levelOf(id)).data.attributes).toMatchObject({ onHand: 0, lowStockThreshold: 9 });
});

test('Products is asked about all of them at once: whether they exist, and before they come into stock whether they are for sale', async () => {
  const ids = [await product(), await product(), await product()];
  const before = shop.products.calls.length;
  await operate([...ids.map((id) => track(id)), ...ids.map((id) => receive(id, 1))]);
  expect(shop.products.calls.slice(before)).toEqual([ids.map(Number), ids.map(Number)]);
});

test('a thousand counts with thresholds are one commit', async () => {
  const id = await product(0);
  const operations = Array.from({ length: 1_000 }, (_, units) =>
    update({ id }, { onHand: units, lowStockThreshold: units }),
  );
  const { status, results } = await operate(operations);
  expect([status, results.length]).toEqual([200, 1_000]);
  expect(results.at(-1).data).toEqual((await levelOf(id)).data);
});

describe('a refusal', () => {
  const PRODUCT = '/data/relationships/product/data';

  test('changes nothing, and names each failing operation', async () => {
    const [id, untracked] = [await product(4), await product()];
    const before = await shop.ask('GET', '/api/v1/stock-events');
    const level = await levelOf(id);
    const answer = await operate([
      receive(id, 1),
      update({ id }, { onHand: 3, lowStockThreshold: 2 }),
      track(id),
      move(id, 'adjustment', -9),
      receive(untracked, 1),
      update({ id: untracked }, { onHand: 1 }),
    ]);
    expect(answer.codes).toEqual([
      'already-tracked',
      'insufficient-stock',
      'not-tracked',
      'not-tracked',
    ]);
    expect(answer.status).toBe(400);
    expect(answer.pointers).toEqual([
      '/atomic:operations/2/data/id',
      '/atomic:operations/3/data/attributes/quantity',
      `/atomic:operations/4${PRODUCT}`,
      '/atomic:operations/5',
    ]);
    expect(await levelOf(id)).toEqual(level);
    expect((await shop.ask('GET', '/api/v1/stock-events')).json).toEqual(before.json);
  });

  test.each([
    ['an unknown product', () => receive('99999', 1), 404, 'product-not-found', PRODUCT],
    ['tracking an unknown product', () => track('99999'), 404, 'product-not-found', '/data/id'],
    ['an id that can be none', () => receive('01', 1), 404, 'product-not-found', PRODUCT],
    [
      'an update of an id that can be none',
      () => update({ id: '01' }, { onHand: 1 }),
      404,
      'product-not-found',
      '',
    ],
    ['an update of nothing', () => update({ id: '1' }, {}), 422, 'invalid-attribute', '/data'],
    [
      'a receipt of nothing',
      () => receive('1', 0),
      422,
      'invalid-attribute',
      '/data/attributes/quantity',
    ],
    [
      'a changed read-only attribute',
      () => update({ id: '1' }, { onHand: 1, available: 7_777 }),
      403,
      'read-only-attribute',
      '/data/attributes/available',
    ],
    [
      'a return of no purchase',
      () => move('1', 'return', 1),
      400,
      'invalid-document',
      '/data/relationships',
    ],
    [
      'a return of an unknown purchase',
      () => move('1', 'return', 1, { purchase: { data: { type: 'purchases', id: 'x' } } }),
      404,
      'not-found',
      '/data/relationships/purchase/data',
    ],
  ])('of %s points to it', async (_, bad, status, code, at) => {
    const id = await product(1);
    const answer = await operate([receive(id, 1), bad()]);
    expect([answer.status, answer.codes, answer.pointers]).toEqual([
      status,
      [code],
      [`/atomic:operations/1${at}`],
    ]);
    expect((await levelOf(id)).data.attributes.onHand).toBe(1);
  });

  test('of a count below what is reserved points to it', async () => {
    const id = await product(5);
    const lines = [{ productId: id, quantity: 3 }];
    const reservation = { type: 'reservations', attributes: { lines, expiresInSeconds: 60 } };
    const reservationAnswer = await shop.ask('POST', '/api/v1/reservations', {
      body: { data: reservation },
    });
    expect(reservationAnswer.status).toBe(201);
    const answer = await operate([update({ id }, { onHand: 2 })]);
    expect([answer.codes, answer.pointers]).toEqual([
      ['count-below-reserved'],
      ['/atomic:operations/0/data/attributes/onHand'],
    ]);
  });

  test('for many reasons has the first twenty', async () => {
    const answer = await operate(
      Array.from({ length: 100 }, (_, index) => receive(`${90_000 + index}`, 1)),
    );
    expect([answer.status, answer.codes.length]).toEqual([404, 20]);
  });
});

describe('a key', () => {
  test('gets the first answer again, whatever has changed and while Products is down', async () => {
    const id = await product();
    const operations = [track(id, { onHand: 2 }), receive(id, 3), update({ id }, { onHand: 9 })];
    const first = await operate(operations, { key: 'many-1' });
    await operate([update({ id }, { onHand: 50 })]);
    shop.products.mood = 'down';
    const again = await operate(operations, { key: 'many-1' });
    expect(again).toMatchObject({ status: 200, text: first.text });
    expect(again.headers).toMatchObject({ 'idempotency-replayed': 'true' });
    expect(first.headers).not.toHaveProperty('idempotency-replayed');
  });

  test('belongs to all operations in their order', async () => {
    const id = await product(5);
    await operate([receive(id, 1), receive(id, 2)], { key: 'many-2' });
    const others = [[receive(id, 2), receive(id, 1)], [receive(id, 1)]];
    for (const operations of others)
      expect(await operate(operations, { key: 'many-2' })).toMatchObject({
        status: 422,
        codes: ['idempotency-key-reused'],
      });
    expect((await levelOf(id)).data.attributes.onHand).toBe(8);
  });

  test('that is sent twice at once is carried out once', async () => {
    const id = await product(5);
    const send = () => operate([receive(id, 1)], { key: 'many-3' });
    const [one, other] = await Promise.all([send(), send()]);
    expect([one.status, other.status, one.text]).toEqual([200, 200, other.text]);
    expect((await levelOf(id)).data.attributes.onHand).toBe(6);
  });

  test('of a refused request can be tried again', async () => {
    const id = await product();
    const key = 'many-4';
    expect((await operate([receive(id, 1)], { key })).status).toBe(404);
    await operate([track(id)]);
    expect((await operate([receive(id, 1)], { key })).status).toBe(200);
  });
});

test("while Products doesn't answer no units are added, but units can be taken away", async () => {
  lastProduct += 1;
  await shop.stockUnseen(lastProduct, 5);
  const id = String(lastProduct);
  shop.products.mood = 'down';
  const refused = await operate([move(id, 'adjustment', -1), receive(id, 1)]);
  expect(refused).toMatchObject({ status: 503, codes: ['catalogue-unavailable'] });
  expect((await operate([move(id, 'adjustment', -1)])).status).toBe(200);
});

test('twenty errors are answered, with a mark that there are more', async () => {
  const unknown = (count: number) =>
    Array.from({ length: count }, (_, index) => track(String(90_000 + index)));
  const twenty = await operate(unknown(20));
  expect([twenty.codes.length, twenty.json.meta?.moreErrors]).toEqual([20, undefined]);
  const more = await operate(unknown(21));
  expect([more.codes.length, more.json.meta?.moreErrors]).toEqual([20, true]);
});
