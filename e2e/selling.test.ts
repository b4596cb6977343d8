import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Answer } from './http-caller.ts';
import { startServices } from './services.ts';
import type { Services, Start } from './services.ts';
import { withinMs } from '@anaquel/runtime/soak-counts';

// From a new product to its sale, with both services as processes.

const jsonApi = { 'content-type': 'application/vnd.api+json' };
/** So long after Products went down Inventory asks for each product; it sells them still. */
const freshMs = 2_000;
/** Of what is waited for. */
const patience = { timeout: 30_000, interval: 10 };
let shop: Services;
let keys = 0;

beforeAll(async () => {
  // A Products that is slow because the machine is busy has not failed.
  shop = await startServices({ env: { HTTP_TIMEOUT_SECONDS: '20' } });
});

afterAll(() => shop?.remove());

interface Resource {
  id: string;
  attributes: Record<string, unknown>;
}

function resourceIn(answer: Answer, status: number): Resource {
  expect(answer.status, `answered ${answer.text}`).toBe(status);
  return (answer.body as { data: Resource }).data;
}

function newKey(): string {
  keys += 1;
  return `key-${keys}`;
}

async function createProduct(attributes: object = {}): Promise<string> {
  const body = {
    data: { type: 'products', attributes: { name: 'Unit', price: 10, ...attributes } },
  };
  const answer = await shop.call('products', {
    method: 'POST',
    path: '/api/v1/products',
    headers: jsonApi,
    body,
  });
  return resourceIn(answer, 201).id;
}

function changeProduct(id: string, attributes: object): Promise<Answer> {
  const body = { data: { type: 'products', id, attributes } };
  return shop.call('products', {
    method: 'PATCH',
    path: `/api/v1/products/${id}`,
    headers: jsonApi,
    body,
  });
}

async function deleteProduct(id: string): Promise<void> {
  const answer = await shop.call('products', { method: 'DELETE', path: `/api/v1/products/${id}` });
  expect(answer.status).toBe(204);
}

function track(id: string, onHand: number): Promise<Answer> {
  const body = { data: { type: 'inventories', id, attributes: { onHand } } };
  return shop.call('inventory', {
    method: 'POST',
    path: '/api/v1/inventories',
    headers: jsonApi,
    body,
  });
}

async function productWithStock(onHand: number, attributes: object = {}): Promise<string> {
  const id = await createProduct(attributes);
  resourceIn(await track(id, onHand), 201);
  return id;
}

/** A movement; a return names its purchase. */
function move(id: string, attributes: object, purchaseId?: string): Promise<Answer> {
  const product = { data: { type: 'products', id } };
  const purchase = purchaseId && { data: { type: 'purchases', id: purchaseId } };
  const relationships = { product, ...(purchase && { purchase }) };
  return shop.call('inventory', {
    method: 'POST',
    path: '/api/v1/stock-movements',
    headers: { ...jsonApi, 'idempotency-key': newKey() },
    body: { data: { type: 'stock-movements', attributes, relationships } },
  });
}

function count(id: string, onHand: number): Promise<Answer> {
  const body = { data: { type: 'inventories', id, attributes: { onHand } } };
  return shop.call('inventory', {
    method: 'PATCH',
    path: `/api/v1/inventories/${id}`,
    headers: jsonApi,
    body,
  });
}

function buyLines(lines: readonly object[], key = newKey()): Promise<Answer> {
  return shop.call('inventory', {
    method: 'POST',
    path: '/api/v1/purchases',
    headers: { ...jsonApi, 'idempotency-key': key },
    body: { data: { type: 'purchases', attributes: { lines } } },
  });
}

function buy(productId: string, quantity = 1, key = newKey()): Promise<Answer> {
  return buyLines([{ productId, quantity }], key);
}

function buyClassic(productId: string, quantity: number, key: string): Promise<Answer> {
  return shop.call('inventory', {
    method: 'POST',
    path: '/inventory/purchase',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: { product_id: Number(productId), quantity },
  });
}

async function stockOf(id: string): Promise<unknown> {
  const answer = await shop.call('inventory', { path: `/api/v1/inventories/${id}` });
  return resourceIn(answer, 200).attributes['available'];
}

async function total(path: string): Promise<number> {
  const answer = await shop.call('inventory', { path });
  return (answer.body as { meta: { total: number } }).meta.total;
}

/** Counts the answers by `201`, or by the status with the error's code. */
function tally(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, body } of answers) {
    const { errors } = body as { errors?: { code: string }[] };
    const name = errors ? `${status} ${errors.map(({ code }) => code).join()}` : String(status);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

async function expectCleanAudit(): Promise<void> {
  const audit = resourceIn(await shop.call('inventory', { path: '/api/v1/audit' }), 200);
  expect(audit.attributes).toMatchObject({ clean: true, disagreementCount: 0 });
}

function lookups(): number {
  return shop.log('products').match(/"path":"\/internal\/products/g)?.length ?? 0;
}

function expectRefusal(answer: Answer, status: number, error: object): void {
  expect(answer.status, `answered ${answer.text}`).toBe(status);
  expect(answer.body).toMatchObject({ errors: [{ status: String(status), ...error }] });
}

async function restartInventory(how?: Start): Promise<void> {
  await shop.stop('inventory');
  await shop.start('inventory', how);
}

test('create, stock, sell, read: all answers agree', async () => {
  const id = await createProduct({ name: 'Lamp', price: 19.99, sku: 'LAMP-1' });
  const other = await productWithStock(5, { name: 'Bulb', price: 0.1 });
  expectRefusal(await move(id, { kind: 'receipt', quantity: 3 }), 404, { code: 'not-tracked' });
  resourceIn(await track(id, 0), 201);
  const received = resourceIn(
    await move(id, { kind: 'receipt', quantity: 10, reason: 'Delivery 1' }),
    201,
  );
  expect(received.attributes).toMatchObject({
    onHandDelta: 10,
    onHandAfter: 10,
    sequence: 2,
    actor: 'inventory',
  });

  const bought = await buyLines([
    { productId: id, quantity: 2, expectedPrice: 19.99 },
    { productId: other, quantity: 3 },
    { productId: id, quantity: 1 },
  ]);
  const purchase = resourceIn(bought, 201);
  expect(purchase.attributes).toMatchObject({
    lines: [
      { productId: id, quantity: 2, name: 'Lamp', sku: 'LAMP-1', unitPrice: 19.99, available: 7 },
      { productId: other, quantity: 3, name: 'Bulb', sku: null, unitPrice: 0.1, available: 2 },
      { productId: id, quantity: 1, name: 'Lamp', unitPrice: 19.99, available: 7 },
    ],
    total: 60.27,
    currency: 'USD',
  });
  const location = new URL(bought.headers.location ?? '');
  expect(location.origin).toBe(shop.origins.inventory);
  const read = await shop.call('inventory', { path: location.pathname });
  expect(resourceIn(read, 200)).toEqual(purchase);
  expect([await stockOf(id), await stockOf(other)]).toEqual([7, 2]);

  const ledger = await shop.call('inventory', {
    path: `/api/v1/stock-movements?filter[product]=${id}&sort=position`,
  });
  const rows = (ledger.body as { data: Resource[] }).data.map(({ attributes }) => attributes);
  expect(rows.map(({ sequence }) => sequence)).toEqual(rows.map((_, index) => index + 1));
  expect(rows.reduce((sum, row) => sum + Number(row['onHandDelta']), 0)).toBe(7);

  // A product links to its stock, and the stock includes its product.
  const product = await shop.call('products', { path: `/api/v1/products/${id}` });
  const { links } = (product.body as { data: { links: { inventory: string } } }).data;
  expect(links.inventory).toBe(`${shop.origins.inventory}/api/v1/inventories/${id}`);
  const stock = await shop.call('inventory', {
    path: `${new URL(links.inventory).pathname}?include=product`,
  });
  expect(stock.text).toContain(`${shop.origins.products}/api/v1/products/${id}`);

  const refused = await buyLines([
    { productId: other, quantity: 1 },
    { productId: id, quantity: 5 },
    { productId: id, quantity: 5 },
  ]);
  expect(refused.status).toBe(409);
  expect(refused.text).toContain('insufficient-stock');
  expect([await stockOf(id), await stockOf(other)]).toEqual([7, 2]);
  await expectCleanAudit();
});

describe('many at once', () => {
  test('2,000 buyers of 200 units: exactly 200 get one, and nobody gets a server error', async () => {
    const id = await productWithStock(200);
    const lookupsBefore = lookups();
    const begunAt = performance.now();
    const answers = await Promise.all(Array.from({ length: 2_000 }, () => buy(id)));
    expect(tally(answers)).toEqual({ '201': 200, '409 insufficient-stock': 1_800 });
    expect(await stockOf(id)).toBe(0);
    expect(await total(`/api/v1/stock-movements?filter[product]=${id}`)).toBe(201);
    const ids = answers
      .filter(({ status }) => status === 201)
      .map((answer) => resourceIn(answer, 201).id);
    expect(new Set(ids).size).toBe(200);
    // One request when it was stocked, and one each time the feed was not read for too long.
    const seconds = (performance.now() - begunAt) / 1_000;
    expect(lookups() - lookupsBefore).toBeLessThanOrEqual(20 + seconds);
    expect(lookups()).toBeGreaterThan(0);
    await expectCleanAudit();
  });

  test('100 keys, 20 copies of each at once: 100 purchases, and every copy gets the same answer', async () => {
    const id = await productWithStock(1_000);
    const before = await total('/api/v1/purchases');
    const requests = Array.from({ length: 2_000 }, (_, index) => `copies-${index % 100}`);
    const answers = await Promise.all(requests.map((key) => buy(id, 2, key)));
    expect(tally(answers)).toEqual({ '201': 2_000 });
    for (let key = 0; key < 100; key += 1) {
      const copies = answers.filter((_, index) => index % 100 === key);
      expect(new Set(copies.map(({ text }) => text)).size).toBe(1);
      expect(new Set(copies.map(({ headers }) => headers.location)).size).toBe(1);
      expect(
        copies.filter(({ headers }) => headers['idempotency-replayed'] === 'true'),
      ).toHaveLength(19);
    }
    expect(await stockOf(id)).toBe(800);
    expect((await total('/api/v1/purchases')) - before).toBe(100);
    await expectCleanAudit();
  });

  test('purchases of several products in opposite orders neither deadlock nor oversell', async () => {
    const first = await productWithStock(30);
    const second = await productWithStock(30);
    const lines = [first, second].map((productId) => ({ productId, quantity: 1 }));
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => buyLines(index % 2 ? lines : lines.toReversed())),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(30);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(70);
    expect([await stockOf(first), await stockOf(second)]).toEqual([0, 0]);
  });
});

describe('one key', () => {
  test('used by a canonical and then a classic route, or the other way round, sells once', async () => {
    const id = await productWithStock(10);
    const [forth, back] = [newKey(), newKey()];
    const canonical = resourceIn(await buy(id, 2, forth), 201);
    const classic = await buyClassic(id, 2, forth);
    expect([classic.status, classic.headers['idempotency-replayed']]).toEqual([200, 'true']);
    expect(classic.body).toMatchObject({
      purchase_id: canonical.id,
      quantity_purchased: 2,
      remaining_stock: 8,
    });

    const first = await buyClassic(id, 3, back);
    const again = await buy(id, 3, back);
    expect([again.status, again.headers['idempotency-replayed']]).toEqual([201, 'true']);
    expect(first.body).toMatchObject({ purchase_id: resourceIn(again, 201).id });
    expect(await stockOf(id)).toBe(5);
  });

  test('with another body is refused on every route', async () => {
    const id = await productWithStock(10);
    const key = newKey();
    resourceIn(await buy(id, 1, key), 201);
    const problem = { code: 'idempotency-key-reused', source: { header: 'Idempotency-Key' } };
    expectRefusal(await buy(id, 2, key), 422, problem);
    expectRefusal(await buyClassic(id, 2, key), 422, problem);
    expect(await stockOf(id)).toBe(9);
  });

  test('of a count that is retried after a sale does not count again', async () => {
    const id = await productWithStock(0);
    const set = () =>
      shop.call('inventory', {
        method: 'PUT',
        path: `/inventory/${id}`,
        headers: { 'content-type': 'application/json', 'idempotency-key': `count-${id}` },
        body: { quantity: 10 },
      });
    const first = await set();
    resourceIn(await buy(id, 4), 201);
    const again = await set();
    expect([again.status, again.text, again.headers['idempotency-replayed']]).toEqual([
      200,
      first.text,
      'true',
    ]);
    expect(await stockOf(id)).toBe(6);
  });

  test('of a refused purchase stays free for a later try', async () => {
    const id = await productWithStock(1);
    const key = newKey();
    expectRefusal(await buy(id, 2, key), 409, { code: 'insufficient-stock' });
    resourceIn(await count(id, 2), 200);
    resourceIn(await buy(id, 2, key), 201);
  });
});

describe('the data of Products decides', () => {
  test('a new product never inherits the stock of a deleted one', async () => {
    const deletedId = await productWithStock(40);
    await deleteProduct(deletedId);
    const id = await createProduct();
    expect(Number(id)).toBeGreaterThan(Number(deletedId));
    const read = await shop.call('inventory', { path: `/api/v1/inventories/${id}` });
    expectRefusal(read, 404, { code: 'not-tracked' });
    const classic = await shop.call('inventory', { path: `/inventory/${id}` });
    expect(classic.body).toMatchObject({ product_id: Number(id), quantity: 0 });
    expectRefusal(await buy(id), 409, { code: 'insufficient-stock', meta: { available: 0 } });
    expect(await stockOf(deletedId)).toBe(40);
  });

  test('drafts are stocked and not sold', async () => {
    const id = await productWithStock(5, { status: 'draft' });
    const problem = { code: 'product-not-active', source: { pointer: '/data/attributes/lines/0' } };
    expectRefusal(await buy(id), 409, problem);
    expect(await stockOf(id)).toBe(5);
  });

  test('a price other than expectedPrice is refused with the price, and nothing is sold', async () => {
    const id = await productWithStock(5, { price: 10.5 });
    const other = await productWithStock(5);
    const answer = await buyLines([
      { productId: other, quantity: 1, expectedPrice: 10 },
      { productId: id, quantity: 1, expectedPrice: 9.99 },
    ]);
    const source = { pointer: '/data/attributes/lines/1' };
    expectRefusal(answer, 409, {
      code: 'price-changed',
      source,
      meta: { productId: id, price: 10.5, currency: 'USD' },
    });
    expect([await stockOf(id), await stockOf(other)]).toEqual([5, 5]);
  });

  test('one purchase has one currency', async () => {
    const dollars = await productWithStock(5);
    const yen = await productWithStock(5, { price: 1_500, currency: 'JPY' });
    const lines = [dollars, yen].map((productId) => ({ productId, quantity: 1 }));
    expectRefusal(await buyLines(lines), 422, {
      code: 'mixed-currencies',
      source: { pointer: '/data/attributes/lines/1' },
    });
    const purchase = resourceIn(await buy(yen, 2), 201);
    expect(purchase.attributes).toMatchObject({ total: 3_000, currency: 'JPY' });
    expect(await stockOf(dollars)).toBe(5);
  });

  test('a new price is what the next purchase is charged, and an archived product is sold no more', async () => {
    const id = await productWithStock(1_000);
    resourceIn(await buy(id), 201);
    for (const price of [12, 13]) {
      resourceIn(await changeProduct(id, { price }), 200);
      const changedAt = performance.now();
      await vi.waitFor(async () => {
        expect(resourceIn(await buy(id), 201).attributes).toMatchObject({ total: price });
      }, patience);
      expect(performance.now() - changedAt).toBeLessThan(withinMs(1_000));
    }
    resourceIn(await changeProduct(id, { status: 'archived' }), 200);
    await vi.waitFor(async () => {
      expectRefusal(await buy(id), 409, { code: 'product-not-active' });
    }, patience);
    resourceIn(await changeProduct(id, { status: 'active' }), 200);
    resourceIn(await buy(id), 201);
    await deleteProduct(id);
    await vi.waitFor(async () => {
      expectRefusal(await buy(id), 404, { code: 'product-not-found' });
    }, patience);
  });

  describe('once Inventory has read the change', () => {
    let archived: string;
    let repriced: string;
    let deleted: string;
    let purchaseOfRepriced: Resource;
    let purchaseOfDeleted: Resource;

    beforeAll(async () => {
      archived = await productWithStock(5);
      repriced = await productWithStock(5);
      deleted = await productWithStock(6);
      purchaseOfDeleted = resourceIn(await buy(deleted), 201);
      purchaseOfRepriced = resourceIn(await buy(repriced), 201);
      resourceIn(await changeProduct(archived, { status: 'archived' }), 200);
      resourceIn(await changeProduct(repriced, { price: 12, name: 'Renamed' }), 200);
      await deleteProduct(deleted);
      await restartInventory();
    });

    test('an archived product is not sold', async () => {
      expectRefusal(await buy(archived), 409, { code: 'product-not-active' });
    });

    test('a new price holds for new purchases, and old ones keep theirs', async () => {
      const refused = await buyLines([{ productId: repriced, quantity: 1, expectedPrice: 10 }]);
      expectRefusal(refused, 409, { code: 'price-changed', meta: { price: 12 } });
      const purchase = resourceIn(await buy(repriced), 201);
      expect(purchase.attributes).toMatchObject({
        total: 12,
        lines: [{ name: 'Renamed', unitPrice: 12 }],
      });
      const old = await shop.call('inventory', {
        path: `/api/v1/purchases/${purchaseOfRepriced.id}`,
      });
      expect(resourceIn(old, 200)).toEqual(purchaseOfRepriced);
      expect(purchaseOfRepriced.attributes).toMatchObject({ total: 10, lines: [{ name: 'Unit' }] });
    });

    test('the stock of a deleted product can be counted, adjusted down and returned, not received or sold', async () => {
      expectRefusal(await buy(deleted), 404, { code: 'product-not-found' });
      expectRefusal(await move(deleted, { kind: 'receipt', quantity: 1 }), 404, {
        code: 'product-not-found',
      });
      const adjustment = { kind: 'adjustment', quantity: 1, reason: 'Found' };
      expectRefusal(await move(deleted, adjustment), 404, { code: 'product-not-found' });
      expect(await stockOf(deleted)).toBe(5);
      resourceIn(
        await move(deleted, { kind: 'adjustment', quantity: -2, reason: 'Scrapped' }),
        201,
      );
      expect(await stockOf(deleted)).toBe(3);
      expect(resourceIn(await count(deleted, 1), 200).attributes).toMatchObject({ onHand: 1 });
      expectRefusal(await track(deleted, 1), 404, { code: 'product-not-found' });
      const back = { kind: 'return', quantity: 1 };
      resourceIn(await move(deleted, back, purchaseOfDeleted.id), 201);
      expectRefusal(await move(deleted, back, purchaseOfDeleted.id), 409, {
        code: 'return-exceeds-sale',
      });
      expect(await stockOf(deleted)).toBe(2);
      await expectCleanAudit();
    });
  });
});

describe('while Products is down', () => {
  let cachedId: string;
  let uncachedId: string;
  let waitedFor: string;
  let seenAt: number;
  let key: string;
  let first: Answer;

  beforeAll(async () => {
    uncachedId = await productWithStock(5);
    waitedFor = await productWithStock(5);
    cachedId = await productWithStock(50);
    key = newKey();
    // With a short time budget Inventory soon notices that Products is down, and sometimes that it
    // is slow.
    await restartInventory({ env: { HTTP_TIMEOUT_SECONDS: '1' } });
    await vi.waitFor(async () => {
      first = await buy(cachedId, 2, key);
      resourceIn(first, 201);
    }, 30_000);
    seenAt = Date.now();
  });

  /** Inventory notices by itself, within seconds. */
  async function productsAreBack(): Promise<void> {
    const look = async (): Promise<void> => {
      const { body } = await shop.request('inventory', { path: '/health/ready' });
      expect(body).toMatchObject({ checks: { products: 'ok' } });
    };
    await vi.waitFor(look, patience);
  }

  test('because it hangs: a lookup ends with its time budget, and other requests are unharmed', async () => {
    shop.pause('products');
    try {
      const waiting = Array.from({ length: 50 }, () => buy(waitedFor));
      resourceIn(await buy(cachedId), 201);
      expect(tally(await Promise.all(waiting))).toEqual({ '503 catalogue-unavailable': 50 });
    } finally {
      shop.resume('products');
    }
    await productsAreBack();
    resourceIn(await buy(waitedFor), 201);
    expect([await stockOf(cachedId), await stockOf(waitedFor)]).toEqual([47, 4]);
  });

  describe('because it died', () => {
    beforeAll(() => shop.stop('products', 'SIGKILL'));

    test('a purchase that is repeated gets its first answer', async () => {
      const again = await buy(cachedId, 2, key);
      expect([again.status, again.text]).toEqual([201, first.text]);
      expect(await stockOf(cachedId)).toBe(47);
    });

    test('a product that is not in the cache is a quick 503 with Retry-After', async () => {
      for (const id of [uncachedId, '999999']) {
        const answer = await buy(id);
        expectRefusal(answer, 503, { code: 'catalogue-unavailable' });
        expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
      }
      expectRefusal(
        await buyLines([cachedId, uncachedId].map((productId) => ({ productId, quantity: 1 }))),
        503,
        {},
      );
      expectRefusal(await move(uncachedId, { kind: 'receipt', quantity: 1 }), 503, {
        code: 'catalogue-unavailable',
      });
      expect(await stockOf(uncachedId)).toBe(5);
    });

    test('reading, counting and adjusting down work', async () => {
      const classic = await shop.call('inventory', { path: `/inventory/${uncachedId}` });
      expect([classic.status, classic.body]).toEqual([
        200,
        expect.objectContaining({ quantity: 5 }),
      ]);
      resourceIn(await count(uncachedId, 4), 200);
      resourceIn(
        await move(uncachedId, { kind: 'adjustment', quantity: -1, reason: 'Broken' }),
        201,
      );
      expect(await stockOf(uncachedId)).toBe(3);
    });

    test('Inventory is ready, and reports Products as degraded', async () => {
      const { status, body } = await shop.request('inventory', { path: '/health/ready' });
      expect([status, body]).toEqual([
        200,
        { status: 'ok', checks: { database: 'ok', products: 'degraded' } },
      ]);
    });

    test('a product in the cache still sells, at the cached price', async () => {
      await delay(Math.max(0, seenAt + freshMs + 200 - Date.now()));
      const purchase = resourceIn(await buy(cachedId), 201);
      expect(purchase.attributes).toMatchObject({ total: 10 });
      expect(await stockOf(cachedId)).toBe(46);
    });

    test('everything works again once Products is back, without a restart', async () => {
      await shop.start('products');
      await productsAreBack();
      resourceIn(await buy(uncachedId), 201);
      resourceIn(await buy(await productWithStock(1)), 201);
      expect(await stockOf(uncachedId)).toBe(2);
      await expectCleanAudit();
    });
  });
});
