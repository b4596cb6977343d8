import { createHttpClient, type HttpClient } from '@anaquel/runtime';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  createHttpProductCatalogue,
  FRESH_MS,
  STALE_MS,
} from '../../src/adapters/products/http-product-catalogue.ts';
import type { CatalogueAnswer, ProductCatalogue } from '../../src/application/product-catalogue.ts';
import { startFakeProducts, type FakeProducts } from '../support/fake-products.ts';

let products: FakeProducts;
let client: HttpClient;
let catalogue: ProductCatalogue;
let failures: string[];
let now: number;

beforeEach(async () => {
  products = await startFakeProducts();
  for (const id of [1, 2, 3]) products.put(id);
  now = Date.parse('2026-03-01T12:00:00.000Z');
  open({});
});
afterEach(async () => {
  await client.close();
  await products.close();
});

/** A catalogue with an empty cache. */
function open({ apiKey = products.key, timeoutMs = 1_000, maxRetries = 2 }): void {
  client = createHttpClient({ baseUrls: [products.baseUrl], apiKey, timeoutMs, maxRetries });
  failures = [];
  const onFailure = (reason: string): void => void failures.push(reason);
  catalogue = createHttpProductCatalogue({ client, clock: () => new Date(now), onFailure });
}

const types = (answers: readonly CatalogueAnswer[]) => answers.map(({ type }) => type);
const names = (answers: readonly CatalogueAnswer[]) =>
  answers.map((answer) => answer.type === 'found' && answer.product.name);

test('answers each id, in the order of the request', async () => {
  products.put(3, {
    name: 'Tea',
    sku: 'TEA',
    status: 'draft',
    priceMinor: 1_500,
    currency: 'JPY',
    currencyDecimals: 0,
  });
  const answers = await catalogue.lookUp([3, 9, 1, 3]);
  expect(types(answers)).toEqual(['found', 'not-found', 'found', 'found']);
  expect(answers[0]).toEqual({
    type: 'found',
    product: {
      productId: 3,
      name: 'Tea',
      sku: 'TEA',
      status: 'draft',
      unitPrice: 1_500,
      currency: 'JPY',
      currencyDecimals: 0,
      asOf: '2026-03-01T12:00:00.000Z',
    },
  });
  expect(answers[3]).toEqual(answers[0]);
  expect(catalogue.reachable).toBe(true);
});

describe('calls', () => {
  test('lookups in one turn of the event loop share one', async () => {
    const answers = await Promise.all([
      catalogue.lookUp([1, 2]),
      catalogue.lookUp([2, 3]),
      catalogue.lookUp([9]),
    ]);
    expect(answers.map(types)).toEqual([['found', 'found'], ['found', 'found'], ['not-found']]);
    expect(products.calls).toEqual([[1, 2, 3, 9]]);
  });

  test('simultaneous lookups of one id share one', async () => {
    const first = catalogue.lookUp([1]);
    await new Promise((resolve) => setImmediate(resolve));
    const second = catalogue.lookUp([1, 2]);
    expect(names([...(await first), ...(await second)])).toEqual([
      'Product 1',
      'Product 1',
      'Product 2',
    ]);
    expect(products.calls).toEqual([[1], [2]]);
  });

  test('have a bounded number of ids', async () => {
    const ids = Array.from({ length: 1_000 }, (_, index) => index + 1);
    expect(types(await catalogue.lookUp(ids)).filter((type) => type === 'found')).toHaveLength(3);
    expect(products.calls.map(({ length }) => length)).toEqual([400, 400, 200]);
  });

  test('describe any number of products, in calls of a bounded length', async () => {
    const ids = Array.from({ length: 1_250 }, (_, index) => 9_007_199_254_000_000 + index);
    for (const id of ids) products.put(id);
    const described = await catalogue.describe(ids);
    expect([...(described?.keys() ?? [])]).toEqual(ids);
    expect(products.calls.map(({ length }) => length)).toEqual([400, 400, 400, 50]);
    expect(catalogue.reachable).toBe(true);
  });
});

describe('memory', () => {
  test('a product is fresh for 5 s', async () => {
    await catalogue.lookUp([1]);
    products.put(1, { name: 'Renamed' });
    now += FRESH_MS - 1;
    expect(names(await catalogue.lookUp([1]))).toEqual(['Product 1']);
    now += 1;
    expect(names(await catalogue.lookUp([1]))).toEqual(['Renamed']);
    expect(products.calls).toHaveLength(2);
  });

  test('after that a deleted product is not found', async () => {
    await catalogue.lookUp([1]);
    products.remove(1);
    now += FRESH_MS;
    expect(types(await catalogue.lookUp([1]))).toEqual(['not-found']);
    products.mood = 'down';
    expect(types(await catalogue.lookUp([1]))).toEqual(['unavailable']);
  });

  test('a missing product is not cached', async () => {
    expect(types(await catalogue.lookUp([9]))).toEqual(['not-found']);
    products.put(9);
    expect(types(await catalogue.lookUp([9]))).toEqual(['found']);
  });

  test('while Products can’t answer, a product is served from the cache for 10 min', async () => {
    await catalogue.lookUp([1]);
    const lookupTime = now;
    products.mood = 'down';
    now = lookupTime + FRESH_MS;
    expect(names(await catalogue.lookUp([1, 2]))).toEqual(['Product 1', false]);
    expect(catalogue.reachable).toBe(false);
    now = lookupTime + STALE_MS - 1;
    expect(await catalogue.lookUp([1])).toMatchObject([
      { product: { asOf: new Date(lookupTime).toISOString() } },
    ]);
    now = lookupTime + STALE_MS;
    expect(types(await catalogue.lookUp([1]))).toEqual(['unavailable']);
    products.mood = 'well';
    await vi.waitFor(() => expect(catalogue.reachable).toBe(true), 30_000);
    expect(types(await catalogue.lookUp([1, 2]))).toEqual(['found', 'found']);
  });
});

describe('a failing Products', () => {
  const product = {
    type: 'products',
    id: '1',
    attributes: {
      name: 'A',
      sku: null,
      status: 'active',
      priceMinor: 1,
      currency: 'USD',
      currencyDecimals: 2,
    },
  };
  const withAttributes = (more: object) => ({
    data: [{ ...product, attributes: { ...product.attributes, ...more } }],
  });

  test.each([
    ['no JSON', '<html>'],
    ['nothing', ''],
    ['another shape', { products: [product] }],
    ['one resource', { data: product }],
    ['a numeric id', { data: [{ ...product, id: 1 }] }],
    ['a padded id', { data: [{ ...product, id: '01' }] }],
    ['a price that is no whole number', withAttributes({ priceMinor: 1.5 })],
    ['a negative price', withAttributes({ priceMinor: -1 })],
    ['no price', withAttributes({ priceMinor: null })],
    ['an unknown status', withAttributes({ status: 'gone' })],
    ['a currency with too many decimals', withAttributes({ currencyDecimals: 9 })],
  ])('%s is not believed', async (_, body) => {
    products.mood = { status: 200, body: typeof body === 'string' ? body : JSON.stringify(body) };
    expect(types(await catalogue.lookUp([1]))).toEqual(['unavailable']);
    expect(catalogue.reachable).toBe(false);
    expect(failures).toHaveLength(1);
    expect(products.calls).toHaveLength(1);
  });

  test('a wrong key is not retried, and is logged', async () => {
    await client.close();
    open({ apiKey: 'wrong' });
    expect(types(await catalogue.lookUp([1]))).toEqual(['unavailable']);
    expect(failures).toEqual([expect.stringContaining('401')]);
    expect(products.calls).toHaveLength(1);
  });

  test('a wrong key is logged once a minute with the setting to correct, and Products gets no more requests', async () => {
    await client.close();
    open({ apiKey: 'wrong' });
    for (let index = 0; index < 100; index += 1) await catalogue.lookUp([1]);
    expect(failures).toEqual([expect.stringContaining('PRODUCTS_API_KEY')]);
    expect(products.calls.length).toBeLessThan(10);
    now += 60_000;
    await vi.waitFor(() => expect(failures).toHaveLength(2), 30_000);
  });

  test('a host name that Products refuses is logged with the setting to correct', async () => {
    products.mood = { status: 421 };
    for (let index = 0; index < 10; index += 1)
      expect(types(await catalogue.lookUp([1]))).toEqual(['unavailable']);
    expect(failures).toEqual([expect.stringContaining('ALLOWED_HOSTS')]);
    expect(catalogue.reachable).toBe(false);
  });

  test('is asked again after temporary failures', async () => {
    products.mood = { failures: 2 };
    expect(types(await catalogue.lookUp([1]))).toEqual(['found']);
    expect(products.calls).toHaveLength(3);
  });

  test.each([{ status: 503 }, { status: 429 }, 'down'] as const)(
    'is asked three times, then no more: %j',
    async (mood) => {
      products.mood = mood;
      expect(types(await catalogue.lookUp([2]))).toEqual(['unavailable']);
      expect(products.calls).toHaveLength(3);
    },
  );

  test.each([400, 413, 414, 431])(
    'does not count as failing when it refuses a request: %i',
    async (status) => {
      products.mood = { status };
      for (let index = 0; index < 5; index += 1)
        expect(types(await catalogue.lookUp([2]))).toEqual(['unavailable']);
      expect(await catalogue.describe([2])).toBeNull();
      expect(catalogue.reachable).toBe(true);
      expect(failures).toEqual([expect.stringContaining(String(status))]);
      products.mood = 'well';
      expect(types(await catalogue.lookUp([2]))).toEqual(['found']);
    },
  );

  test.each([401, 403, 404])('counts as failing when it answers %i', async (status) => {
    products.mood = { status };
    expect(types(await catalogue.lookUp([2]))).toEqual(['unavailable']);
    expect(catalogue.reachable).toBe(false);
    expect(failures).toEqual([expect.stringContaining('correct PRODUCTS_')]);
  });

  test('that hangs holds nobody longer than the time budget', async () => {
    await client.close();
    open({ timeoutMs: 200 });
    products.mood = 'hanging';
    const answers = await Promise.all([catalogue.lookUp([1]), catalogue.lookUp([1, 2])]);
    expect(answers.map(types)).toEqual([['unavailable'], ['unavailable', 'unavailable']]);
    products.mood = 'well';
    await vi.waitFor(() => expect(catalogue.reachable).toBe(true), 30_000);
    expect(types(await catalogue.lookUp([1]))).toEqual(['found']);
  });
});
