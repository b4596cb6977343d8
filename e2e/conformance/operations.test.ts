import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ATOMIC_MT,
  expectRefusal,
  expectStatus,
  lists,
  MT,
  NO_ID,
  openConformanceShop,
  receipt,
  SERVICES,
} from './shop.ts';
import type { RequestOptions, ConformanceShop, Document, Reply } from './shop.ts';

// N. Atomic Operations: https://jsonapi.org/ext/atomic/

let shop: ConformanceShop;
beforeAll(async () => {
  shop = await openConformanceShop();
});
afterAll(() => shop?.remove());

type Service = (typeof SERVICES)[number];

const PATHS = {
  products: '/api/v1/product-operations',
  inventory: '/api/v1/stock-operations',
} as const;
const P = '/api/v1/products';
const I = '/api/v1/inventories';
const BOTH = { 'content-type': ATOMIC_MT, accept: ATOMIC_MT };

function send(service: Service, body: unknown, options: RequestOptions = {}): Promise<Reply> {
  const headers = { ...BOTH, ...options.headers };
  return shop.ask(service, 'POST', PATHS[service], { ...options, body, headers });
}

function operate(service: Service, operations: unknown, options?: RequestOptions): Promise<Reply> {
  return send(service, { 'atomic:operations': operations }, options);
}

/** The results of operations that must succeed. */
async function results(service: Service, operations: readonly object[]): Promise<Document[]> {
  const reply = await operate(service, operations);
  expectStatus(reply, 200);
  expect(reply.json['atomic:results']).toHaveLength(operations.length);
  return reply.json['atomic:results'];
}

/** Checks that the request was refused because of this operation. */
function expectRefused(reply: Reply, index: number, statuses: readonly number[] = [400]): void {
  expect([reply.text, statuses.includes(reply.status)]).toEqual([reply.text, true]);
  for (const { source } of reply.json.errors)
    expect(`${source?.pointer}/`).toMatch(new RegExp(`^/atomic:operations/${index}/`));
}

const REFUSED = [400, 403, 404, 409, 422];

const addProduct = (attributes: object = {}, more: object = {}) => ({
  op: 'add',
  data: { type: 'products', attributes: { name: 'Operated', price: 2, ...attributes }, ...more },
});
const addMovement = (productId: string, quantity: number, more: object = {}) => ({
  op: 'add',
  data: receipt(productId, quantity, more),
});
const count = (id: string, attributes: object) => ({
  op: 'update',
  data: { type: 'inventories', id, attributes },
});
/** An operation that works on each service. */
const WORKS = { products: addProduct(), inventory: addMovement('1', 1) };

async function onHand(id: string): Promise<number> {
  return (await shop.get('inventory', `${I}/${id}`)).json.data.attributes.onHand;
}

/** The number of events in the logs of both services. */
async function heads(): Promise<unknown[]> {
  const products = await shop.get('products', '/api/v1/product-events');
  const stock = await shop.get('inventory', '/api/v1/stock-events');
  return [products.json.meta.page.head, stock.json.meta.page.head];
}

describe.each(SERVICES)('%s', (service) => {
  const works = WORKS[service];

  test('100: operations are sent and answered under the extension', async () => {
    const reply = await operate(service, [works]);
    expectStatus(reply, 200);
    expect(reply.headers['content-type']).toMatch(
      /^application\/vnd\.api\+json; ?ext="https:\/\/jsonapi\.org\/ext\/atomic"$/,
    );
    for (const accept of [undefined, '*/*', `${MT}, ${ATOMIC_MT}`])
      expectStatus(await operate(service, [works], { headers: { accept } }), 200);
  });

  test('100: without the extension, or by another method than POST, they are refused', async () => {
    const plain = { headers: { 'content-type': MT } };
    expectRefusal(await operate(service, [works], plain), 415, {
      source: { header: 'Content-Type' },
    });
    const wish = { headers: { accept: MT } };
    expectRefusal(await operate(service, [works], wish), 406, { source: { header: 'Accept' } });
    for (const method of ['GET', 'PATCH', 'PUT', 'DELETE']) {
      const reply = await shop.ask(service, method, PATHS[service]);
      expectRefusal(reply, 405);
      expect(reply.headers.allow).toContain('POST');
    }
  });

  test('100: elsewhere the extension is not supported', async () => {
    for (const list of lists(shop).filter((one) => one.service === service)) {
      const body = { 'atomic:operations': [works] };
      const posted = await shop.ask(service, 'POST', list.path, { body, headers: BOTH });
      expect([406, 415]).toContain(posted.status);
      const request = { body, headers: { 'content-type': ATOMIC_MT } };
      expectRefusal(await shop.ask(service, 'POST', list.path, request), 415);
      const headers = { accept: ATOMIC_MT };
      expectRefusal(await shop.ask(service, 'GET', list.path, { headers }), 406);
    }
  });

  test.each([
    ['nothing', {}],
    ['data', { data: works.data }],
    ['operations with data', { 'atomic:operations': [works], data: null }],
    ['operations with included', { 'atomic:operations': [works], included: [] }],
    ['operations with errors', { 'atomic:operations': [works], errors: [] }],
    ['operations with results', { 'atomic:operations': [works], 'atomic:results': [{}] }],
    ['results', { 'atomic:results': [{}] }],
    ['no operations', { 'atomic:operations': [] }],
    ['an operation that is not in a list', { 'atomic:operations': works }],
    ['operations that are null', { 'atomic:operations': null }],
    ['a list', [works]],
  ])('101: a document of %s is malformed', async (_name, body) => {
    const before = await heads();
    expectRefusal(await send(service, body), 400);
    expect(await heads()).toEqual(before);
  });

  test('101: unknown members are ignored', async () => {
    const body = { 'atomic:operations': [{ ...works, meta: {} }], meta: {}, jsonapi: {}, foo: 1 };
    expectStatus(await send(service, body), 200);
  });

  const { type } = works.data;
  test.each<[string, unknown]>([
    ['no object', null],
    ['text', 'add'],
    ['no op', { data: works.data }],
    ['an unknown op', { ...works, op: 'replace' }],
    ['an op in capitals', { ...works, op: 'ADD' }],
    ['no data to add', { op: 'add' }],
    ['a list to add', { op: 'add', data: [works.data] }],
    ['data without a type', { op: 'add', data: { attributes: {} } }],
    ['ref and href', { op: 'remove', ref: { type, id: '1' }, href: '/api/v1/x/1' }],
    ['a ref without a type', { op: 'remove', ref: { id: '1' } }],
    ['a ref without an id', { op: 'remove', ref: { type } }],
    ['a ref with id and lid', { op: 'remove', ref: { type, id: '1', lid: 'a' } }],
    ['a ref with a numeric id', { op: 'remove', ref: { type, id: 1 } }],
    ['a ref that is text', { op: 'remove', ref: '/1' }],
    ['an href that is no text', { op: 'remove', href: 1 }],
    [
      'a relationship that is no text',
      { op: 'update', ref: { type, id: '1', relationship: 1 }, data: null },
    ],
    ['nothing to remove', { op: 'remove' }],
    ['nothing to update', { op: 'update' }],
  ])('102: an operation with %s is malformed', async (_name, operation) => {
    const before = await heads();
    expectRefused(await operate(service, [works, operation]), 1);
    expect(await heads()).toEqual(before);
  });

  test('106: a removal names its resource by ref or by href', async () => {
    expectRefused(await operate(service, [{ op: 'remove', data: { type, id: '1' } }]), 0);
    expectRefused(await operate(service, [{ op: 'remove', ref: { type, id: NO_ID } }]), 0, REFUSED);
    const href = 'https://elsewhere.test/api/v1/things/1';
    expectRefused(await operate(service, [{ op: 'remove', href }]), 0, REFUSED);
  });

  test('107: more than a thousand are refused, with the limit', async () => {
    const before = await heads();
    const reply = await operate(
      service,
      Array.from({ length: 1_001 }, () => works),
    );
    expectRefusal(reply, 400);
    expect(reply.json.errors[0].meta).toMatchObject({ maxOperations: 1_000 });
    expect(await heads()).toEqual(before);
  });

  test('107: a thousand are accepted', async () => {
    expect(
      await results(
        service,
        Array.from({ length: 1_000 }, () => works),
      ),
    ).toHaveLength(1_000);
  });
});

describe('products', () => {
  const total = async () => (await shop.get('products', P)).json.meta.page.total;
  const update = (id: string, attributes: object) => ({
    op: 'update',
    data: { type: 'products', id, attributes },
  });
  const remove = (id: string) => ({ op: 'remove', ref: { type: 'products', id } });

  test('103: when the third fails, the first two have no effect', async () => {
    const before = [await total(), await heads()];
    const product = (await shop.get('products', `${P}/1`)).json.data;
    const operations = [addProduct(), update('1', { price: 77 }), addProduct({ sku: 'A-1' })];
    expectRefused(await operate('products', operations), 2, [409]);
    for (const bad of [update(NO_ID, { price: 1 }), remove(NO_ID), addProduct({ price: -1 })])
      expectRefused(await operate('products', [operations[0], operations[1], bad]), 2, REFUSED);
    expect([await total(), await heads()]).toEqual(before);
    expect((await shop.get('products', `${P}/1`)).json.data).toEqual(product);
  });

  test('103: they are carried out in order', async () => {
    const id = await shop.product({ sku: 'ORDER-1' });
    const [, creation] = await results('products', [
      update(id, { sku: null }),
      addProduct({ sku: 'ORDER-1' }),
    ]);
    expect(creation.data.attributes.sku).toBe('ORDER-1');
    const wrongWay = [addProduct({ sku: 'ORDER-2' }), addProduct({ sku: 'ORDER-2' })];
    expectRefused(await operate('products', wrongWay), 1, [409]);
  });

  test('104: each has its result at its place, which is empty for a removal', async () => {
    const id = await shop.product();
    const deletedId = await shop.product();
    const [added, removed, updated] = await results('products', [
      addProduct({ name: 'First' }),
      remove(deletedId),
      update(id, { name: 'Third' }),
    ]);
    expect(added.data).toMatchObject({ type: 'products', attributes: { name: 'First' } });
    expect(removed.data).toBeUndefined();
    expect(updated.data).toMatchObject({ id, attributes: { name: 'Third' } });
    const stored = (await shop.get('products', `${P}/${added.data.id}`)).json.data;
    expect(added.data).toEqual(stored);
    expectRefusal(await shop.ask('products', 'GET', `${P}/${deletedId}`), 404);
    const silent = await operate('products', [remove(added.data.id)]);
    if (silent.status === 200) expect(silent.json['atomic:results']).toEqual([{}]);
    else expectStatus(silent, 204);
  });

  test('105: later operations name an added resource by its local id, in ref and data', async () => {
    const [added, updated, again, removed] = await results('products', [
      addProduct({}, { lid: 'a' }),
      { op: 'update', data: { type: 'products', lid: 'a', attributes: { price: 3 } } },
      {
        op: 'update',
        ref: { type: 'products', lid: 'a' },
        data: { type: 'products', lid: 'a', attributes: { price: 4 } },
      },
      { op: 'remove', ref: { type: 'products', lid: 'a' } },
    ]);
    const { id } = added.data;
    expect(updated.data).toMatchObject({ id, attributes: { price: 3 } });
    expect(again.data).toMatchObject({ id, attributes: { price: 4 } });
    expect(removed.data).toBeUndefined();
    expectRefusal(await shop.ask('products', 'GET', `${P}/${id}`), 404);
  });

  test('105: a local id that is unknown, used twice, or of another type or request is refused', async () => {
    const first = addProduct({}, { lid: 'a' });
    const later = (type: string, lid: string) => ({ op: 'remove', ref: { type, lid } });
    expectRefused(await operate('products', [first, later('products', 'b')]), 1, REFUSED);
    expectRefused(await operate('products', [first, addProduct({}, { lid: 'a' })]), 1, REFUSED);
    expectRefused(await operate('products', [first, later('others', 'a')]), 1, REFUSED);
    expectRefused(await operate('products', [later('products', 'a'), first]), 0, REFUSED);
    await results('products', [first]);
    expectRefused(await operate('products', [later('products', 'a')]), 0, REFUSED);
    expectRefused(await operate('products', [addProduct({}, { lid: 1 })]), 0, REFUSED);
  });

  test('106: a product has no relationship to change', async () => {
    const ref = { type: 'products', id: '1', relationship: 'inventory' };
    for (const op of ['add', 'update', 'remove'])
      expectRefused(await operate('products', [{ op, ref, data: [] }]), 0, REFUSED);
  });

  test('106: an href may name the target', async () => {
    const id = await shop.product();
    const data = { type: 'products', id, attributes: { price: 9 } };
    const [added, updated] = await results('products', [
      { ...addProduct(), href: P },
      { op: 'update', href: `${P}/${id}`, data },
    ]);
    expect(added.data.type).toBe('products');
    expect(updated.data).toMatchObject({ id, attributes: { price: 9 } });
    expect([200, 204]).toContain(
      (await operate('products', [{ op: 'remove', href: `${P}/${id}` }])).status,
    );
    expectRefusal(await shop.ask('products', 'GET', `${P}/${id}`), 404);
  });

  test('103, 85: each operation follows the rules of single requests', async () => {
    const withId = addProduct({}, { id: '77' });
    expectRefused(await operate('products', [withId]), 0, [403]);
    const readOnly = addProduct({ createdAt: '2020-01-01T00:00:00.000Z' });
    expectRefused(await operate('products', [readOnly]), 0, [403]);
    const other = { op: 'add', data: { type: 'others', attributes: {} } };
    expectRefused(await operate('products', [other]), 0, REFUSED);
    const reply = await operate('products', [addProduct({ name: '', price: -1 })]);
    expectRefused(reply, 0, [422]);
    expect(reply.json.errors[0].source.pointer).toMatch(
      /^\/atomic:operations\/0\/data\/attributes\//,
    );
    expectRefusal(await operate('products', [addProduct()], { as: 'anonymous' }), 401);
  });
});

describe('inventory', () => {
  test('103: when the third fails, no stock has changed', async () => {
    const before = [await onHand('1'), await onHand('2'), await heads()];
    const takeAll = addMovement('3', -1_000, { kind: 'adjustment', reason: 'Lost' });
    const first = [addMovement('1', 5), count('2', { onHand: 500 })];
    for (const bad of [
      takeAll,
      addMovement(NO_ID, 1),
      count(NO_ID, { onHand: 1 }),
      count('1', { onHand: 0 }),
    ])
      expectRefused(await operate('inventory', [...first, bad]), 2, REFUSED);
    expect([await onHand('1'), await onHand('2'), await heads()]).toEqual(before);
  });

  test('103: they are carried out in order', async () => {
    const id = await shop.product();
    const [tracked, received, adjustment, counted] = await results('inventory', [
      { op: 'add', data: { type: 'inventories', id, attributes: { onHand: 1 } } },
      addMovement(id, 4),
      addMovement(id, -5, { kind: 'adjustment', reason: 'Sample' }),
      count(id, { onHand: 8, lowStockThreshold: 2 }),
    ]);
    expect(tracked.data).toMatchObject({ type: 'inventories', id, attributes: { onHand: 1 } });
    expect(received.data.attributes).toMatchObject({ quantity: 4, onHandAfter: 5 });
    expect(adjustment.data.attributes).toMatchObject({ quantity: -5, onHandAfter: 0 });
    expect(counted.data.attributes).toMatchObject({ onHand: 8, lowStockThreshold: 2 });
    expect(await onHand(id)).toBe(8);
    const takenFirst = [
      addMovement(id, -9, { kind: 'adjustment', reason: 'Sample' }),
      addMovement(id, 9),
    ];
    expectRefused(await operate('inventory', takenFirst), 0, [409]);
  });

  test('104: each has its result at its place', async () => {
    const answers = await results('inventory', [
      addMovement('1', 1),
      count('2', { lowStockThreshold: 9 }),
      addMovement('6', 1),
    ]);
    expect(answers.map(({ data }) => data.type)).toEqual([
      'stock-movements',
      'inventories',
      'stock-movements',
    ]);
    const [first, second] = answers;
    const movement = await shop.get('inventory', `/api/v1/stock-movements/${first.data.id}`);
    expect(movement.json.data).toEqual(first.data);
    expect((await shop.get('inventory', `${I}/2`)).json.data).toEqual(second.data);
  });

  test('104: units of a purchase can be returned', async () => {
    const before = await onHand('6');
    const data = receipt('6', 1, { kind: 'return' });
    const purchase = { data: { type: 'purchases', id: shop.purchases[2] } };
    const relationships = { ...data.relationships, purchase };
    await results('inventory', [{ op: 'add', data: { ...data, relationships } }]);
    expect(await onHand('6')).toBe(before + 1);
  });

  test('105: a local id that is unknown or used twice is refused', async () => {
    const withLid = (lid: string) => ({ op: 'add', data: { ...receipt('1', 1), lid } });
    expect(await results('inventory', [withLid('a'), withLid('b')])).toHaveLength(2);
    expectRefused(await operate('inventory', [withLid('a'), withLid('a')]), 1, REFUSED);
    const ref = { type: 'inventories', lid: 'a' };
    const data = { type: 'inventories', lid: 'a', attributes: { onHand: 1 } };
    expectRefused(
      await operate('inventory', [withLid('a'), { op: 'update', ref, data }]),
      1,
      REFUSED,
    );
    expectRefused(await operate('inventory', [{ op: 'update', data }]), 0, REFUSED);
    const product = { data: { type: 'products', lid: 'a' } };
    const unknown = { op: 'add', data: { ...receipt('1', 1), relationships: { product } } };
    expectRefused(await operate('inventory', [unknown]), 0, REFUSED);
  });

  test('106: relationships are read only', async () => {
    const one = { type: 'inventories', id: '1', relationship: 'product' };
    const linkage = { type: 'products', id: '2' };
    expectRefused(
      await operate('inventory', [{ op: 'update', ref: one, data: linkage }]),
      0,
      [403],
    );
    const many = { type: 'purchases', id: shop.purchases[0], relationship: 'products' };
    for (const op of ['add', 'update', 'remove'])
      expectRefused(await operate('inventory', [{ op, ref: many, data: [linkage] }]), 0, REFUSED);
  });

  test('106: operations cannot remove movements, and cannot sell', async () => {
    for (const ref of [
      { type: 'inventories', id: '1' },
      { type: 'stock-movements', id: '1' },
    ])
      expectRefused(await operate('inventory', [{ op: 'remove', ref }]), 0, REFUSED);
    const lines = [{ productId: '1', quantity: 1 }];
    const sale = { op: 'add', data: { type: 'purchases', attributes: { lines } } };
    expectRefused(await operate('inventory', [sale]), 0, REFUSED);
  });

  test('110: they need an idempotency key, and are carried out once with it', async () => {
    expectRefusal(await operate('inventory', [addMovement('1', 1)], { key: null }), 400, {
      code: 'idempotency-key-required',
    });
    const before = await onHand('1');
    const first = await operate('inventory', [addMovement('1', 3)], { key: 'operations-1' });
    const again = await operate('inventory', [addMovement('1', 3)], { key: 'operations-1' });
    expectStatus(first, 200);
    expect([again.status, again.text]).toEqual([200, first.text]);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(await onHand('1')).toBe(before + 3);
    expectRefusal(await operate('inventory', [addMovement('1', 4)], { key: 'operations-1' }), 422, {
      code: 'idempotency-key-reused',
    });
  });
});
