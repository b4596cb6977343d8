import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { AT } from '../support/commands.ts';
import { openShop, type Shop } from '../support/shop.ts';

let shop: Shop;
let lastProduct = 0;

beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

/** A new product, in stock. */
async function stocked(onHand: number): Promise<number> {
  lastProduct += 1;
  await shop.stock(lastProduct, onHand);
  return lastProduct;
}

/** A new product that only Products knows. */
function untracked(): number {
  lastProduct += 1;
  shop.products.put(lastProduct);
  return lastProduct;
}

const tracking = (id: string, attributes: object = {}) => ({
  data: { type: 'inventories', id, attributes },
});
const update = (id: number, attributes: object, headers = {}) =>
  shop.ask('PATCH', `/api/v1/inventories/${id}`, {
    body: tracking(String(id), attributes),
    headers,
  });

describe('tracking starts', () => {
  test('with the units on hand, a Location and an ETag', async () => {
    const id = untracked();
    const body = tracking(String(id), { onHand: 40, lowStockThreshold: 5 });
    const answer = await shop.ask('POST', '/api/v1/inventories', { body });
    const self = `http://inventory.test/api/v1/inventories/${id}`;
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({
      location: self,
      etag: '"1"',
    });
    expect(answer.json).toEqual({
      jsonapi: { version: '1.1' },
      data: {
        type: 'inventories',
        id: String(id),
        attributes: {
          onHand: 40,
          reserved: 0,
          available: 40,
          lowStockThreshold: 5,
          version: expect.any(Number),
          updatedAt: expect.stringMatching(/Z$/),
        },
        relationships: {
          product: {
            data: { type: 'products', id: String(id) },
            links: { self: `${self}/relationships/product`, related: `${self}/product` },
          },
          movements: {
            links: { self: `${self}/relationships/movements`, related: `${self}/movements` },
          },
        },
        links: { self },
      },
      links: { self, describedby: 'http://inventory.test/openapi.json' },
    });
    const read = await shop.ask('GET', `/api/v1/inventories/${id}`, { as: 'anonymous' });
    expect(read).toMatchObject({ status: 200, json: answer.json, headers: { etag: '"1"' } });
  });

  test('at zero by default', async () => {
    const answer = await shop.ask('POST', '/api/v1/inventories', {
      body: tracking(String(untracked())),
    });
    expect(answer.json.data.attributes).toMatchObject({ onHand: 0, lowStockThreshold: null });
  });

  test('once: a second time is 409 already-tracked, and points to the id', async () => {
    const id = await stocked(3);
    const answer = await shop.ask('POST', '/api/v1/inventories', {
      body: tracking(String(id), { onHand: 9 }),
    });
    expect(answer).toMatchObject({ status: 409, codes: ['already-tracked'] });
    expect(answer.json.errors[0].source).toEqual({ pointer: '/data/id' });
  });

  test.each(['999999', '0', '-1', '01', 'x', '1.0', '99999999999999999999'])(
    'only for a product that exists: %s is 404 product-not-found, and points to the id',
    async (id) => {
      const answer = await shop.ask('POST', '/api/v1/inventories', { body: tracking(id) });
      expect(answer).toMatchObject({ status: 404, codes: ['product-not-found'] });
      expect(answer.json.errors[0].source).toEqual({ pointer: '/data/id' });
    },
  );

  test('for a draft, too', async () => {
    const id = untracked();
    shop.products.put(id, { status: 'draft' });
    expect(
      (await shop.ask('POST', '/api/v1/inventories', { body: tracking(String(id)) })).status,
    ).toBe(201);
  });

  test.each([
    ['no id', { data: { type: 'inventories', attributes: {} } }, 400, 'invalid-document', '/data'],
    [
      'a numeric id',
      { data: { type: 'inventories', id: 1, attributes: {} } },
      400,
      'invalid-document',
      '/data/id',
    ],
    [
      'another type',
      { data: { type: 'products', id: '1', attributes: {} } },
      409,
      'type-conflict',
      '/data/type',
    ],
    [
      'a negative count',
      tracking('1', { onHand: -1 }),
      422,
      'invalid-attribute',
      '/data/attributes/onHand',
    ],
    [
      'too many',
      tracking('1', { onHand: 1_000_000_001 }),
      422,
      'invalid-attribute',
      '/data/attributes/onHand',
    ],
    [
      'half a unit',
      tracking('1', { onHand: 1.5 }),
      422,
      'invalid-attribute',
      '/data/attributes/onHand',
    ],
    ['a text', tracking('1', { onHand: '1' }), 422, 'invalid-attribute', '/data/attributes/onHand'],
    [
      'what the server sets',
      tracking('1', { reserved: 1 }),
      403,
      'read-only-attribute',
      '/data/attributes/reserved',
    ],
  ])('with %s is refused and points to it', async (_, body, status, code, pointer) => {
    const answer = await shop.ask('POST', '/api/v1/inventories', { body });
    expect(answer).toMatchObject({ status, codes: [code] });
    expect(answer.json.errors[0].source).toEqual({ pointer });
  });
});

describe('a count', () => {
  test('sets the units on hand and answers the level with its new ETag', async () => {
    const id = await stocked(3);
    const answer = await update(id, { onHand: 120 });
    expect(answer).toMatchObject({ status: 200, headers: { etag: '"2"' } });
    expect(answer.json.data.attributes).toMatchObject({ onHand: 120, available: 120 });
  });

  test('with an equal number is a movement of 0', async () => {
    const id = await stocked(3);
    await update(id, { onHand: 3 });
    const { json } = await shop.ask('GET', `/api/v1/stock-movements?filter[product]=${id}`);
    expect(json.data[0].attributes).toMatchObject({
      kind: 'count',
      quantity: 0,
      onHandAfter: 3,
      sequence: 2,
    });
  });

  test('and a threshold in one request are one change', async () => {
    const id = await stocked(3);
    const answer = await update(id, { onHand: 4, lowStockThreshold: 9 }, { 'if-match': '"1"' });
    expect(answer.json.data.attributes).toMatchObject({ onHand: 4, lowStockThreshold: 9 });
    const off = await update(id, { lowStockThreshold: null });
    expect(off.json.data.attributes).toMatchObject({ onHand: 4, lowStockThreshold: null });
  });

  test('of a product that is not tracked is one 404 not-tracked', async () => {
    const id = untracked();
    expect(await update(id, { onHand: 4, lowStockThreshold: 9 })).toMatchObject({
      status: 404,
      codes: ['not-tracked'],
    });
    expect(await update(id, { lowStockThreshold: 9 })).toMatchObject({
      status: 404,
      codes: ['not-tracked'],
    });
  });

  test('needs an attribute to change', async () => {
    const id = await stocked(3);
    expect(await update(id, {})).toMatchObject({ status: 422, codes: ['invalid-attribute'] });
    expect(await update(id, { '@comment': 'x' })).toMatchObject({
      status: 422,
      codes: ['invalid-attribute'],
    });
  });

  test('must name the id of its address', async () => {
    const id = await stocked(3);
    const answer = await shop.ask('PATCH', `/api/v1/inventories/${id}`, {
      body: tracking('999', { onHand: 1 }),
    });
    expect(answer).toMatchObject({ status: 409, codes: ['id-conflict'] });
  });

  test('works when Products is down, and for a product that was deleted', async () => {
    const id = await stocked(3);
    shop.products.remove(id);
    shop.products.mood = 'down';
    expect((await update(id, { onHand: 2 })).status).toBe(200);
    await shop.mend();
  });

  test('that was taken before adds what has moved since, and its retry is answered again', async () => {
    const id = await stocked(10);
    const countedAt = (await shop.ask('GET', `/api/v1/inventories/${id}`)).json.data.attributes
      .updatedAt;
    const counted = { onHand: 7, countedAt };
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(Date.parse(countedAt) + 20), 30_000);
    await shop.buy([{ productId: String(id), quantity: 4 }]);
    const first = await update(id, counted, { 'idempotency-key': `count-${id}` });
    expect(first).toMatchObject({ status: 200 });
    expect(first.json.data.attributes.onHand).toBe(3);
    const again = await update(id, counted, { 'idempotency-key': `count-${id}` });
    expect(again.json).toEqual(first.json);
    const other = { ...counted, countedAt: AT };
    expect(await update(id, other, { 'idempotency-key': `count-${id}` })).toMatchObject({
      status: 422,
      codes: ['idempotency-key-reused'],
    });
    const { json } = await shop.ask('GET', `/api/v1/inventories/${id}/movements`);
    expect(json.data[0].attributes).toMatchObject({
      kind: 'count',
      quantity: -3,
      countedOnHand: 7,
    });
    expect(json.data[1].attributes).toMatchObject({ countedOnHand: null, countedAt: null });
  });

  test.each([
    ['taken before the latest one', { onHand: 5, countedAt: -60 }, 409, 'count-outdated'],
    ['of yesterday', { onHand: 5, countedAt: -90_000 }, 422, 'invalid-attribute'],
    ['of tomorrow', { onHand: 5, countedAt: 90_000 }, 422, 'invalid-attribute'],
    ['without units', { countedAt: 0 }, 422, 'invalid-attribute'],
  ])('%s is refused', async (_, { countedAt: seconds, ...units }, status, code) => {
    const id = await stocked(9);
    const countedAt = new Date(Date.now() + 1_000 * seconds).toISOString();
    const answer = await update(id, { ...units, countedAt });
    expect(answer).toMatchObject({ status, codes: [code] });
    expect(answer.json.errors[0].source).toEqual({ pointer: '/data/attributes/countedAt' });
  });

  test('at no moment is refused', async () => {
    const answer = await update(await stocked(9), { onHand: 5, countedAt: 'noon' });
    expect(answer).toMatchObject({ status: 422, codes: ['invalid-attribute'] });
  });

  test('below what is reserved is 409 count-below-reserved', async () => {
    const id = await stocked(5);
    await shop.run(`UPDATE levels SET reserved = 3 WHERE product_id = ${id}`);
    const answer = await update(id, { onHand: 2 });
    expect(answer).toMatchObject({ status: 409, codes: ['count-below-reserved'] });
    expect(answer.json.errors[0].meta).toEqual({ reserved: 3 });
    await shop.run(`UPDATE levels SET reserved = 0 WHERE product_id = ${id}`);
  });
});

describe('If-Match', () => {
  test.each(['"1"', '"7", "1"', '*'])('%s lets a change through', async (ifMatch) => {
    const id = await stocked(3);
    expect((await update(id, { onHand: 4 }, { 'if-match': ifMatch })).status).toBe(200);
  });

  test.each(['"2"', 'W/"1"', '1', '""', '"x"'])(
    '%s is 412 and changes nothing',
    async (ifMatch) => {
      const id = await stocked(3);
      const answer = await update(id, { onHand: 4 }, { 'if-match': ifMatch });
      expect(answer).toMatchObject({ status: 412, codes: ['precondition-failed'] });
      expect((await shop.ask('GET', `/api/v1/inventories/${id}`)).json.data.attributes.onHand).toBe(
        3,
      );
    },
  );

  test('of two requests with the same version, one succeeds', async () => {
    const id = await stocked(3);
    const answers = await Promise.all(
      [4, 5, 6, 7].map((onHand) => update(id, { onHand }, { 'if-match': '"1"' })),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.sort((a, b) => a - b)).toEqual([200, 412, 412, 412]);
  });

  test('a sale changes the version too', async () => {
    const id = await stocked(3);
    await shop.buy([{ productId: String(id), quantity: 1 }]);
    expect((await update(id, { onHand: 4 }, { 'if-match': '"1"' })).status).toBe(412);
  });
});

describe('the list', () => {
  let other: Shop;
  beforeAll(async () => {
    other = await openShop();
    for (const [id, onHand] of [
      [1, 5],
      [2, 50],
      [3, 0],
      [4, 7],
      [5, 7],
    ] as const)
      await other.stock(id, onHand);
    const low = { data: { type: 'inventories', id: '4', attributes: { lowStockThreshold: 7 } } };
    await other.ask('PATCH', '/api/v1/inventories/4', { body: low });
  });
  afterAll(() => other.close());

  const list = (query: string) =>
    other.ask('GET', `/api/v1/inventories${query}`, { as: 'anonymous' });
  const ids = async (query: string) =>
    (await list(query)).json.data.map(({ id }: { id: string }) => id);

  test('has pages with links and the total in two places', async () => {
    const { json, status } = await list('?page[size]=2');
    expect(status).toBe(200);
    expect(json.meta).toEqual({ total: 5, page: { number: 1, size: 2, total: 5 } });
    const walkedIds: string[] = [];
    let next: string | null = json.links.first;
    while (next) {
      const page = await other.ask('GET', next.replace('http://inventory.test', ''));
      walkedIds.push(...page.json.data.map(({ id }: { id: string }) => id));
      next = page.json.links.next;
    }
    expect(walkedIds).toEqual(['1', '2', '3', '4', '5']);
    expect((await list('?page[number]=9')).json).toMatchObject({ data: [], meta: { total: 5 } });
  });

  test('is filtered and sorted', async () => {
    expect(await ids('?filter[id]=4,2,99')).toEqual(['2', '4']);
    expect(await ids('?filter[lowStock]=true')).toEqual(['4']);
    expect(await ids('?sort=-available')).toEqual(['2', '5', '4', '1', '3']);
    expect(await ids('?sort=onHand,-id')).toEqual(['3', '1', '5', '4', '2']);
    expect(await ids('?sort=updatedAt&page%5Bsize%5D=3')).toHaveLength(3);
  });

  test.each([
    'foo=1',
    'filter[x]=1',
    'filter[id]=a',
    'filter[id]=',
    'filter[lowStock]=yes',
    'sort=name',
    'sort=',
    'page[size]=0',
    'page[size]=101',
    'page[number]=0',
    'page[number]=x',
    'page[after]=1',
    'sort=id&sort=id',
    'filter[id]=%00',
    'include=products',
  ])('%s is 400 and names the parameter', async (query) => {
    const answer = await list(`?${query}`);
    expect(answer).toMatchObject({ status: 400, codes: ['invalid-parameter'] });
    expect(answer.json.errors[0].source).toHaveProperty('parameter');
  });

  test('an unknown id is 404', async () => {
    for (const id of ['99', '0', 'x', '1.0', '%20', '1'.repeat(40), 'a'.repeat(300)]) {
      expect((await other.ask('GET', `/api/v1/inventories/${id}`)).status).toBe(404);
    }
  });

  test('a single resource takes no parameters', async () => {
    expect((await other.ask('GET', '/api/v1/inventories/1?page[size]=1')).status).toBe(400);
  });
});

describe('the protocol', () => {
  test('an unknown method is 405 with Allow, an unknown address 404', async () => {
    const answer = await shop.ask('DELETE', '/api/v1/inventories/1');
    expect(answer).toMatchObject({
      status: 405,
      codes: ['method-not-allowed'],
      headers: { allow: 'GET, HEAD, OPTIONS, PATCH' },
    });
    expect(await shop.ask('GET', '/api/v1/nothing')).toMatchObject({
      status: 404,
      codes: ['not-found'],
    });
  });

  test('other media types are 415 and 406, broken JSON 400, a huge body 413', async () => {
    const body = tracking('1');
    const post = (headers: Record<string, string>, payload: unknown = body) =>
      shop.ask('POST', '/api/v1/inventories', { body: payload, headers });
    expect((await post({ 'content-type': 'application/json' })).status).toBe(415);
    expect((await post({ accept: 'text/html' })).status).toBe(406);
    expect(await post({}, '{"data":')).toMatchObject({ status: 400, codes: ['invalid-json'] });
    expect((await post({}, `"${'x'.repeat(1_100_000)}"`)).status).toBe(413);
    expect(await post({}, '[]')).toMatchObject({ status: 400, codes: ['invalid-document'] });
  });
});
