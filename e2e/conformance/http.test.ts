import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  BY_CURSOR,
  creation,
  expectRefusal,
  expectStatus,
  MT,
  NO_ID,
  openConformanceShop,
  receipt,
  SERVICES,
} from './shop.ts';
import type { RequestOptions, ConformanceShop, Document, Reply } from './shop.ts';

// O. HTTP beside JSON:API: conditional requests (RFC 9110) and idempotency keys

let shop: ConformanceShop;
beforeAll(async () => {
  shop = await openConformanceShop();
});
afterAll(() => shop?.remove());

const KINDS = {
  products: { path: '/api/v1/products', type: 'products', name: 'price' },
  inventory: { path: '/api/v1/inventories', type: 'inventories', name: 'lowStockThreshold' },
} as const;

describe.each(SERVICES)('%s', (service) => {
  const { path, type, name } = KINDS[service];
  let id: string;
  beforeAll(async () => {
    id = await shop.product({}, 5);
  });

  const read = (headers: RequestOptions['headers'] = {}, query = '') =>
    shop.ask(service, 'GET', `${path}/${id}${query}`, { headers });
  const change = (
    value: unknown,
    headers: RequestOptions['headers'] = {},
    more: RequestOptions = {},
  ) =>
    shop.ask(service, 'PATCH', `${path}/${id}`, {
      body: { data: { type, id, attributes: { [name]: value } } },
      headers,
      ...more,
    });
  const valueOf = async (): Promise<unknown> => (await read()).json.data.attributes[name];

  test('108: a single resource has a strong ETag, and a client with that ETag gets 304', async () => {
    const { headers } = await read();
    const tag = headers.etag ?? '';
    expect(tag).toMatch(/^"[!#-~]+"$/);
    for (const tagList of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
      for (const method of ['GET', 'HEAD']) {
        const reply = await shop.ask(service, method, `${path}/${id}`, {
          headers: { 'if-none-match': tagList },
        });
        expect([reply.status, reply.text]).toEqual([304, '']);
        expect(reply.headers.etag).toBe(tag);
        expect(reply.headers.vary).toMatch(/\baccept\b/i);
      }
    }
    expectStatus(await read({ 'if-none-match': '"x"' }), 200);
    expectStatus(await change(3), 200);
    const after = await read({ 'if-none-match': tag });
    expectStatus(after, 200);
    expect(after.headers.etag).not.toBe(tag);
  });

  test('108: a profile or a choice of fields that changes the document changes its ETag', async () => {
    const plain = await read();
    const profiled = await read(BY_CURSOR);
    if (profiled.text !== plain.text) expect(profiled.headers.etag).not.toBe(plain.headers.etag);
    const cut = await read({}, `?fields[${type}]=${name}`);
    expectStatus(cut, 200);
    const stale = await read(
      { 'if-none-match': plain.headers.etag ?? '' },
      `?fields[${type}]=${name}`,
    );
    // This is another address: the ETag of one address counts at the other only if both have it.
    if (cut.headers.etag !== plain.headers.etag) expectStatus(stale, 200);
  });

  test('108: a list has no ETag, nor does a document with included resources', async () => {
    expect((await shop.get(service, path)).headers.etag).toBeUndefined();
    if (service === 'products') return;
    const included = await read({}, '?include=product');
    expectStatus(included, 200);
    expect(included.headers.etag).toBeUndefined();
  });

  test('109: a change is made to the version in If-Match only', async () => {
    const tag = (await read()).headers.etag ?? '';
    const done = await change(11, { 'if-match': `"x", ${tag}` });
    expectStatus(done, 200);
    expect(done.headers.etag).not.toBe(tag);
    for (const other of [
      tag,
      `W/${done.headers.etag}`,
      '"x"',
      '""',
      done.headers.etag?.slice(1, -1),
    ]) {
      expectRefusal(await change(12, { 'if-match': other }), 412, { code: 'precondition-failed' });
      expect(await valueOf()).toBe(11);
    }
    expectStatus(await change(13, { 'if-match': '*' }), 200);
    // If-Match is optional.
    expectStatus(await change(14), 200);
  });

  test('109: checks that need no body come before it', async () => {
    const stale = { 'if-match': '"x"' };
    const to = (address: string, options: RequestOptions) =>
      shop.ask(service, 'PATCH', address, {
        body: { data: { type, id: address.split('/').at(-1), attributes: { [name]: 1 } } },
        ...options,
        headers: { ...stale, ...options.headers },
      });
    const own = `${path}/${id}`;
    expectRefusal(await to(own, { as: 'anonymous' }), 401);
    expectRefusal(await to(own, { as: 'buyer' }), 403);
    expectRefusal(await to(own, { headers: { accept: 'text/html' } }), 406);
    expectRefusal(await to(own, { headers: { 'content-type': 'text/x' } }), 415);
    expectRefusal(await to(`${path}/${NO_ID}`, {}), 404);
    expectRefusal(await to(`${path}/${NO_ID}`, { headers: { 'if-match': '*' } }), 404);
  });

  test('109: checks of the body come after it', async () => {
    const before = await valueOf();
    const stale = { 'if-match': '"x"' };
    expectRefusal(await change('no number', stale), 412);
    const tag = (await read()).headers.etag ?? '';
    expectRefusal(await change('no number', { 'if-match': tag }), 422);
    expect(await valueOf()).toBe(before);
  });
});

test('109: a product is deleted in the version in If-Match only', async () => {
  const id = await shop.product();
  const path = `/api/v1/products/${id}`;
  const { etag } = (await shop.get('products', path)).headers;
  const stale = { headers: { 'if-match': '"x"' } };
  expectRefusal(await shop.ask('products', 'DELETE', path, stale), 412);
  expectStatus(await shop.ask('products', 'GET', path), 200);
  expectStatus(await shop.ask('products', 'DELETE', path, { headers: { 'if-match': etag } }), 204);
});

describe('110: an idempotency key', () => {
  const lines = (quantity: number) => [{ productId: '1', quantity }];
  const purchase = (quantity: number) => ({
    path: '/api/v1/purchases',
    data: { type: 'purchases', attributes: { lines: lines(quantity) } },
  });
  const reservation = (quantity: number) => ({
    path: '/api/v1/reservations',
    data: { type: 'reservations', attributes: { lines: lines(quantity), expiresInSeconds: 60 } },
  });
  const movement = (quantity: number) => ({
    path: '/api/v1/stock-movements',
    data: receipt('1', quantity),
  });
  const send = (
    { path, data }: { path: string; data: Document },
    options: RequestOptions,
  ): Promise<Reply> => shop.ask('inventory', 'POST', path, { body: { data }, ...options });
  const total = async (path: string) => (await shop.get('inventory', path)).json.meta.page.total;

  test.each([
    ['purchase', purchase],
    ['reservation', reservation],
    ['movement', movement],
  ])(
    '110: makes one %s of the same request sent twice, and refuses another',
    async (kind, make) => {
      const key = `once-${kind}`;
      const { path } = make(1);
      const before = await total(path);
      const first = await send(make(1), { key });
      expectStatus(first, 201);
      // The bytes differ, the request is the same.
      const again = await send({ path, data: { ...make(1).data, meta: {} } }, { key });
      expect([again.status, again.text, again.headers.location]).toEqual([
        201,
        first.text,
        first.headers.location,
      ]);
      expect(first.headers['idempotency-replayed']).toBeUndefined();
      expect(again.headers['idempotency-replayed']).toBe('true');
      expectRefusal(await send(make(2), { key }), 422, {
        code: 'idempotency-key-reused',
        source: { header: 'Idempotency-Key' },
      });
      expect(await total(path)).toBe(before + 1);
    },
  );

  test('110: makes simultaneous requests one change, and answers all with its outcome', async () => {
    const before = await total('/api/v1/purchases');
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => send(purchase(1), { key: 'at-once' })),
    );
    expect(new Set(replies.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expectStatus(replies[0]!, 201);
    expect(await total('/api/v1/purchases')).toBe(before + 1);
  });

  test('110: is required, and is 1 to 255 visible characters', async () => {
    for (const make of [purchase, reservation, movement]) {
      expectRefusal(await send(make(1), { key: null }), 400, { code: 'idempotency-key-required' });
      for (const key of ['', 'a b', 'ü', 'x'.repeat(256)])
        expectRefusal(await send(make(1), { key }), 400);
    }
  });

  test('110: belongs to its caller and operation', async () => {
    const key = 'shared';
    const [mine, theirs, reserved] = [
      await send(purchase(1), { key }),
      await send(purchase(1), { key, as: 'buyer' }),
      await send(reservation(1), { key }),
    ];
    for (const reply of [mine, theirs, reserved]) {
      expectStatus(reply, 201);
      expect(reply.headers['idempotency-replayed']).toBeUndefined();
    }
    expect(theirs.json.data.id).not.toBe(mine.json.data.id);
  });

  test('110: stays free when its request is refused', async () => {
    const key = 'refused';
    expectRefusal(await send(purchase(100_000), { key }), 409);
    expectStatus(await send(purchase(1), { key }), 201);
  });

  test('110: has no effect in Products: two requests make two products', async () => {
    const { path, data } = creation('products');
    const create = async () =>
      shop.ask('products', 'POST', path, {
        body: { data },
        headers: { 'content-type': MT },
        key: 'products',
      });
    const [first, second] = [await create(), await create()];
    expectStatus(second, 201);
    expect(second.json.data.id).not.toBe(first.json.data.id);
  });
});
