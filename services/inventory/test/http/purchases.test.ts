import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { MAX_WAIT_MS } from '../../src/application/command-queue.ts';
import type { FakeProduct } from '../support/fake-products.ts';
import { openShop, purchaseBody, type Shop } from '../support/shop.ts';
import { FAULTS, refusalOf } from '../support/faults.ts';

let shop: Shop;
let lastProduct = 0;

beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());
beforeEach(() => shop.mend());

/** A new product in stock; its id as the API writes it. */
async function stocked(onHand: number): Promise<string> {
  lastProduct += 1;
  await shop.stock(lastProduct, onHand);
  return String(lastProduct);
}

/** A new product in stock that is not in Inventory's cache. */
async function stockedUnseen(onHand: number, product: Partial<FakeProduct> = {}): Promise<string> {
  lastProduct += 1;
  await shop.stockUnseen(lastProduct, onHand, product);
  return String(lastProduct);
}

const available = async (id: string): Promise<number> =>
  (await shop.ask('GET', `/api/v1/inventories/${id}`)).json.data.attributes.available;
const sourcesOf = (json: { errors: { source?: { pointer?: string } }[] }) =>
  json.errors.map(({ source }) => source?.pointer);

describe('a purchase', () => {
  test('sells all lines at today’s prices, and can be read again', async () => {
    const [one, two] = [
      await stocked(5),
      await stockedUnseen(9, { name: 'Tea', sku: 'TEA-1', priceMinor: 29 }),
    ];
    const lines = [
      { productId: one, quantity: 2 },
      { productId: two, quantity: 3, expectedPrice: 0.29 },
      { productId: one, quantity: 1, expectedPrice: null },
    ];
    const body = purchaseBody(lines, { reference: 'order-1001' });
    const answer = await shop.ask('POST', '/api/v1/purchases', { body, as: 'buyer' });
    expect(answer.status).toBe(201);
    const { data } = answer.json;
    expect(data.id).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    const pricedAt: unknown = expect.stringMatching(/Z$/);
    expect(data.attributes).toEqual({
      number: 1,
      reference: 'order-1001',
      lines: [
        {
          productId: one,
          quantity: 2,
          name: `Product ${one}`,
          sku: null,
          unitPrice: 19.99,
          pricedAt,
          available: 2,
          returned: 0,
        },
        {
          productId: two,
          quantity: 3,
          name: 'Tea',
          sku: 'TEA-1',
          unitPrice: 0.29,
          pricedAt,
          available: 6,
          returned: 0,
        },
        {
          productId: one,
          quantity: 1,
          name: `Product ${one}`,
          sku: null,
          unitPrice: 19.99,
          pricedAt,
          available: 2,
          returned: 0,
        },
      ],
      total: 60.84,
      currency: 'USD',
      createdAt: expect.stringMatching(/Z$/),
    });
    expect(answer.headers.location).toBe(`http://inventory.test/api/v1/purchases/${data.id}`);
    const read = await shop.ask('GET', `/api/v1/purchases/${data.id}`, { as: 'buyer' });
    expect(read).toMatchObject({ status: 200, json: answer.json });
  });

  test('asks Products once for all its lines', async () => {
    const lines = [];
    for (let line = 0; line < 3; line += 1)
      lines.push({ productId: await stockedUnseen(5), quantity: 1 });
    const before = shop.products.calls.length;
    expect((await shop.buy(lines)).status).toBe(201);
    expect(shop.products.calls.slice(before)).toEqual([
      lines.map(({ productId }) => Number(productId)),
    ]);
  });

  test('of a hundred lines is one purchase', async () => {
    const id = await stocked(100);
    const lines = Array.from({ length: 100 }, () => ({ productId: id, quantity: 1 }));
    expect((await shop.buy(lines)).status).toBe(201);
    expect(await available(id)).toBe(0);
  });

  test('in a currency without decimals', async () => {
    const id = await stockedUnseen(5, { priceMinor: 1_500, currency: 'JPY', currencyDecimals: 0 });
    const { json } = await shop.buy([{ productId: id, quantity: 2 }]);
    expect(json.data.attributes).toMatchObject({
      total: 3_000,
      currency: 'JPY',
      lines: [{ unitPrice: 1_500 }],
    });
  });
});

describe('a purchase is refused whole', () => {
  test('409 insufficient-stock has one error a failing line', async () => {
    const [one, two, three] = [await stocked(1), await stocked(5), await stocked(0)];
    const answer = await shop.buy([
      { productId: one, quantity: 2 },
      { productId: two, quantity: 1 },
      { productId: three, quantity: 1 },
    ]);
    expect(answer).toMatchObject({
      status: 409,
      codes: ['insufficient-stock', 'insufficient-stock'],
    });
    expect(sourcesOf(answer.json)).toEqual([
      '/data/attributes/lines/0',
      '/data/attributes/lines/2',
    ]);
    expect(answer.json.errors.map(({ meta }: { meta: object }) => meta)).toEqual([
      { productId: one, requested: 2, available: 1 },
      { productId: three, requested: 1, available: 0 },
    ]);
    expect(await available(two)).toBe(5);
  });

  test('two lines of one product that together exceed the stock', async () => {
    const id = await stocked(3);
    const answer = await shop.buy([
      { productId: id, quantity: 2 },
      { productId: id, quantity: 2 },
    ]);
    expect(answer).toMatchObject({
      status: 409,
      codes: ['insufficient-stock', 'insufficient-stock'],
    });
    expect(answer.json.errors[1].meta).toMatchObject({ requested: 4, available: 3 });
    expect(await available(id)).toBe(3);
  });

  test('an untracked product has nothing available', async () => {
    lastProduct += 1;
    shop.products.put(lastProduct);
    const answer = await shop.buy([{ productId: String(lastProduct), quantity: 1 }]);
    expect(answer).toMatchObject({ status: 409, codes: ['insufficient-stock'] });
    expect(answer.json.errors[0].meta).toMatchObject({ available: 0 });
  });

  test('404 product-not-found names the line', async () => {
    const id = await stocked(3);
    for (const unknown of ['987654', 'x', '0']) {
      const answer = await shop.buy([
        { productId: id, quantity: 1 },
        { productId: unknown, quantity: 1 },
      ]);
      expect(answer).toMatchObject({ status: 404, codes: ['product-not-found'] });
      expect(sourcesOf(answer.json)).toEqual(['/data/attributes/lines/1']);
    }
  });

  test.each(['draft', 'archived'] as const)(
    '409 product-not-active for a %s product, without its name',
    async (status) => {
      const id = await stockedUnseen(3, { status, name: 'Secret' });
      const answer = await shop.buy([{ productId: id, quantity: 1 }]);
      expect(answer).toMatchObject({ status: 409, codes: ['product-not-active'] });
      expect(answer.text).not.toContain('Secret');
    },
  );

  test('409 price-changed has the price', async () => {
    const id = await stocked(3);
    const answer = await shop.buy([{ productId: id, quantity: 1, expectedPrice: 19.98 }]);
    expect(answer).toMatchObject({ status: 409, codes: ['price-changed'] });
    expect(answer.json.errors[0]).toMatchObject({
      meta: { productId: id, price: 19.99, currency: 'USD' },
      source: { pointer: '/data/attributes/lines/0' },
      detail: expect.stringContaining('is now 19.99 USD.'),
    });
  });

  test('409 price-changed when the number is the same and the currency differs', async () => {
    const id = await stockedUnseen(9, { priceMinor: 1_500, currency: 'JPY', currencyDecimals: 0 });
    const line = { productId: id, quantity: 1, expectedPrice: 1_500, expectedCurrency: 'JPY' };
    expect((await shop.buy([line])).status).toBe(201);
    const dollars = { priceMinor: 150_000, currency: 'USD', currencyDecimals: 2 };
    shop.products.put(Number(id), dollars);
    // Inventory would sell at the cached price; only a new lookup shows the currency.
    expect((await shop.buy([{ ...line, expectedPrice: 1 }])).codes).toEqual(['price-changed']);
    const answer = await shop.buy([line]);
    expect(answer).toMatchObject({ status: 409, codes: ['price-changed'] });
    expect(answer.json.errors[0]).toMatchObject({
      detail: expect.stringContaining('is now 1500 USD.'),
      meta: { productId: id, price: 1_500, currency: 'USD' },
    });
    expect(await available(id)).toBe(8);
    expect((await shop.buy([{ ...line, expectedCurrency: 'USD' }])).status).toBe(201);
    // Without expectedCurrency only the number is compared.
    const number = { productId: id, quantity: 1, expectedPrice: 1_500 };
    expect((await shop.buy([number])).status).toBe(201);
    expect((await shop.buy([{ ...number, expectedCurrency: null }])).status).toBe(201);
  });

  test('each line of a product is compared with its own expected price', async () => {
    const id = await stocked(9);
    const line = { productId: id, quantity: 1, expectedPrice: 19.99 };
    const answer = await shop.buy([
      { ...line, expectedCurrency: 'USD' },
      { ...line, expectedCurrency: 'CAD' },
      { ...line, expectedPrice: 20, expectedCurrency: 'USD' },
    ]);
    expect(answer.codes).toEqual(['price-changed', 'price-changed']);
    expect(sourcesOf(answer.json)).toEqual([
      '/data/attributes/lines/1',
      '/data/attributes/lines/2',
    ]);
    expect(await available(id)).toBe(9);
  });

  test.each([12.505, 12.4999999, 12.49, 12.51, 0])(
    '409 price-changed for an expected %s where the price is 12.5',
    async (expectedPrice) => {
      const id = await stockedUnseen(9, { priceMinor: 1_250 });
      const line = { productId: id, quantity: 1, expectedCurrency: 'USD' };
      expect((await shop.buy([{ ...line, expectedPrice }])).codes).toEqual(['price-changed']);
      expect((await shop.buy([{ ...line, expectedPrice: 12.5 }])).status).toBe(201);
    },
  );

  test('201 for an expected 0.30000000000000004 where the price is 0.3', async () => {
    const id = await stockedUnseen(9, { priceMinor: 30 });
    const line = { productId: id, quantity: 1, expectedPrice: 0.1 + 0.2, expectedCurrency: 'USD' };
    expect((await shop.buy([line])).status).toBe(201);
  });

  test('422 invalid-attribute for each line with expectedCurrency and no expectedPrice', async () => {
    const id = await stocked(9);
    const line = { productId: id, quantity: 1, expectedCurrency: 'USD' };
    const answer = await shop.buy([
      line,
      { ...line, expectedPrice: null },
      { ...line, expectedPrice: 19.99 },
    ]);
    expect(answer).toMatchObject({
      status: 422,
      codes: ['invalid-attribute', 'invalid-attribute'],
    });
    expect(sourcesOf(answer.json)).toEqual([
      '/data/attributes/lines/0/expectedCurrency',
      '/data/attributes/lines/1/expectedCurrency',
    ]);
  });

  test('no purchase is refused by the cache: a new price is accepted, and an old status is read again', async () => {
    const id = await stocked(3);
    shop.products.put(Number(id), { priceMinor: 50_000 });
    const atOldPrice = await shop.buy([{ productId: id, quantity: 1, expectedPrice: 20 }]);
    expect(atOldPrice).toMatchObject({ status: 409, codes: ['price-changed'] });
    expect(atOldPrice.json.errors[0].meta.price).toBe(500);
    const atNewPrice = await shop.buy([{ productId: id, quantity: 1, expectedPrice: 500 }]);
    expect(atNewPrice.status).toBe(201);
    shop.products.put(Number(id), { status: 'draft' });
    expect((await shop.buy([{ productId: id, quantity: 1, expectedPrice: 1 }])).codes).toEqual([
      'product-not-active',
    ]);
    shop.products.put(Number(id), { status: 'active' });
    expect((await shop.buy([{ productId: id, quantity: 1 }])).status).toBe(201);
  });

  test('422 mixed-currencies names the line', async () => {
    const [dollars, euros] = [await stocked(3), await stockedUnseen(3, { currency: 'EUR' })];
    const answer = await shop.buy([
      { productId: dollars, quantity: 1 },
      { productId: euros, quantity: 1 },
    ]);
    expect(answer).toMatchObject({ status: 422, codes: ['mixed-currencies'] });
    expect(sourcesOf(answer.json)).toEqual(['/data/attributes/lines/1']);
  });

  test('a cached old currency does not mix currencies', async () => {
    const [one, two] = [await stocked(3), await stockedUnseen(3, { currency: 'EUR' })];
    shop.products.put(Number(one), { currency: 'EUR' });
    const lines = [one, two].map((productId) => ({ productId, quantity: 1 }));
    expect(await shop.buy(lines)).toMatchObject({
      status: 201,
      json: { data: { attributes: { currency: 'EUR' } } },
    });
  });

  test('422 total-too-large', async () => {
    const id = await stockedUnseen(3, { priceMinor: Number.MAX_SAFE_INTEGER });
    expect(await shop.buy([{ productId: id, quantity: 2 }])).toMatchObject({
      status: 422,
      codes: ['total-too-large'],
    });
    const exact = await shop.buy([{ productId: id, quantity: 1 }]);
    expect(exact).toMatchObject({
      status: 201,
      json: { data: { attributes: { total: 90_071_992_547_409.91 } } },
    });
  });

  test('errors with different statuses are 400 with all of them', async () => {
    const draft = await stockedUnseen(3, { status: 'draft' });
    const answer = await shop.buy([
      { productId: draft, quantity: 1 },
      { productId: '987654', quantity: 1 },
    ]);
    expect(answer).toMatchObject({
      status: 400,
      codes: ['product-not-active', 'product-not-found'],
    });
  });

  test.each([
    ['no lines', [], '/data/attributes/lines'],
    [
      '101 lines',
      Array.from({ length: 101 }, () => ({ productId: '1', quantity: 1 })),
      '/data/attributes/lines',
    ],
    [
      'nothing of something',
      [{ productId: '1', quantity: 0 }],
      '/data/attributes/lines/0/quantity',
    ],
    ['less than nothing', [{ productId: '1', quantity: -5 }], '/data/attributes/lines/0/quantity'],
    ['too much', [{ productId: '1', quantity: 1_000_001 }], '/data/attributes/lines/0/quantity'],
    ['half a unit', [{ productId: '1', quantity: 1.5 }], '/data/attributes/lines/0/quantity'],
    ['a text', [{ productId: '1', quantity: '1' }], '/data/attributes/lines/0/quantity'],
    ['a number for an id', [{ productId: 1, quantity: 1 }], '/data/attributes/lines/0/productId'],
    ['no product', [{ quantity: 1 }], '/data/attributes/lines/0'],
    [
      'a negative price',
      [{ productId: '1', quantity: 1, expectedPrice: -1 }],
      '/data/attributes/lines/0/expectedPrice',
    ],
    [
      'a currency in small letters',
      [{ productId: '1', quantity: 1, expectedPrice: 1, expectedCurrency: 'usd' }],
      '/data/attributes/lines/0/expectedCurrency',
    ],
    [
      'a currency by its sign',
      [{ productId: '1', quantity: 1, expectedPrice: 1, expectedCurrency: 'US$' }],
      '/data/attributes/lines/0/expectedCurrency',
    ],
    [
      'a number for a currency',
      [{ productId: '1', quantity: 1, expectedPrice: 1, expectedCurrency: 840 }],
      '/data/attributes/lines/0/expectedCurrency',
    ],
    [
      'an unknown member',
      [{ productId: '1', quantity: 1, price: 1 }],
      '/data/attributes/lines/0/price',
    ],
  ])('422 invalid-attribute for %s', async (_, lines, pointer) => {
    const answer = await shop.buy(lines);
    expect(answer).toMatchObject({ status: 422, codes: ['invalid-attribute'] });
    expect(sourcesOf(answer.json)).toEqual([pointer]);
  });
});

describe('when something is broken', () => {
  test('503 catalogue-unavailable with Retry-After for a product that is not in the cache', async () => {
    const [cachedId, unseen] = [await stocked(3), await stockedUnseen(3)];
    for (const mood of [
      'down',
      { status: 500 },
      { status: 401 },
      { status: 200, body: '<html>' },
      { status: 200, body: '{}' },
    ] as const) {
      shop.products.mood = mood;
      const answer = await shop.buy([{ productId: unseen, quantity: 1 }]);
      expect(answer).toMatchObject({
        status: 503,
        codes: ['catalogue-unavailable'],
        headers: { 'retry-after': '1' },
      });
      expect((await shop.buy([{ productId: cachedId, quantity: 1 }], { key: 'same' })).status).toBe(
        201,
      );
    }
    const path = `/api/v1/inventories/${unseen}?include=product`;
    const read = await shop.ask('GET', path, { as: 'anonymous' });
    expect(read).toMatchObject({ status: 503, codes: ['catalogue-unavailable'] });
    // A read has no idempotency key.
    expect(read.json.errors[0].detail).toContain('with the same key if you sent one');
    const ready = await shop.ask('GET', '/health/ready', { as: 'anonymous' });
    expect(ready).toMatchObject({
      status: 200,
      json: { status: 'ok', checks: { database: 'ok', products: 'degraded' } },
    });
    await shop.mend();
    expect((await shop.buy([{ productId: unseen, quantity: 1 }])).status).toBe(201);
    expect((await shop.ask('GET', '/health/ready')).json.checks).toEqual({
      database: 'ok',
      products: 'ok',
    });
  });

  test('a Products that hangs costs no more than the time budget', async () => {
    const impatient = await openShop({ HTTP_TIMEOUT_SECONDS: '0.5' });
    try {
      await impatient.stockUnseen(1, 3);
      impatient.products.mood = 'hanging';
      // Products hangs for good: without a time budget the test would not end.
      expect((await impatient.buy([{ productId: '1', quantity: 1 }])).status).toBe(503);
    } finally {
      await impatient.close();
    }
  });

  test('503 ledger-unavailable with Retry-After while nothing can be written; reading works, and then buying again', async () => {
    const id = await stocked(3);
    await shop.run(...FAULTS.fail);
    const answer = await shop.buy([{ productId: id, quantity: 1 }], { key: 'while-full' });
    expect(answer).toMatchObject({
      status: 503,
      codes: ['ledger-unavailable'],
      headers: { 'retry-after': '1' },
    });
    expect(await available(id)).toBe(3);
    await shop.run(...FAULTS.heal);
    expect(await shop.buy([{ productId: id, quantity: 1 }], { key: 'while-full' })).toMatchObject({
      status: 201,
    });
    expect(await available(id)).toBe(2);
  });

  test('503 overloaded with Retry-After for a purchase that waited 2 s while a commit hangs; the commit itself is answered', async () => {
    const id = await stocked(3);
    await shop.run(...FAULTS.hang);
    const first = shop.buy([{ productId: id, quantity: 1 }]);
    // By then the first purchase is in a batch of its own.
    for (let turn = 0; turn < 10; turn += 1) await setImmediate();
    const second = shop.buy([{ productId: id, quantity: 1 }]);
    for (let turn = 0; turn < 10; turn += 1) await setImmediate();
    const now = performance.now.bind(performance);
    const later = vi.spyOn(performance, 'now').mockImplementation(() => now() + MAX_WAIT_MS);
    const answer = await second;
    later.mockRestore();
    expect(answer).toMatchObject({
      status: 503,
      codes: ['overloaded'],
      headers: { 'retry-after': '1' },
    });
    expect((await first).status).toBe(201);
    await shop.run(...FAULTS.heal);
    expect(await available(id)).toBe(2);
  });

  test('a command that the store refuses is 500; others in its batch are 201', async () => {
    const id = await stocked(100);
    await shop.run(refusalOf('poison'));
    const adjust = (reason: string) => {
      const product = { data: { type: 'products', id } };
      const attributes = { kind: 'adjustment', quantity: -1, reason };
      const body = { data: { type: 'stock-movements', attributes, relationships: { product } } };
      return shop.ask('POST', '/api/v1/stock-movements', { body });
    };
    const answers = await Promise.all([
      ...Array.from({ length: 10 }, () => shop.buy([{ productId: id, quantity: 1 }])),
      adjust('poison'),
      adjust('good'),
      ...Array.from({ length: 10 }, () => shop.buy([{ productId: id, quantity: 1 }])),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([
      ...Array<number>(10).fill(201),
      500,
      ...Array<number>(11).fill(201),
    ]);
    expect(answers[10]).toMatchObject({ codes: ['internal-error'] });
    expect(answers[10]?.text).not.toContain('refused');
    expect(await available(id)).toBe(79);
  });
});

describe('purchases are read', () => {
  test('latest first or in order, in pages', async () => {
    const id = await stocked(9);
    const purchaseIds: string[] = [];
    for (let n = 0; n < 3; n += 1)
      purchaseIds.push(
        (await shop.buy([{ productId: id, quantity: 1 }], { as: 'other-buyer' })).json.data.id,
      );
    const list = async (query: string) => {
      const { json } = await shop.ask('GET', `/api/v1/purchases${query}`, { as: 'other-buyer' });
      return json.data.map((one: { id: string }) => purchaseIds.indexOf(one.id));
    };
    expect(await list('')).toEqual([2, 1, 0]);
    expect(await list('?sort=createdAt')).toEqual([0, 1, 2]);
    expect(await list('?page[size]=2&page[number]=2')).toEqual([0]);
    expect((await shop.ask('GET', '/api/v1/purchases?sort=total')).status).toBe(400);
    expect((await shop.ask('GET', '/api/v1/purchases?filter[from]=yesterday')).status).toBe(400);
    expect(await shop.ask('GET', '/api/v1/purchases/none')).toMatchObject({
      status: 404,
      codes: ['not-found'],
    });
  });

  test('by number, by what was typed, by product and by time, each caller its own', async () => {
    const [one, two] = [await stocked(9), await stocked(9)];
    const buy = (productId: string, reference: string) =>
      shop.ask('POST', '/api/v1/purchases', {
        body: purchaseBody([{ productId, quantity: 1 }], { reference }),
        as: 'buyer',
      });
    const { data: first } = (await buy(one, 'web-77')).json;
    const { data: second } = (await buy(two, 'web-78')).json;
    const { number } = first.attributes;
    expect(second.attributes.number).toBe(number + 1);
    const found = async (query: string, as: 'buyer' | 'other-buyer' = 'buyer') => {
      const { json } = await shop.ask('GET', `/api/v1/purchases?${query}`, { as });
      return json.data.map((sale: { id: string }) => [first.id, second.id].indexOf(sale.id));
    };
    expect(await found(`filter[number]=${number}`)).toEqual([0]);
    expect(await found(`filter[search]=%23${number + 1}`)).toEqual([1]);
    expect(await found('filter[search]=web-7')).toEqual([1, 0]);
    expect(await found(`filter[product]=${one},999`)).toEqual([0]);
    expect(await found(`filter[number]=${number}`, 'other-buyer')).toEqual([]);
    const from = first.attributes.createdAt;
    expect(await found(`filter[from]=${from}&filter[search]=web-7`)).toEqual([1, 0]);
    expect(await found(`filter[to]=${from}&filter[search]=web-7`)).toEqual([]);
  });
});
