import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { movementBody, openShop, type Shop } from '../support/shop.ts';

let shop: Shop;
let lastProduct = 0;

beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

async function stocked(onHand: number): Promise<number> {
  lastProduct += 1;
  await shop.stock(lastProduct, onHand);
  return lastProduct;
}

const record = (id: number | string, attributes: object) =>
  shop.ask('POST', '/api/v1/stock-movements', { body: movementBody(id, attributes), as: 'clerk' });
const available = async (id: number): Promise<number> =>
  (await shop.ask('GET', `/api/v1/inventories/${id}`)).json.data.attributes.available;

describe('a movement', () => {
  test('a receipt adds units and can be read again', async () => {
    const id = await stocked(5);
    const answer = await record(id, { kind: 'receipt', quantity: 10, reason: 'Delivery 4711' });
    expect(answer.status).toBe(201);
    const { data } = answer.json;
    expect(data.attributes).toMatchObject({
      kind: 'receipt',
      quantity: 10,
      onHandDelta: 10,
      reservedDelta: 0,
      onHandAfter: 15,
      reservedAfter: 0,
      sequence: 2,
      reason: 'Delivery 4711',
      actor: 'clerk',
    });
    expect(data.attributes.position).toBe(Number(data.id));
    expect(data.relationships).toMatchObject({
      product: { data: { type: 'products', id: String(id) } },
      purchase: { data: null },
    });
    expect(answer.headers.location).toBe(`http://inventory.test/api/v1/stock-movements/${data.id}`);
    const read = await shop.ask('GET', `/api/v1/stock-movements/${data.id}`, { as: 'reader' });
    expect(read).toMatchObject({ status: 200, json: answer.json });
    expect(await available(id)).toBe(15);
  });

  test('a reason is stored in one encoding, and found by any', async () => {
    const id = await stocked(10);
    const typed = { kind: 'adjustment', quantity: -1, reason: ' Cafe\u0301 sp\u00fclt ' };
    expect((await record(id, typed)).json.data.attributes.reason).toBe(' Café spült ');
    const apart = encodeURIComponent(' Café spült '.normalize('NFD'));
    const list = await shop.ask('GET', `/api/v1/stock-movements?filter[reason]=${apart}`);
    expect(list.json.data).toHaveLength(1);
    expect((await record(id, { ...typed, reason: 'é'.normalize('NFD').repeat(500) })).status).toBe(
      201,
    );
  });

  test.each(['', ' ', '\u200b', '\u2800', '\u3164', '\u0301', '\ufe0f \u00ad'])(
    'the reason %j is refused',
    async (reason) => {
      const { status, json } = await record(await stocked(10), {
        kind: 'adjustment',
        quantity: -1,
        reason,
      });
      expect([status, json.errors[0].source.pointer]).toEqual([422, '/data/attributes/reason']);
      expect(json.errors[0].detail).toContain('shows something');
    },
  );

  test('an adjustment goes up or down, with a reason', async () => {
    const id = await stocked(5);
    expect(
      (await record(id, { kind: 'adjustment', quantity: -5, reason: 'water' })).json.data
        .attributes,
    ).toMatchObject({ onHandAfter: 0 });
    expect(
      (await record(id, { kind: 'adjustment', quantity: 2, reason: 'found' })).json.data.attributes,
    ).toMatchObject({ onHandAfter: 2 });
  });

  test('that takes more than is available is 409 and points to the quantity', async () => {
    const id = await stocked(5);
    const answer = await record(id, { kind: 'adjustment', quantity: -6, reason: 'water' });
    expect(answer).toMatchObject({ status: 409, codes: ['insufficient-stock'] });
    expect(answer.json.errors[0]).toMatchObject({
      source: { pointer: '/data/attributes/quantity' },
      meta: { available: 5, requested: 6 },
    });
    expect(await available(id)).toBe(5);
  });

  test('that passes a billion is 409 stock-limit-exceeded', async () => {
    const id = await stocked(5);
    const answer = await record(id, { kind: 'receipt', quantity: 1_000_000_000 });
    expect(answer).toMatchObject({ status: 409, codes: ['stock-limit-exceeded'] });
    expect(answer.json.errors[0]).toMatchObject({
      source: { pointer: '/data/attributes/quantity' },
      meta: { onHand: 5 },
    });
  });

  test('for an untracked or missing product is 404 and points to it', async () => {
    const source = { pointer: '/data/relationships/product/data' };
    shop.products.put(5_000);
    const untracked = await record(5_000, { kind: 'receipt', quantity: 1 });
    expect(untracked).toMatchObject({ status: 404, codes: ['not-tracked'] });
    expect(untracked.json.errors[0].source).toEqual(source);
    for (const id of [5_001, 'x', '01']) {
      const unknown = await record(id, { kind: 'receipt', quantity: 1 });
      expect(unknown).toMatchObject({ status: 404, codes: ['product-not-found'] });
      expect(unknown.json.errors[0].source).toEqual(source);
    }
  });

  test('lowers the stock of a deleted product, and never adds to it', async () => {
    lastProduct += 1;
    await shop.stockUnseen(lastProduct, 5);
    shop.products.remove(lastProduct);
    for (const more of [
      { kind: 'receipt', quantity: 1 },
      { kind: 'adjustment', quantity: 1, reason: 'found' },
    ]) {
      expect(await record(lastProduct, more)).toMatchObject({
        status: 404,
        codes: ['product-not-found'],
      });
    }
    expect(
      (await record(lastProduct, { kind: 'adjustment', quantity: -5, reason: 'gone' })).status,
    ).toBe(201);
  });

  test('that adds units is 503 while Products is down; one that takes units away needs no Products', async () => {
    lastProduct += 1;
    await shop.stockUnseen(lastProduct, 5);
    shop.products.mood = 'down';
    expect(await record(lastProduct, { kind: 'receipt', quantity: 1 })).toMatchObject({
      status: 503,
      codes: ['catalogue-unavailable'],
    });
    expect(
      (await record(lastProduct, { kind: 'adjustment', quantity: -1, reason: 'gone' })).status,
    ).toBe(201);
    await shop.mend();
  });

  test.each([
    ['a receipt of nothing', { kind: 'receipt', quantity: 0 }, '/data/attributes/quantity'],
    ['a negative receipt', { kind: 'receipt', quantity: -1 }, '/data/attributes/quantity'],
    [
      'an adjustment of nothing',
      { kind: 'adjustment', quantity: 0, reason: 'x' },
      '/data/attributes/quantity',
    ],
    ['an adjustment without a reason', { kind: 'adjustment', quantity: 1 }, '/data/attributes'],
    [
      'an adjustment with a null reason',
      { kind: 'adjustment', quantity: 1, reason: null },
      '/data/attributes/reason',
    ],
    ['an empty reason', { kind: 'receipt', quantity: 1, reason: '' }, '/data/attributes/reason'],
    [
      'a long reason',
      { kind: 'receipt', quantity: 1, reason: 'x'.repeat(501) },
      '/data/attributes/reason',
    ],
    ['a sale', { kind: 'sale', quantity: 1 }, '/data/attributes/kind'],
    ['too much', { kind: 'receipt', quantity: 1_000_000_001 }, '/data/attributes/quantity'],
    ['half a unit', { kind: 'receipt', quantity: 0.5 }, '/data/attributes/quantity'],
    ['no quantity', { kind: 'receipt' }, '/data/attributes'],
    ['an unknown member', { kind: 'receipt', quantity: 1, who: 'me' }, '/data/attributes/who'],
    ['a NUL', { kind: 'receipt', quantity: 1, reason: 'a\0b' }, '/data/attributes/reason'],
    [
      'half a character',
      { kind: 'receipt', quantity: 1, reason: '\ud800' },
      '/data/attributes/reason',
    ],
  ])('%s is 422 and points to it', async (_, attributes, pointer) => {
    const answer = await record(1, attributes);
    expect(answer).toMatchObject({ status: 422, codes: ['invalid-attribute'] });
    expect(answer.json.errors[0].source).toEqual({ pointer });
  });

  test('an id from the client is 403, a product of another type 409, none 400', async () => {
    const attributes = { kind: 'receipt', quantity: 1 };
    const product = { data: { type: 'products', id: '1' } };
    const post = (data: object) => shop.ask('POST', '/api/v1/stock-movements', { body: { data } });
    const own = await post({
      type: 'stock-movements',
      id: '1',
      attributes,
      relationships: { product },
    });
    expect(own).toMatchObject({ status: 403, codes: ['client-generated-id'] });
    const other = { data: { type: 'shops', id: '1' } };
    const foreign = await post({
      type: 'stock-movements',
      attributes,
      relationships: { product: other },
    });
    expect([400, 409]).toContain(foreign.status);
    expect((await post({ type: 'stock-movements', attributes })).status).toBe(400);
    expect((await post({ type: 'stock-movements', attributes, relationships: {} })).status).toBe(
      400,
    );
  });
});

describe('the ledger', () => {
  let other: Shop;
  beforeAll(async () => {
    other = await openShop();
    await other.stock(1, 100);
    await other.stock(2, 100);
    for (let units = 1; units <= 5; units += 1) {
      await other.buy([
        { productId: '1', quantity: units },
        { productId: '2', quantity: 1 },
      ]);
    }
  });
  afterAll(() => other.close());

  /** Follows a link from page to page and returns the positions. */
  async function walk(first: string, link: 'next' | 'prev'): Promise<number[]> {
    const walkedPositions: number[] = [];
    let url: string | null = first;
    for (let pages = 0; url && pages < 50; pages += 1) {
      const { json } = await other.ask('GET', url.replace('http://inventory.test', ''), {
        as: 'reader',
      });
      const positions = json.data.map(
        ({ attributes }: { attributes: { position: number } }) => attributes.position,
      );
      if (link === 'next') walkedPositions.push(...positions);
      else walkedPositions.unshift(...positions);
      url = json.links[link];
    }
    return walkedPositions;
  }

  test('is read latest first or in order, forwards and backwards, every movement once', async () => {
    const all = Array.from({ length: 12 }, (_, index) => index + 1);
    const { json } = await other.ask('GET', '/api/v1/stock-movements?page[size]=5');
    expect(json.meta).toEqual({ total: 12, page: { number: 1, size: 5, total: 12 } });
    expect(await walk(json.links.first, 'next')).toEqual(all.toReversed());
    expect(await walk(json.links.last, 'prev')).toEqual(all.toReversed());
    expect(await walk('/api/v1/stock-movements?sort=position&page[size]=1', 'next')).toEqual(all);
    expect(await walk('/api/v1/stock-movements?sort=-position&page[size]=100', 'next')).toEqual(
      all.toReversed(),
    );
  });

  test('of one product keeps its filter on every page', async () => {
    expect(
      await walk('/api/v1/stock-movements?filter[product]=2&sort=position&page[size]=2', 'next'),
    ).toEqual([2, 4, 6, 8, 10, 12]);
    expect(
      await walk('/api/v1/stock-movements?filter%5Bproduct%5D=1&page[size]=4', 'next'),
    ).toEqual([11, 9, 7, 5, 3, 1]);
    expect(await walk('/api/v1/stock-movements?filter[product]=77', 'next')).toEqual([]);
  });

  test('the self link of a page gives the same page', async () => {
    const { json } = await other.ask('GET', '/api/v1/stock-movements?page[size]=5&page[number]=2');
    const again = await other.ask('GET', json.links.self.replace('http://inventory.test', ''));
    expect(again.json).toEqual(json);
  });

  test('names the purchase of a sale, and links to it', async () => {
    const { json } = await other.ask('GET', '/api/v1/stock-movements?page[size]=1');
    const { purchase } = json.data[0].relationships;
    expect(purchase.data.type).toBe('purchases');
    const read = await other.ask(
      'GET',
      purchase.links.related.replace('http://inventory.test', ''),
    );
    expect(read.json.data.id).toBe(purchase.data.id);
  });

  test('an unknown id is 404', async () => {
    for (const id of ['13', '0', '-1', 'x', '1.5', '9'.repeat(30)]) {
      expect(await other.ask('GET', `/api/v1/stock-movements/${id}`)).toMatchObject({
        status: 404,
        codes: ['not-found'],
      });
    }
  });

  test.each([
    'filter[product]=x',
    'filter[product]=1,x',
    'filter[kind]=sold',
    'sort=quantity',
    'sort=position,-position',
    'page[size]=101',
  ])('%s is 400', async (query) => {
    expect(await other.ask('GET', `/api/v1/stock-movements?${query}`)).toMatchObject({
      status: 400,
      codes: ['invalid-parameter'],
    });
  });
});
