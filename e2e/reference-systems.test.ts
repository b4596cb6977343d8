import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from './http-caller.ts';
import { startServices } from './services.ts';
import type { Services } from './services.ts';

// Clients of the five older systems, unchanged but for host, port and key. Two of the systems have
// one key for both services, and so has this shop.

const key = 'super-secret-key';
const page = 'http://localhost:5173';
const json = { 'content-type': 'application/json' };
const jsonApi = { 'content-type': 'application/vnd.api+json' };
const text = expect.any(String);
let shop: Services;

beforeAll(async () => {
  const keys = { products: key, inventory: key };
  shop = await startServices({ keys, env: { CORS_ORIGINS: page } });
});

afterAll(() => shop?.remove());

interface ClassicBody {
  id: number;
  data: { id: string | number; attributes: Record<string, unknown> };
}

/** The body of an answer that is a product or a stock. */
function bodyOf(answer: Answer): ClassicBody {
  expect(answer.status, `answered ${answer.text}`).toBeLessThan(300);
  return answer.body as ClassicBody;
}

function refusal(status: number, code: string) {
  return { status: String(status), code, title: text, detail: text };
}

function expectRefusal(answer: Answer, status: number, code: string): void {
  expect(answer.status, `answered ${answer.text}`).toBe(status);
  expect(answer.body).toMatchObject({ errors: [refusal(status, code)] });
  expect(answer.headers['content-type']).toBe('application/vnd.api+json');
}

/** How a system's client buys `quantity` of a product, with headers on top of its own. */
type Buy = (
  id: number,
  quantity: unknown,
  headers?: Record<string, string>,
  send?: Services['call'],
) => Promise<Answer>;

async function newProduct(name = 'Unit'): Promise<number> {
  const answer = await shop.call('products', {
    method: 'POST',
    path: '/products',
    headers: json,
    body: { name, price: 5 },
  });
  return bodyOf(answer).id;
}

async function stockOf(id: number): Promise<unknown> {
  const answer = await shop.call('inventory', { path: `/inventory/${id}` });
  return bodyOf(answer).data.attributes['quantity'];
}

async function productWithStock(quantity: number): Promise<number> {
  const id = await newProduct();
  bodyOf(
    await shop.call('inventory', {
      method: 'PUT',
      path: `/inventory/${id}`,
      headers: json,
      body: { quantity },
    }),
  );
  return id;
}

/** Mistakes that each of the systems makes with purchases. */
function buyingIsSound(buy: Buy): void {
  test('a purchase without a key, or with a wrong one, is refused', async () => {
    const id = await productWithStock(3);
    expectRefusal(await buy(id, 1, {}, shop.request), 401, 'key-required');
    expectRefusal(await buy(id, 1, { 'x-api-key': 'guessed' }, shop.request), 401, 'key-unknown');
    expect(await stockOf(id)).toBe(3);
  });

  test.each([-5, 0, 1.5, null, 'many', 1_000_001])(
    'a purchase of %j is refused and moves nothing',
    async (quantity) => {
      const id = await productWithStock(3);
      expectRefusal(await buy(id, quantity), 422, 'invalid-attribute');
      expect(await stockOf(id)).toBe(3);
    },
  );

  test('one of many buyers of the last unit gets it', async () => {
    const id = await productWithStock(1);
    const answers = await Promise.all(Array.from({ length: 12 }, () => buy(id, 1)));
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused).toHaveLength(11);
    for (const answer of refused) expectRefusal(answer, 409, 'insufficient-stock');
    expect(await stockOf(id)).toBe(0);
  });

  test('a purchase that is retried with its Idempotency-Key sells once', async () => {
    const id = await productWithStock(5);
    const headers = { 'idempotency-key': `retried-${id}` };
    const first = await buy(id, 2, headers);
    const again = await buy(id, 2, headers);
    expect([first.status, first.headers['idempotency-replayed']]).toEqual([200, undefined]);
    expect([again.status, again.headers['idempotency-replayed']]).toEqual([200, 'true']);
    expect(again.text).toBe(first.text);
    expect(await stockOf(id)).toBe(3);
    expectRefusal(await buy(id, 3, headers), 422, 'idempotency-key-reused');
  });

  test('an unknown or untracked product cannot be bought', async () => {
    expectRefusal(await buy(999_999, 1), 404, 'product-not-found');
    const answer = await buy(await newProduct(), 1);
    expectRefusal(answer, 409, 'insufficient-stock');
    expect(answer.body).toMatchObject({ errors: [{ meta: { available: 0 } }] });
  });
}

describe('system 1: JSON:API envelopes with Spanish names at the root', () => {
  const product = (attributes: object, more: object = {}) => ({
    data: { type: 'products', attributes, ...more },
  });
  const buy: Buy = (id, cantidad, headers = {}, send = shop.call) =>
    send('inventory', {
      method: 'PATCH',
      path: `/inventory/${id}/purchase`,
      headers: { ...json, ...headers },
      body: { data: { type: 'inventories', attributes: { cantidad } } },
    });
  const setStock = (id: unknown, cantidad: unknown, send = shop.call) =>
    send('inventory', {
      method: 'POST',
      path: '/inventory',
      headers: json,
      body: { data: { id, type: 'inventories', attributes: { cantidad } } },
    });

  test('a whole session', async () => {
    for (const service of ['products', 'inventory'] as const) {
      expect((await shop.call(service, { path: '/health' })).text).toBe('{"status":"ok"}');
      const docs = await shop.call(service, { path: '/docs' });
      expect([docs.status, docs.headers['content-type']]).toEqual([
        200,
        'text/html; charset=utf-8',
      ]);
    }
    const created = await shop.call('products', {
      method: 'POST',
      path: '/products',
      headers: json,
      body: '{"data":{"type":"products","attributes":{"nombre":"Laptop","precio":1200.5}}}',
    });
    expect(created.status).toBe(200);
    const id = bodyOf(created).data.id as number;
    const laptop = { type: 'products', id, attributes: { nombre: 'Laptop', precio: 1200.5 } };
    expect(created.body).toMatchObject({ data: laptop });
    expect(id).toBeTypeOf('number');

    const list = await shop.call('products', { path: '/products?limit=1000&offset=0' });
    expect(list.status).toBe(200);
    expect(list.body).toMatchObject({
      data: expect.arrayContaining([expect.objectContaining({ id })]),
    });
    const skipped = await shop.call('products', { path: '/products?limit=1&offset=1000' });
    expect(skipped.body).toMatchObject({ data: [] });
    const path = `/products/${id}`;
    expect((await shop.call('products', { path })).body).toMatchObject({ data: laptop });

    for (const [precio, more] of [
      [1100, {}],
      [1000, { id }],
    ] as const) {
      const body = product({ precio }, more);
      const patched = await shop.call('products', { method: 'PATCH', path, headers: json, body });
      expect(patched.status).toBe(200);
      expect(patched.body).toMatchObject({
        data: { id, attributes: { nombre: 'Laptop', precio } },
      });
    }
    const internal = await shop.call('products', { path: `/internal${path}` });
    expect(internal.status).toBe(200);
    expect(internal.body).toMatchObject({
      data: { id, attributes: { nombre: 'Laptop', precio: 1000 } },
    });

    const unstocked = await shop.call('inventory', { path: `/inventory/${id}` });
    expect(unstocked.status).toBe(200);
    expect(unstocked.body).toMatchObject({
      data: { type: 'inventories', id, attributes: { product_id: id, cantidad: 0 } },
    });
    for (const cantidad of [3, 10, 10]) {
      const set = await setStock(id, cantidad);
      expect(set.status).toBe(200);
      expect(set.body).toMatchObject({
        data: { type: 'inventories', id, attributes: { cantidad } },
      });
    }
    const bought = await buy(id, 1);
    expect(bought.status).toBe(200);
    expect(bought.body).toMatchObject({
      data: { type: 'inventories', id, attributes: { cantidad: 9 } },
    });
    expect((await shop.call('inventory', { path: `/inventory/${id}` })).body).toMatchObject({
      data: { id, attributes: { cantidad: 9 } },
    });
    expectRefusal(await buy(id, 10), 409, 'insufficient-stock');

    const deleted = await shop.call('products', { method: 'DELETE', path });
    expect([deleted.status, deleted.body]).toEqual([200, { meta: { message: text } }]);
    expectRefusal(await shop.call('products', { path }), 404, 'not-found');
    expectRefusal(await shop.call('products', { path: `/internal${path}` }), 404, 'not-found');
  });

  test('stock of -5, of a product that does not exist, or without a key is refused', async () => {
    const id = await newProduct();
    expectRefusal(await setStock(id, -5), 422, 'invalid-attribute');
    expectRefusal(await setStock(999_999, 5), 404, 'product-not-found');
    expectRefusal(await setStock(id, 5, shop.request), 401, 'key-required');
    expectRefusal(
      await shop.request('products', { path: `/internal/products/${id}` }),
      401,
      'key-required',
    );
    expect(await stockOf(id)).toBe(0);
  });

  test('a product without a name, a price, or with a wrong one is refused', async () => {
    for (const attributes of [
      { precio: 1 },
      { nombre: 'X' },
      { nombre: 'X', precio: -1 },
      { nombre: '', precio: 1 },
    ]) {
      const body = product(attributes);
      const answer = await shop.call('products', {
        method: 'POST',
        path: '/products',
        headers: json,
        body,
      });
      expectRefusal(answer, 422, 'invalid-attribute');
    }
  });

  buyingIsSound(buy);
});

describe('system 2: plain JSON, with and without trailing slashes', () => {
  const buy: Buy = (id, quantity, headers = {}, send = shop.call) =>
    send('inventory', {
      method: 'POST',
      path: '/inventory/purchase',
      headers: { ...json, ...headers },
      body: { product_id: id, quantity },
    });

  test.each(['/products/', '/products'])('a whole session that creates at %s', async (path) => {
    const laptop = { nombre: 'Laptop', precio: 999.99, descripcion: 'Thin and light' };
    const created = await shop.call('products', {
      method: 'POST',
      path,
      headers: json,
      body: laptop,
    });
    expect(created.status).toBe(201);
    const { id } = bodyOf(created);
    expect(id).toBeTypeOf('number');
    expect(created.body).toMatchObject({ id, ...laptop });

    const list = await shop.call('products', { path: '/products/' });
    expect([list.status, Array.isArray(list.body)]).toEqual([200, true]);
    expect(list.body).toContainEqual(expect.objectContaining({ id, ...laptop }));
    const read = await shop.call('products', { path: `/products/${id}` });
    expect([read.status, read.body]).toEqual([200, expect.objectContaining({ id, ...laptop })]);

    const stock = `/inventory/${id}`;
    const put = await shop.call('inventory', {
      method: 'PUT',
      path: stock,
      headers: json,
      body: { quantity: 1000 },
    });
    expect([put.status, put.body]).toEqual([
      200,
      expect.objectContaining({ product_id: id, quantity: 1000 }),
    ]);
    const bought = await buy(id, 1);
    expect([bought.status, bought.body]).toEqual([
      200,
      expect.objectContaining({ product_id: id, quantity_purchased: 1, remaining_stock: 999 }),
    ]);
    const stockAnswer = await shop.call('inventory', { path: stock });
    expect([stockAnswer.status, stockAnswer.body]).toEqual([
      200,
      expect.objectContaining({ product_id: id, quantity: 999 }),
    ]);
  });

  test('without a key nothing can be created', async () => {
    const body = { nombre: 'Laptop', precio: 1, descripcion: '' };
    const answer = await shop.request('products', {
      method: 'POST',
      path: '/products/',
      headers: json,
      body,
    });
    expectRefusal(answer, 401, 'key-required');
  });

  buyingIsSound(buy);
});

describe('system 3: everything under /api/v1, from a page on another origin', () => {
  const headers = { ...jsonApi, accept: 'application/json, text/plain, */*', origin: page };
  const buy: Buy = (id, quantity, more = {}, send = shop.call) =>
    send('inventory', {
      method: 'POST',
      path: `/api/v1/inventory/${id}/purchase`,
      headers: { ...headers, ...more },
      body: { data: { type: 'purchases', attributes: { quantity } } },
    });
  const create = (attributes: object, send = shop.call) =>
    send('products', {
      method: 'POST',
      path: '/api/v1/products',
      headers,
      body: { data: { type: 'products', attributes } },
    });
  const setStock = (productId: unknown, quantity: number) =>
    shop.call('inventory', {
      method: 'POST',
      path: '/api/v1/inventory',
      headers,
      body: { data: { type: 'inventories', attributes: { product_id: productId, quantity } } },
    });
  const mug = { name: 'Mug', description: 'Holds 350 ml', price: 14.5 };

  test('a whole session', async () => {
    const created = await create(mug);
    expect(created.status).toBe(201);
    const { id } = bodyOf(created).data;
    expect(id).toBeTypeOf('string');
    expect(created.body).toMatchObject({ data: { type: 'products', attributes: mug } });

    for (const query of ['page[number]=1&page[size]=10', 'page%5Bnumber%5D=1&page%5Bsize%5D=10']) {
      const list = await shop.call('products', { path: `/api/v1/products?${query}`, headers });
      expect(list.status).toBe(200);
      expect(list.body).toMatchObject({
        data: expect.any(Array),
        meta: { total: expect.any(Number) },
      });
    }
    const path = `/api/v1/products/${id}`;
    const patched = await shop.call('products', {
      method: 'PATCH',
      path,
      headers,
      body: { data: { type: 'products', id, attributes: { price: 15 } } },
    });
    expect([patched.status, bodyOf(patched).data]).toEqual([
      200,
      expect.objectContaining({ id, attributes: expect.objectContaining({ ...mug, price: 15 }) }),
    ]);
    expect((await shop.call('products', { path, headers })).body).toMatchObject({ data: { id } });

    const productId = Number(id);
    const stock = {
      type: 'inventories',
      id,
      attributes: { product_id: productId, quantity: 1000 },
    };
    for (const idInPath of [productId, id]) {
      const set = await setStock(idInPath, 1000);
      expect(set.status).toBe(201);
      expect(set.body).toMatchObject({ data: stock });
    }
    expect(
      (await shop.call('inventory', { path: `/api/v1/inventory/${id}`, headers })).body,
    ).toMatchObject({ data: stock });
    const bought = await buy(productId, 1);
    expect(bought.status).toBe(200);
    expect(bought.body).toMatchObject({
      data: { id, attributes: { product_id: productId, quantity: 999 } },
    });
    expectRefusal(await buy(productId, 1000), 409, 'insufficient-stock');

    const deleted = await shop.call('products', { method: 'DELETE', path, headers });
    expect([deleted.status, deleted.text]).toEqual([204, '']);
    expectRefusal(await shop.call('products', { path, headers }), 404, 'not-found');
  });

  test('meta.total counts all products, whatever the page', async () => {
    const total = async () => {
      const answer = await shop.call('products', {
        path: '/api/v1/products?page[number]=1&page[size]=1',
        headers,
      });
      return (answer.body as { meta: { total: number } }).meta.total;
    };
    const before = await total();
    await create(mug);
    expect(await total()).toBe(before + 1);
  });

  test.each([
    ['products', 'POST', '/api/v1/products'],
    ['products', 'PATCH', '/api/v1/products/1'],
    ['products', 'DELETE', '/api/v1/products/1'],
    ['inventory', 'GET', '/api/v1/inventory/1'],
    ['inventory', 'POST', '/api/v1/inventory/1/purchase'],
  ] as const)(
    'the preflight of its page is answered by %s: %s %s',
    async (service, method, path) => {
      const preflight = (origin: string) =>
        shop.request(service, {
          method: 'OPTIONS',
          path,
          headers: {
            origin,
            'access-control-request-method': method,
            'access-control-request-headers': 'content-type,x-api-key',
          },
        });
      const answer = await preflight(page);
      expect([answer.status, answer.text]).toEqual([204, '']);
      expect(answer.headers['access-control-allow-origin']).toBe(page);
      expect(answer.headers['access-control-allow-methods']?.split(/, */)).toContain(method);
      const allowed = answer.headers['access-control-allow-headers']?.toLowerCase().split(/, */);
      expect(allowed).toEqual(
        expect.arrayContaining(['content-type', 'x-api-key', 'idempotency-key']),
      );
      const foreign = await preflight('https://elsewhere.example');
      expect(foreign.headers['access-control-allow-origin']).not.toBe('https://elsewhere.example');
    },
  );

  test('its page may read answers, refusals and their headers; a foreign page may not', async () => {
    const id = await productWithStock(1);
    const answers = [
      await buy(id, 1),
      await buy(id, 1),
      await buy(id, 1, {}, shop.request),
      await create(mug),
      await create({}),
      await shop.call('inventory', { path: '/nowhere', headers }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 409, 401, 201, 422, 404]);
    for (const answer of answers) {
      expect(answer.headers['access-control-allow-origin']).toBe(page);
      expect(answer.headers.vary).toMatch(/\borigin\b/i);
      expect(answer.headers['access-control-expose-headers']).toContain('Idempotency-Replayed');
    }
    const foreign = await create(mug, (service, call) =>
      shop.call(service, {
        ...call,
        headers: { ...call.headers, origin: 'https://elsewhere.example' },
      }),
    );
    expect(foreign.headers['access-control-allow-origin']).toBeUndefined();
  });

  test('a stock of 0 and a second product of the same name are accepted; a missing key is 401', async () => {
    const first = bodyOf(await create(mug)).data.id;
    const second = bodyOf(await create(mug)).data.id;
    expect(second).not.toBe(first);
    const set = await setStock(Number(first), 0);
    expect(set.status).toBe(201);
    expect(set.body).toMatchObject({ data: { attributes: { quantity: 0 } } });
    expectRefusal(await create(mug, shop.request), 401, 'key-required');
  });

  test('the stock survives the death of the service', async () => {
    const id = await productWithStock(7);
    await buy(id, 2);
    await shop.stop('inventory', 'SIGKILL');
    await shop.start('inventory');
    expect(await stockOf(id)).toBe(5);
  });

  buyingIsSound(buy);
});

describe('system 4: the Inventory half of system 2', () => {
  const buy: Buy = (id, quantity, headers = {}, send = shop.call) =>
    send('inventory', {
      method: 'POST',
      path: '/inventory/purchase',
      headers: { ...json, ...headers },
      body: JSON.stringify({ product_id: id, quantity }),
    });

  test('a whole session', async () => {
    const id = await newProduct();
    const path = `/inventory/${id}`;
    const empty = await shop.call('inventory', { path });
    expect([empty.status, empty.body]).toEqual([
      200,
      expect.objectContaining({ product_id: id, quantity: 0 }),
    ]);
    const put = await shop.call('inventory', {
      method: 'PUT',
      path,
      headers: json,
      body: '{"quantity":1000}',
    });
    expect([put.status, put.body]).toEqual([
      200,
      expect.objectContaining({ product_id: id, quantity: 1000 }),
    ]);
    const bought = await buy(id, 4);
    expect([bought.status, bought.body]).toEqual([
      200,
      expect.objectContaining({ product_id: id, quantity_purchased: 4, remaining_stock: 996 }),
    ]);
    expectRefusal(await buy(id, 997), 409, 'insufficient-stock');
    expect((await shop.call('inventory', { path })).body).toMatchObject({
      product_id: id,
      quantity: 996,
    });
    expectRefusal(
      await shop.call('inventory', { path: '/inventory/999999' }),
      404,
      'product-not-found',
    );
  });

  test.each([-5, 1.5, 1_000_000_001])('a stock of %d is refused', async (quantity) => {
    const id = await productWithStock(3);
    const answer = await shop.call('inventory', {
      method: 'PUT',
      path: `/inventory/${id}`,
      headers: json,
      body: { quantity },
    });
    expectRefusal(answer, 422, 'invalid-attribute');
    expect(await stockOf(id)).toBe(3);
  });

  buyingIsSound(buy);
});

describe('system 5: plain JSON, with the quantity in the query', () => {
  const lamp = { name: 'Lamp', price: 39.9 };
  const create = () =>
    shop.call('products', { method: 'POST', path: '/products', headers: json, body: lamp });

  test('a whole session', async () => {
    for (const service of ['products', 'inventory'] as const) {
      expect((await shop.call(service, { path: '/health' })).body).toEqual({ status: 'ok' });
    }
    const created = await create();
    expect(created.status).toBe(201);
    const id = bodyOf(created).data.id as number;
    expect(id).toBeTypeOf('number');
    expect(created.body).toMatchObject({ data: { type: 'products', id, attributes: lamp } });

    const list = await shop.call('products', { path: '/products?page=1&size=10' });
    expect(list.status).toBe(200);
    expect(list.body).toMatchObject({
      data: expect.any(Array),
      meta: { page: 1, size: 10, total: expect.any(Number) },
    });
    const path = `/products/${id}`;
    expect((await shop.call('products', { path })).body).toMatchObject({
      data: { id, attributes: lamp },
    });
    const changed = { name: 'Desk Lamp', price: 45 };
    const put = await shop.call('products', { method: 'PUT', path, headers: json, body: changed });
    expect(put.status).toBe(200);
    expect(put.body).toMatchObject({ data: { id, attributes: changed } });

    const stock = `/inventory/${id}`;
    const set = await shop.call('inventory', { method: 'POST', path: `${stock}?quantity=10` });
    expect(set.status).toBe(200);
    expect(set.body).toMatchObject({ data: { id, attributes: { quantity: 10 } } });
    const read = await shop.call('inventory', { path: stock });
    expect(read.status).toBe(200);
    expect(read.body).toMatchObject({
      data: { type: 'inventories', id, attributes: { ...changed, quantity: 10 } },
    });

    expect((await shop.call('products', { method: 'DELETE', path })).status).toBe(200);
    expectRefusal(await shop.call('products', { path }), 404, 'not-found');
  });

  test.each([
    ['no body and no type', {}, undefined],
    ['an empty JSON body', json, ''],
    ['an empty JSON object', json, '{}'],
    ['an empty form', { 'content-type': 'application/x-www-form-urlencoded' }, ''],
    ['a type and no body', json, undefined],
  ])('the quantity of the query counts with %s', async (_, headers, body) => {
    const id = await newProduct();
    const path = `/inventory/${id}?quantity=6`;
    const answer = await shop.call('inventory', { method: 'POST', path, headers, body });
    expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('"quantity":6')]);
  });

  test.each(['-5', '1.5', '', 'ten'])('a quantity of "%s" is refused', async (quantity) => {
    const id = await newProduct();
    const answer = await shop.call('inventory', {
      method: 'POST',
      path: `/inventory/${id}?quantity=${quantity}`,
    });
    expectRefusal(answer, 422, 'invalid-attribute');
  });

  test('of two simultaneous counts the last one counts, and both are in the ledger', async () => {
    const id = await productWithStock(0);
    const set = (quantity: number) =>
      shop.call('inventory', { method: 'POST', path: `/inventory/${id}?quantity=${quantity}` });
    expect((await Promise.all([set(10), set(20)])).map(({ status }) => status)).toEqual([200, 200]);
    const ledger = await shop.call('inventory', {
      path: `/api/v1/stock-movements?filter[product]=${id}&sort=position`,
    });
    const rows = (
      ledger.body as { data: { attributes: { onHandDelta: number; onHandAfter: number } }[] }
    ).data;
    expect(rows).toHaveLength(3);
    expect(rows.reduce((sum, { attributes }) => sum + attributes.onHandDelta, 0)).toBe(
      await stockOf(id),
    );
  });
});

test('after all of that every unit is explained', async () => {
  const audit = await shop.call('inventory', { path: '/api/v1/audit' });
  expect(audit.body).toMatchObject({ data: { attributes: { clean: true, disagreements: [] } } });
});
