import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { movementBody, openShop, type Method, type Shop, type KeyName } from '../support/shop.ts';

const SECRETS = ['ana@example.org', 'theft-in-aisle-3'];
/**
 * The answer of the stream would not end, so this request is one that it refuses after the key is
 * checked.
 */
const STREAM = '/api/v1/stock-events/stream';
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** Two products, one of them a draft, and movements with actors and reasons. */
async function openBusyShop(settings: Record<string, string> = {}): Promise<Shop> {
  const shop = await openShop(settings);
  await shop.stock(1, 50);
  await shop.stockUnseen(2, 5, { status: 'draft', name: 'Surprise', priceMinor: 77_777 });
  const body = movementBody(1, { kind: 'adjustment', quantity: -1, reason: SECRETS[1] });
  const options = { body, headers: { 'x-actor': SECRETS[0] ?? '' } };
  expect((await shop.ask('POST', '/api/v1/stock-movements', options)).status).toBe(201);
  expect((await shop.buy([{ productId: '1', quantity: 1 }], { as: 'buyer' })).status).toBe(201);
  return shop;
}

interface Operation {
  readonly method: Method;
  readonly url: string;
  readonly path: string;
  /** Whether the document says that no key is needed. */
  readonly open: boolean;
}

async function operationsOf(shop: Shop): Promise<Operation[]> {
  const { paths } = (await shop.service.app.openApiDocument()) as {
    paths: Record<string, Record<string, { security?: object[] }>>;
  };
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => {
      const security = item[method]?.security ?? [];
      const open = security.length === 0 || security.some((one) => Object.keys(one).length === 0);
      const url = path === STREAM ? `${STREAM}?lastEventId=999999` : path.replace('{id}', '1');
      return { method: method.toUpperCase() as Method, path, url, open };
    }),
  );
}

function relationships(path: string, ...names: string[]): string[] {
  return names.flatMap((name) => [
    `GET /api/v1/${path}/{id}/${name}`,
    `GET /api/v1/${path}/{id}/relationships/${name}`,
  ]);
}

const READS = [
  'GET /api/v1/inventories',
  'GET /api/v1/inventories/{id}',
  ...relationships('inventories', 'product'),
  'GET /api/v1/inventory/{id}',
  `GET ${STREAM}`,
  'GET /inventory/{id}',
];
const OPEN = ['GET /health', 'GET /health/live', 'GET /health/ready'];

describe.each([
  ['by default', undefined, [...OPEN, ...READS]],
  ['with products:read only', 'products:read', OPEN],
  [
    'with purchases:read',
    'purchases:read',
    [
      ...OPEN,
      ...relationships('inventories', 'movements'),
      'GET /api/v1/purchases',
      'GET /api/v1/purchases/{id}',
      ...relationships('purchases', 'movements', 'products'),
      'GET /api/v1/reservations',
      'GET /api/v1/reservations/{id}',
      ...relationships('reservations', 'products', 'purchase'),
      'GET /api/v1/stock-events',
      `GET ${STREAM}`,
      'GET /api/v1/level-summaries',
      'GET /api/v1/sales-summaries',
      'GET /api/v1/stock-movements',
      'GET /api/v1/stock-movements/{id}',
      ...relationships('stock-movements', 'product', 'purchase', 'reservation'),
    ],
  ],
  [
    'with inventory:write',
    'inventory:write',
    [
      ...OPEN,
      'PATCH /api/v1/inventories/{id}',
      'POST /api/v1/inventories',
      'POST /api/v1/inventory',
      'POST /api/v1/inventory/{id}',
      'POST /api/v1/stock-movements',
      'POST /api/v1/stock-operations',
      'POST /inventory',
      'POST /inventory/{id}',
      'PUT /api/v1/inventory/{id}',
      'PUT /inventory/{id}',
    ],
  ],
])('without a key, %s', (_, scopes, expected) => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openBusyShop(scopes === undefined ? {} : { ANONYMOUS_SCOPES: scopes });
  });
  afterAll(() => shop.close());

  test('a caller without a key may do exactly what ANONYMOUS_SCOPES allows, as documented', async () => {
    const operations = await operationsOf(shop);
    expect(operations.length).toBeGreaterThan(20);
    const allowed: string[] = [];
    for (const { method, url, path, open } of operations) {
      const answer = await shop.ask(method, url, {
        as: 'anonymous',
        ...(method !== 'GET' && { body: {} }),
      });
      const admitted = answer.status !== 401 && answer.status !== 403;
      if (admitted) allowed.push(`${method} ${path}`);
      else {
        expect(answer).toMatchObject({ status: 401, codes: ['key-required'] });
        expect(answer.headers).toHaveProperty('www-authenticate');
      }
      expect(open, `${method} ${path} is documented as ${open ? 'open' : 'closed'}`).toBe(admitted);
      expect(answer.status).toBeLessThan(500);
    }
    expect(allowed.sort()).toEqual([...expected].sort());
  });

  if (scopes !== undefined) return;

  test('no answer names an actor, a reason or a product that is not active', async () => {
    const urls = (await operationsOf(shop))
      .filter(({ method, path }) => method === 'GET' && path !== STREAM)
      .flatMap(({ path }) => [path.replace('{id}', '1'), path.replace('{id}', '2')]);
    for (const url of urls) {
      const { text } = await shop.ask('GET', url, { as: 'anonymous' });
      for (const secret of [...SECRETS, 'Surprise', '777.77', '"actor"', '"reason"'])
        expect(text).not.toContain(secret);
    }
  });

  test('HEAD needs the scope of GET', async () => {
    for (const { method, url, open } of await operationsOf(shop)) {
      if (method !== 'GET') continue;
      const { status, text } = await shop.ask('HEAD', url, { as: 'anonymous' });
      expect(status === 401).toBe(!open);
      expect(text).toBe('');
    }
  });

  test('a wrong key is 401 on every route but health', async () => {
    for (const { method, url, path } of await operationsOf(shop)) {
      const answer = await shop.ask(method, url, { as: 'wrong' });
      if (path.startsWith('/health')) expect(answer.status).toBe(200);
      else expect(answer).toMatchObject({ status: 401, codes: ['key-unknown'] });
    }
  });

  test('a key without scopes is 403 where a scope is needed', async () => {
    for (const { method, url, path } of await operationsOf(shop)) {
      const answer = await shop.ask(method, url, { as: 'nothing' });
      if (!path.startsWith('/health'))
        expect(answer).toMatchObject({ status: 403, codes: ['scope-missing'] });
    }
  });
});

describe('scopes', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openBusyShop();
  });
  afterAll(() => shop.close());

  const idsOf = (json: { data: { id: string }[] }): string[] => json.data.map(({ id }) => id);

  test('a caller with purchases:write alone sees only its own purchases', async () => {
    const own = await shop.buy([{ productId: '1', quantity: 1 }], { as: 'other-buyer' });
    const { id } = own.json.data;
    const list = await shop.ask('GET', '/api/v1/purchases', { as: 'other-buyer' });
    expect(idsOf(list.json)).toEqual([id]);
    expect(list.json.meta.total).toBe(1);
    expect((await shop.ask('GET', `/api/v1/purchases/${id}`, { as: 'other-buyer' })).status).toBe(
      200,
    );
    expect(await shop.ask('GET', `/api/v1/purchases/${id}`, { as: 'buyer' })).toMatchObject({
      status: 404,
      codes: ['not-found'],
    });
    const all = await shop.ask('GET', '/api/v1/purchases', { as: 'reader' });
    expect(all.json.meta.total).toBe(2);
    expect((await shop.ask('GET', '/api/v1/stock-movements', { as: 'buyer' })).status).toBe(403);
    expect((await shop.ask('GET', '/api/v1/stock-events', { as: 'buyer' })).status).toBe(403);
    expect((await shop.ask('GET', '/api/v1/audit', { as: 'reader' })).status).toBe(403);
  });

  test('x-actor makes a separate caller, only for a key with the scope internal', async () => {
    const buy = (as: KeyName, actor: string) =>
      shop.buy([{ productId: '1', quantity: 1 }], { as, headers: { 'x-actor': actor } });
    const read = (actor: string) =>
      shop.ask('GET', '/api/v1/purchases', { as: 'gateway', headers: { 'x-actor': actor } });
    const one = await buy('gateway', 'customer:1');
    await buy('gateway', 'customer:2');
    expect(idsOf((await read('customer:1')).json)).toEqual([one.json.data.id]);
    const pretended = await buy('buyer', 'customer:1');
    expect(pretended.status).toBe(201);
    expect(idsOf((await read('customer:1')).json)).toEqual([one.json.data.id]);
    const { json } = await shop.ask('GET', '/api/v1/stock-movements?page[size]=3');
    const actors = json.data.map(
      ({ attributes }: { attributes: { actor: string } }) => attributes.actor,
    );
    expect(actors).toEqual(['buyer', 'customer:2', 'customer:1']);
    expect((await buy('gateway', 'x'.repeat(201))).status).toBe(400);
  });

  test('a caller with inventory:write sees the name and price of inactive products', async () => {
    const open = await shop.ask('GET', '/inventory/2', { as: 'anonymous' });
    expect(open.json).toEqual({
      data: { type: 'inventories', id: 2, attributes: { product_id: 2, quantity: 5, cantidad: 5 } },
      product_id: 2,
      quantity: 5,
      cantidad: 5,
    });
    expect((await shop.ask('GET', '/inventory/2', { as: 'clerk' })).json).toMatchObject({
      name: 'Surprise',
      price: 777.77,
    });
    expect((await shop.ask('GET', '/inventory/1', { as: 'anonymous' })).json).toMatchObject({
      name: 'Product 1',
      price: 19.99,
    });
  });

  test('the key is checked before the body is read', async () => {
    const answer = await shop.ask('POST', '/api/v1/purchases', { as: 'reader', body: '{"data":' });
    expect(answer).toMatchObject({ status: 403, codes: ['scope-missing'] });
  });
});
