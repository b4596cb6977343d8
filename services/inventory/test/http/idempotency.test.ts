import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RECORD_FORMAT } from '../../src/domain/idempotency-record.ts';
import { movementBody, openShop, purchaseBody, type Shop, type KeyName } from '../support/shop.ts';

let shop: Shop;
let lastProduct = 0;

beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());
beforeEach(() => shop.mend());

async function stocked(onHand: number): Promise<string> {
  lastProduct += 1;
  await shop.stock(lastProduct, onHand);
  return String(lastProduct);
}

const onHand = async (id: string): Promise<number> =>
  (await shop.ask('GET', `/api/v1/inventories/${id}`)).json.data.attributes.onHand;
const count = (id: string, units: number, key: string, headers = {}) => {
  const body = { data: { type: 'inventories', id, attributes: { onHand: units } } };
  return shop.ask('PATCH', `/api/v1/inventories/${id}`, { body, key, headers });
};

describe('the same key', () => {
  test('gets the first answer again, with Idempotency-Replayed', async () => {
    const id = await stocked(9);
    const key = randomUUID();
    const first = await shop.buy([{ productId: id, quantity: 2 }], { key });
    expect(first.headers).not.toHaveProperty('idempotency-replayed');
    for (let n = 0; n < 3; n += 1) {
      const again = await shop.buy([{ productId: id, quantity: 2 }], { key });
      expect(again).toMatchObject({ status: 201, text: first.text });
      expect(again.headers).toMatchObject({
        'idempotency-replayed': 'true',
        location: first.headers.location,
      });
    }
    expect(await onHand(id)).toBe(7);
  });

  test('with a record of a later release is 503, and other commands are unharmed', async () => {
    const id = await stocked(9);
    const key = randomUUID();
    const first = await shop.buy([{ productId: id, quantity: 2 }], { key });
    const setFormat = (format: number) =>
      shop.run(`UPDATE purchases SET record_format = ${format} WHERE idempotency_key = '${key}'`);
    await setFormat(99);
    const [again, neighbour] = await Promise.all([
      shop.buy([{ productId: id, quantity: 2 }], { key }),
      shop.buy([{ productId: id, quantity: 1 }]),
    ]);
    expect(again).toMatchObject({
      status: 503,
      codes: ['ledger-unavailable'],
      headers: { 'retry-after': '1' },
    });
    expect(neighbour.status).toBe(201);
    expect(await onHand(id)).toBe(6);
    await setFormat(RECORD_FORMAT);
    expect((await shop.buy([{ productId: id, quantity: 2 }], { key })).text).toBe(first.text);
  });

  test('with a record of a later release whose outcome has another form is 503', async () => {
    const id = await stocked(9);
    const key = randomUUID();
    const body = movementBody(id, { kind: 'receipt', quantity: 2 });
    const receive = () => shop.ask('POST', '/api/v1/stock-movements', { body, key });
    expect((await receive()).status).toBe(201);
    await shop.run(
      `UPDATE idempotency_records SET outcome = 'of another kind', format = 99 WHERE key = '${key}'`,
    );
    expect(await receive()).toMatchObject({ status: 503, codes: ['ledger-unavailable'] });
    expect(await onHand(id)).toBe(11);
  });

  test('with another body is 422 idempotency-key-reused, and points to the header', async () => {
    const id = await stocked(9);
    const key = randomUUID();
    await shop.buy([{ productId: id, quantity: 2 }], { key });
    const others = [
      purchaseBody([{ productId: id, quantity: 1 }]),
      purchaseBody([{ productId: id, quantity: 2 }], { reference: 'another' }),
      purchaseBody([
        { productId: id, quantity: 1 },
        { productId: id, quantity: 1 },
      ]),
    ];
    for (const body of others) {
      const answer = await shop.ask('POST', '/api/v1/purchases', { body, key });
      expect(answer).toMatchObject({ status: 422, codes: ['idempotency-key-reused'] });
      expect(answer.json.errors[0].source).toEqual({ header: 'Idempotency-Key' });
    }
    expect(await onHand(id)).toBe(7);
  });

  test('compares parsed requests without prices', async () => {
    const id = await stocked(9);
    const key = randomUUID();
    await shop.buy([{ productId: id, quantity: 2 }], { key });
    const line = { expectedCurrency: 'EUR', expectedPrice: 1, quantity: 2, productId: id };
    const otherWords = {
      data: {
        attributes: { '@x': 1, reference: null, lines: [line] },
        type: 'purchases',
        lid: 'a',
      },
    };
    const answer = await shop.ask('POST', '/api/v1/purchases', {
      body: JSON.stringify(otherWords, null, 2),
      key,
    });
    expect(answer).toMatchObject({ status: 201, headers: { 'idempotency-replayed': 'true' } });
  });

  test('on a canonical route and then a classic one, or the other way round, sells once', async () => {
    const id = await stocked(9);
    const [one, two] = [randomUUID(), randomUUID()];
    const canonical = await shop.buy([{ productId: id, quantity: 2 }], { key: one });
    const classic = await shop.ask('POST', '/inventory/purchase', {
      body: { product_id: Number(id), quantity: 2 },
      key: one,
    });
    expect(classic).toMatchObject({ status: 200, headers: { 'idempotency-replayed': 'true' } });
    expect(classic.json).toMatchObject({ purchase_id: canonical.json.data.id, remaining_stock: 7 });

    const first = await shop.ask('PATCH', `/inventory/${id}/purchase`, {
      body: { cantidad: 3 },
      key: two,
    });
    const second = await shop.buy([{ productId: id, quantity: 3 }], { key: two });
    expect(second).toMatchObject({ status: 201, headers: { 'idempotency-replayed': 'true' } });
    expect(second.json.data.id).toBe(first.json.purchase_id);
    expect(await onHand(id)).toBe(4);
  });

  test('answers while Products is down, and after the product is deleted', async () => {
    lastProduct += 1;
    await shop.stockUnseen(lastProduct, 9);
    const id = String(lastProduct);
    const key = randomUUID();
    const first = await shop.buy([{ productId: id, quantity: 2 }], { key });
    shop.products.remove(lastProduct);
    shop.products.mood = 'down';
    const calls = shop.products.calls.length;
    expect(await shop.buy([{ productId: id, quantity: 2 }], { key })).toMatchObject({
      status: 201,
      text: first.text,
    });
    expect(shop.products.calls).toHaveLength(calls);
  });

  test('of a count that is repeated after a sale does not count again', async () => {
    const id = await stocked(9);
    const key = randomUUID();
    const first = await count(id, 20, key, { 'if-match': '"1"' });
    await shop.buy([{ productId: id, quantity: 5 }]);
    const again = await count(id, 20, key, { 'if-match': '"1"' });
    expect(again).toMatchObject({
      status: 200,
      text: first.text,
      headers: { 'idempotency-replayed': 'true', etag: '"2"' },
    });
    expect(await onHand(id)).toBe(15);

    const classic = await shop.ask('PUT', `/inventory/${id}`, { body: { quantity: 20 }, key });
    expect(classic).toMatchObject({ status: 200, headers: { 'idempotency-replayed': 'true' } });
    expect(await onHand(id)).toBe(15);
    expect(await count(id, 21, key)).toMatchObject({
      status: 422,
      codes: ['idempotency-key-reused'],
    });
  });

  test('of a movement, and of tracking', async () => {
    const id = await stocked(1);
    const movement = {
      body: movementBody(id, { kind: 'receipt', quantity: 4 }),
      key: randomUUID(),
    };
    const first = await shop.ask('POST', '/api/v1/stock-movements', movement);
    const again = await shop.ask('POST', '/api/v1/stock-movements', movement);
    expect(again).toMatchObject({
      status: 201,
      text: first.text,
      headers: { 'idempotency-replayed': 'true' },
    });
    expect(await onHand(id)).toBe(5);

    lastProduct += 1;
    shop.products.put(lastProduct);
    const tracking = {
      body: { data: { type: 'inventories', id: String(lastProduct), attributes: { onHand: 3 } } },
      key: randomUUID(),
    };
    const tracked = await shop.ask('POST', '/api/v1/inventories', tracking);
    await shop.buy([{ productId: String(lastProduct), quantity: 1 }]);
    const repeated = await shop.ask('POST', '/api/v1/inventories', tracking);
    expect(repeated).toMatchObject({
      status: 201,
      text: tracked.text,
      headers: { 'idempotency-replayed': 'true' },
    });
  });

  test('of another operation is another key', async () => {
    const id = await stocked(9);
    const key = randomUUID();
    await shop.buy([{ productId: id, quantity: 1 }], { key });
    expect((await count(id, 3, key)).status).toBe(200);
    expect(
      (
        await shop.ask('POST', '/api/v1/stock-movements', {
          body: movementBody(id, { kind: 'receipt', quantity: 1 }),
          key,
        })
      ).status,
    ).toBe(201);
    expect(await onHand(id)).toBe(4);
  });

  test('of different callers is a different key', async () => {
    const id = await stocked(9);
    const key = randomUUID();
    const buy = (as: KeyName, headers = {}) =>
      shop.buy([{ productId: id, quantity: 1 }], { key, as, headers });
    const answers = [
      await buy('buyer'),
      await buy('other-buyer'),
      await buy('gateway'),
      await buy('gateway', { 'x-actor': 'customer:1' }),
      await buy('gateway', { 'x-actor': 'customer:2' }),
      await buy('master'),
    ];
    for (const answer of answers) expect(answer.headers).not.toHaveProperty('idempotency-replayed');
    expect(await onHand(id)).toBe(3);
    expect((await buy('gateway', { 'x-actor': 'customer:2' })).headers).toHaveProperty(
      'idempotency-replayed',
    );
    // Without the scope `internal` x-actor is ignored, so it is the same caller as before.
    expect((await buy('buyer', { 'x-actor': 'customer:2' })).headers).toHaveProperty(
      'idempotency-replayed',
    );
  });

  test('of a refused request can be tried again', async () => {
    const id = await stocked(1);
    const key = randomUUID();
    expect((await shop.buy([{ productId: id, quantity: 2 }], { key })).status).toBe(409);
    await count(id, 2, randomUUID());
    const answer = await shop.buy([{ productId: id, quantity: 2 }], { key });
    expect(answer.status).toBe(201);
    expect(answer.headers).not.toHaveProperty('idempotency-replayed');
  });
});

describe('a key', () => {
  test('is required for canonical purchases and movements only', async () => {
    const id = await stocked(9);
    expect(await shop.buy([{ productId: id, quantity: 1 }], { key: null })).toMatchObject({
      status: 400,
      codes: ['idempotency-key-required'],
    });
    const body = movementBody(id, { kind: 'receipt', quantity: 1 });
    expect(await shop.ask('POST', '/api/v1/stock-movements', { body, key: null })).toMatchObject({
      status: 400,
      codes: ['idempotency-key-required'],
    });
    expect(
      (await shop.ask('POST', '/inventory/purchase', { body: { product_id: id, quantity: 1 } }))
        .status,
    ).toBe(200);
    expect(await onHand(id)).toBe(8);
  });

  test.each([
    ['empty', ''],
    ['too long', 'k'.repeat(256)],
    ['with a space', 'a b'],
    ['with other letters', 'clé'],
  ])('%s is 400, by canonical and classic routes', async (_, key) => {
    const id = await stocked(9);
    const bad = { status: 400, codes: ['invalid-parameter'] };
    const answer = await shop.buy([{ productId: id, quantity: 1 }], { key });
    expect(answer).toMatchObject(bad);
    expect(answer.json.errors[0].source).toEqual({ header: 'Idempotency-Key' });
    expect(
      await shop.ask('POST', '/inventory/purchase', { body: { product_id: id, quantity: 1 }, key }),
    ).toMatchObject(bad);
    expect(await count(id, 1, key)).toMatchObject(bad);
    expect(await onHand(id)).toBe(9);
  });

  test('may have 255 visible characters', async () => {
    const id = await stocked(9);
    const key = `!~${'k'.repeat(253)}`;
    expect((await shop.buy([{ productId: id, quantity: 1 }], { key })).status).toBe(201);
    expect((await shop.buy([{ productId: id, quantity: 1 }], { key })).headers).toHaveProperty(
      'idempotency-replayed',
    );
  });
});
