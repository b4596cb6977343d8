import { createHttpClient, type HttpClient } from '@anaquel/runtime';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  createHttpProductCatalogue,
  FRESH_MS,
  STALE_MS,
  type HttpProductCatalogue,
} from '../../src/adapters/products/http-product-catalogue.ts';
import { startProductFollower } from '../../src/adapters/products/product-follower.ts';
import type { CatalogueAnswer, CatalogueProduct } from '../../src/application/product-catalogue.ts';
import { startFakeProducts, type FakeProducts } from '../support/fake-products.ts';

let products: FakeProducts;
let client: HttpClient;
let catalogue: HttpProductCatalogue;
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
      version: 2,
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
  test('a product that nobody follows is fresh for 2 s', async () => {
    await catalogue.lookUp([1]);
    products.put(1, { name: 'Renamed' });
    now += FRESH_MS - 1;
    expect(catalogue.hasFresh([1])).toBe(true);
    expect(names(await catalogue.lookUp([1]))).toEqual(['Product 1']);
    now += 1;
    expect(catalogue.hasFresh([1])).toBe(false);
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

describe('following the changes of products', () => {
  const DAY_MS = 86_400_000;

  beforeEach(async () => {
    await catalogue.catchUp();
    await catalogue.lookUp([1, 2]);
  });

  /** The names of products, and the ids that Products was asked for meanwhile. */
  async function see(ids: readonly number[], when?: 'now') {
    const before = products.calls.length;
    const seen = await catalogue.lookUp(ids, when);
    return { names: names(seen), asked: products.calls.slice(before).flat() };
  }

  test('products that did not change are not asked for again, however long that is', async () => {
    for (let turns = 0; turns < 3; turns += 1) {
      now += DAY_MS;
      expect(catalogue.hasFresh([1])).toBe(false);
      await catalogue.catchUp();
      expect(catalogue.hasFresh([1, 2])).toBe(true);
      expect(await see([1, 2])).toEqual({ names: ['Product 1', 'Product 2'], asked: [] });
    }
  });

  test.each<[string, () => void, Partial<CatalogueProduct> | null]>([
    ['re-priced', () => products.put(1, { priceMinor: 5 }), { unitPrice: 5 }],
    ['archived', () => products.put(1, { status: 'archived' }), { status: 'archived' }],
    ['deleted', () => products.remove(1), null],
  ])(
    'a product that is %s is known to be at once, and only that one is asked for',
    async (_, change, product) => {
      change();
      await catalogue.catchUp();
      expect([catalogue.hasFresh([1]), catalogue.hasFresh([2])]).toEqual([false, true]);
      const [answer] = await catalogue.lookUp([1, 2]);
      expect(answer).toMatchObject(product ? { type: 'found', product } : { type: 'not-found' });
      expect(products.calls).toEqual([[1, 2], [1]]);
    },
  );

  test('a change that has two events is one change, and nothing else is forgotten', async () => {
    products.put(2, { priceMinor: 5 });
    for (let turns = 0; turns < 4; turns += 1) {
      await catalogue.catchUp();
      expect(catalogue.hasFresh([1])).toBe(true);
    }
  });

  test('an archived product that is active again is sold again', async () => {
    for (const status of ['archived', 'active'] as const) {
      products.put(1, { status });
      await catalogue.catchUp();
      expect(await catalogue.lookUp([1])).toMatchObject([{ product: { status } }]);
    }
  });

  test('a change that was read already is not read again', async () => {
    products.put(1, { name: 'Renamed' });
    await catalogue.lookUp([1], 'now');
    await catalogue.catchUp();
    products.mood = 'down';
    expect(await see([1])).toEqual({ names: ['Renamed'], asked: [] });
  });

  test('what is asked for while a change comes is neither remembered nor given to later requests', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    products.feedMood = 'well';
    products.mood = { answersOn: promise };
    const early = catalogue.lookUp([1], 'now');
    await vi.waitFor(() => expect(products.calls).toHaveLength(2), 30_000);
    // Products has read the old name, and its answer is still under way.
    products.mood = 'well';
    products.put(1, { name: 'Renamed' });
    await catalogue.catchUp();
    expect(await see([1])).toEqual({ names: ['Renamed'], asked: [1] });
    resolve();
    expect(names(await early)).toEqual(['Product 1']);
    expect(await see([1])).toEqual({ names: ['Renamed'], asked: [] });
  });

  test('what is asked for after a change is remembered, though the feed tells of it later', async () => {
    products.put(1, { name: 'Renamed' });
    const { promise, resolve } = Promise.withResolvers<void>();
    products.feedMood = 'well';
    products.mood = { answersOn: promise };
    const lookup = see([1], 'now');
    await vi.waitFor(() => expect(products.calls).toHaveLength(2), 30_000);
    await catalogue.catchUp();
    resolve();
    expect((await lookup).names).toEqual(['Renamed']);
    expect(await see([1])).toEqual({ names: ['Renamed'], asked: [] });
  });

  test('a lookup that is not yet sent when a change comes is sent once, for all that wait for it', async () => {
    const lookups: Promise<{ names: unknown }>[] = [];
    const { getJson } = client;
    client.getJson = async (path, options) => {
      const answer = await getJson(path, options);
      if (path.includes('product-events')) lookups.push(see([1], 'now'));
      return answer;
    };
    products.put(1, { name: 'Renamed' });
    await catalogue.catchUp();
    lookups.push(see([1], 'now'));
    expect((await Promise.all(lookups)).map(({ names: seen }) => seen)).toEqual([
      ['Renamed'],
      ['Renamed'],
    ]);
    expect(products.calls).toEqual([[1, 2], [1]]);
  });

  test('what was asked for before the end of the feed was known is fresh for 2 s only, and sold on while Products is down', async () => {
    await client.close();
    open({});
    await catalogue.lookUp([1]);
    products.put(1, { name: 'Renamed' });
    await catalogue.catchUp();
    expect(await see([1])).toEqual({ names: ['Product 1'], asked: [] });
    now += FRESH_MS;
    await catalogue.catchUp();
    products.mood = 'down';
    expect((await see([1])).names).toEqual(['Product 1']);
    products.mood = 'well';
    expect(await see([1])).toEqual({ names: ['Renamed'], asked: [1] });
    now += FRESH_MS;
    await catalogue.catchUp();
    expect(await see([1])).toEqual({ names: ['Renamed'], asked: [] });
  });

  test('while the feed fails, a product is asked for again after 2 s', async () => {
    products.feedMood = { status: 500 };
    products.put(1, { name: 'Renamed' });
    expect(await catalogue.catchUp()).toBe(false);
    now += FRESH_MS - 1;
    expect(await see([1, 2])).toEqual({ names: ['Product 1', 'Product 2'], asked: [] });
    expect(catalogue.reachable).toBe(true);
    now += 1;
    expect(await see([1, 2])).toEqual({ names: ['Renamed', 'Product 2'], asked: [1, 2] });
    expect(await see([1, 2])).toEqual({ names: ['Renamed', 'Product 2'], asked: [] });
    expect(catalogue.reachable).toBe(false);
    expect(failures).toEqual([expect.stringContaining('500')]);
    products.feedMood = undefined;
    expect(await catalogue.catchUp()).toBe(true);
    expect(catalogue.reachable).toBe(true);
  });

  test('when Products is back, what changed meanwhile is known, and the rest is still remembered', async () => {
    now += DAY_MS;
    await catalogue.catchUp();
    products.mood = 'down';
    products.put(1, { name: 'Renamed' });
    now += STALE_MS - 1;
    expect(await catalogue.catchUp()).toBe(false);
    expect((await see([1, 2])).names).toEqual(['Product 1', 'Product 2']);
    now += 1;
    expect((await see([1, 2])).names).toEqual([false, false]);
    products.mood = 'well';
    expect(await catalogue.catchUp()).toBe(true);
    await vi.waitFor(() => expect(catalogue.reachable).toBe(true), 30_000);
    expect(await see([1, 2])).toEqual({ names: ['Renamed', 'Product 2'], asked: [1] });
  });

  test('more changes than a page has are read in one turn', async () => {
    for (let index = 0; index < 250; index += 1) products.put(3);
    products.put(1, { name: 'Renamed' });
    const before = products.feedCalls;
    await catalogue.catchUp();
    expect(products.feedCalls - before).toBe(3);
    expect(await see([1, 2])).toEqual({ names: ['Renamed', 'Product 2'], asked: [1] });
  });

  test.each<[string, () => void]>([
    ['an older copy, which has fewer changes', () => void products.changes.pop()],
    [
      'an older copy, in which as much has happened since',
      () => void products.changes.splice(-1, 1, { productId: 3, version: 9, time: '2026-03-02' }),
    ],
    ['another database with as many changes', () => void (products.source = '/products/another')],
    ['an empty one', () => void products.changes.splice(0)],
    [
      'one that has moved on too far',
      () => {
        for (let index = 0; index < 6_000; index += 1) products.put(3);
      },
    ],
  ])('all is forgotten when the database of Products is %s', async (_, replace) => {
    replace();
    await catalogue.catchUp();
    expect(catalogue.hasFresh([1])).toBe(false);
    await catalogue.catchUp();
    expect((await see([1, 2])).asked).toEqual([1, 2]);
    const before = products.feedCalls;
    await catalogue.catchUp();
    expect(products.feedCalls - before).toBe(1);
    products.put(1, { name: 'Renamed' });
    await catalogue.catchUp();
    expect(await see([1, 2])).toEqual({ names: ['Renamed', 'Product 2'], asked: [1] });
  });

  test.each([
    ['no JSON', '<html>'],
    ['another shape', '{"data":[]}'],
    ['a position that is no number', '{"data":[],"meta":{"page":{"head":"1"}}}'],
  ])('%s is not believed', async (_, body) => {
    products.feedMood = { status: 200, body };
    expect(await catalogue.catchUp()).toBe(false);
    expect(catalogue.hasFresh([1])).toBe(true);
    expect(failures).toHaveLength(1);
  });

  test('a Products that is not there yet is no news in the first half minute', async () => {
    const { baseUrl } = products;
    await products.close();
    const late = createHttpClient({
      baseUrls: [baseUrl],
      apiKey: '',
      timeoutMs: 1_000,
      maxRetries: 0,
    });
    const onFailure = (reason: string): void => void failures.push(reason);
    const follower = createHttpProductCatalogue({
      client: late,
      clock: () => new Date(now),
      onFailure,
    });
    now += 29_999;
    expect(await follower.catchUp()).toBe(false);
    expect(failures).toEqual([]);
    now += 1;
    expect(await follower.catchUp()).toBe(false);
    expect(failures).toEqual([expect.stringContaining('unreachable')]);
    await late.close();
    products = await startFakeProducts();
  });

  test('goes on by itself until it is stopped, also after failures', async () => {
    const follower = startProductFollower(catalogue);
    try {
      for (const status of [503, 200]) {
        products.feedMood = status === 200 ? undefined : { status };
        const before = products.feedCalls;
        await vi.waitFor(() => expect(products.feedCalls - before).toBeGreaterThan(2), 30_000);
      }
      products.put(1, { name: 'Renamed' });
      await vi.waitFor(() => expect(catalogue.hasFresh([1])).toBe(false), 30_000);
      expect(names(await catalogue.lookUp([1]))).toEqual(['Renamed']);
    } finally {
      follower.stop();
    }
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
