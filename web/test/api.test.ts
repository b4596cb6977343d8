import { describe, expect, test } from 'vitest';
import {
  createApi,
  createdProduct,
  isOutcomeUnknown,
  isRefusedFor,
  problemsOf,
} from '../src/api/index.ts';
import {
  JSON_API,
  levelData,
  movementData,
  productData,
  refusal,
  startGateway,
} from './fake-gateway.ts';

const purchase = {
  type: 'purchases',
  id: '0199',
  attributes: {
    reference: null,
    lines: [
      {
        productId: '1',
        quantity: 2,
        name: 'Mug',
        sku: null,
        unitPrice: 9.5,
        available: 3,
        pricedAt: '2026-01-01T00:00:00.000Z',
      },
    ],
    total: 19,
    currency: 'USD',
    createdAt: '2026-01-01T00:00:00.000Z',
  },
};

function errorOf(result: { ok: boolean }) {
  if (!('error' in result)) throw new Error('It succeeded');
  return (
    result as Extract<Awaited<ReturnType<ReturnType<typeof createApi>['buy']>>, { ok: false }>
  ).error;
}

describe('reading', () => {
  test('how far the ledger’s clock is ahead is told by the ledger, not by the gateway', async () => {
    const { url, requests } = await startGateway(() => ({
      headers: { ...JSON_API, date: new Date(Date.now() + 3_600_000).toUTCString() },
      body: { data: [levelData('1')], links: { next: null }, meta: { page: { total: 1 } } },
    }));
    const result = await createApi({ baseUrl: url }).clockAheadMs();
    expect(requests.map(({ path }) => path)).toEqual(['/api/v1/inventories']);
    const aheadMs = result.ok ? result.value : 0;
    expect(Math.abs(aheadMs - 3_600_000)).toBeLessThan(60_000);
  });

  test('a list becomes typed objects with its total, asked for as the query says', async () => {
    const { url, requests } = await startGateway(() => ({
      body: {
        data: [productData('1'), productData('2', { imageUrl: '/a.png' })],
        links: { next: null },
        meta: { page: { total: 1_000, totalIsCapped: true } },
      },
    }));
    const query = {
      search: 'mug',
      tag: 'kitchen',
      minPrice: 5,
      sort: '-price',
      number: 2,
      size: 12,
    };
    const result = await createApi({ baseUrl: url }).products(query);
    expect(result).toMatchObject({
      ok: true,
      value: { total: 1_000, totalIsCapped: true, items: [{ id: '1' }, { imageUrl: '/a.png' }] },
    });
    expect(Object.fromEntries(requests[0]?.query ?? [])).toEqual({
      'filter[search]': 'mug',
      'filter[tags]': 'kitchen',
      'filter[price][gte]': '5',
      sort: '-price',
      'page[number]': '2',
      'page[size]': '12',
    });
    expect(requests[0]?.headers.accept).toBe('application/vnd.api+json');
  });

  test('words that a later release of a service has added are kept as they are', async () => {
    const { url } = await startGateway(({ path }) => ({
      body: {
        data: path.endsWith('/products')
          ? [productData('1', { status: 'preorder' }), productData('2')]
          : [movementData('1', { kind: 'transfer' }), movementData('2')],
      },
    }));
    const api = createApi({ baseUrl: url });
    expect(await api.products({})).toMatchObject({
      value: { items: [{ status: 'preorder' }, { status: 'active' }] },
    });
    expect(await api.movements({})).toMatchObject({
      value: { items: [{ kind: 'transfer' }, { kind: 'receipt' }] },
    });
  });

  test('many ids are asked for in slices that fit an address', async () => {
    const { url, requests } = await startGateway(({ query }) => ({
      body: { data: (query.get('filter[id]') ?? '').split(',').map((id) => levelData(id)) },
    }));
    const ids = Array.from({ length: 230 }, (_, index) => String(index + 1));
    const result = await createApi({ baseUrl: url }).levelsById(ids);
    expect(result.ok && result.value.map(({ productId }) => productId)).toEqual(ids);
    expect(requests).toHaveLength(3);
  });

  test('values with commas and backslashes stay whole, in addresses of a bounded length', async () => {
    const awkward = ['a,b', 'a\\,b', '\\', 'a\\\\', ',', 'plain'];
    const long = Array.from({ length: 150 }, (_, index) =>
      `${index}${'("~")é,\\'.repeat(7)}`.slice(0, 64),
    );
    const { url, requests } = await startGateway(() => ({ body: { data: [] } }));
    const result = await createApi({ baseUrl: url }).productsBySku([...awkward, ...long]);
    expect(result).toEqual({ ok: true, value: [] });
    const lists = requests.map(({ query }) => query.get('filter[sku][in]') ?? '');
    // The server's rule, in another way: an escaped character never separates.
    const values = lists.flatMap((list) =>
      list.split(/(?<=^(?:[^\\]|\\[\\,])*),/).map((value) => value.replace(/\\([\\,])/g, '$1')),
    );
    expect(values).toEqual([...awkward, ...long]);
    for (const { query } of requests) expect(query.toString().length).toBeLessThan(4_100);
  });

  test('everything is read page after page by cursor', async () => {
    const { url, requests } = await startGateway(({ query }) => {
      const after = Number(query.get('page[after]') ?? 0);
      const next = after < 2 ? `http://elsewhere/x?page%5Bafter%5D=${after + 1}` : null;
      return { body: { data: [productData(String(after + 1))], links: { next } } };
    });
    const counts: number[] = [];
    const onPage = (count: number) => void counts.push(count);
    const result = await createApi({ baseUrl: url }).everyProduct({ onPage });
    expect(result.ok && result.value.map(({ id }) => id)).toEqual(['1', '2', '3']);
    expect(counts).toEqual([1, 2, 3]);
    expect(requests[0]?.headers.accept).toContain('cursor-pagination');
  });

  test('is repeated while the service cannot answer', async () => {
    const { url, requests } = await startGateway((_request, nth) =>
      nth < 3 ? refusal(503, 'unavailable') : { body: { data: productData('1') } },
    );
    const result = await createApi({ baseUrl: url }).product('1');
    expect(result).toMatchObject({ ok: true, value: { value: { name: 'Product 1' } } });
    expect(requests).toHaveLength(3);
  });

  test('is given up after the third time', async () => {
    const { url, requests } = await startGateway(() => refusal(503, 'unavailable'));
    const result = await createApi({ baseUrl: url }).product('1');
    expect(errorOf(result)).toMatchObject({ kind: 'unavailable', status: 503 });
    expect(requests).toHaveLength(3);
  });

  test('is not repeated when it was refused', async () => {
    const { url, requests } = await startGateway(() => refusal(404, 'not-found'));
    expect(errorOf(await createApi({ baseUrl: url }).product('1'))).toMatchObject({
      kind: 'refused',
      status: 404,
    });
    expect(requests).toHaveLength(1);
  });

  test('throws when its signal aborts', async () => {
    const { url } = await startGateway(() => 'hang');
    const controller = new AbortController();
    const reading = createApi({ baseUrl: url }).product('1', { signal: controller.signal });
    controller.abort();
    await expect(reading).rejects.toThrow(/abort/i);
  });

  test('tells an answer that is no document', async () => {
    const pages = await startGateway(() => ({
      headers: { 'content-type': 'text/html' },
      body: '<p>Sign in to the network</p>',
    }));
    expect(errorOf(await createApi({ baseUrl: pages.url }).product('1'))).toEqual({
      kind: 'malformed',
      status: 200,
    });
    const holes = await startGateway(() => ({ body: { data: productData('1', { price: '9' }) } }));
    expect(errorOf(await createApi({ baseUrl: holes.url }).product('1')).kind).toBe('malformed');
  });

  test('takes its time and no more', async () => {
    const { url, requests } = await startGateway(() => 'hang');
    const result = await createApi({ baseUrl: url, readTimeoutMs: 50 }).product('1');
    expect(errorOf(result)).toEqual({ kind: 'timeout' });
    expect(requests).toHaveLength(1);
  });

  test('nobody there is an error, too', async () => {
    const result = await createApi({ baseUrl: 'http://127.0.0.1:9' }).product('1');
    expect(errorOf(result)).toEqual({ kind: 'unreachable' });
  });
});

describe('changing', () => {
  test('sends its key and tells whether the answer is one of before', async () => {
    const { url, requests } = await startGateway(() => ({
      status: 201,
      headers: { ...JSON_API, 'idempotency-replayed': 'true' },
      body: { data: purchase },
    }));
    const lines = [{ productId: '1', quantity: 2, expectedPrice: 9.5, expectedCurrency: 'USD' }];
    const result = await createApi({ baseUrl: url }).buy(lines, 'key-1');
    expect(result).toMatchObject({
      ok: true,
      value: { isReplay: true, value: { id: '0199', total: 19, lines: [{ available: 3 }] } },
    });
    expect(requests[0]).toMatchObject({
      method: 'POST',
      path: '/api/v1/purchases',
      headers: { 'idempotency-key': 'key-1', 'content-type': 'application/vnd.api+json' },
      body: { data: { type: 'purchases', attributes: { lines } } },
    });
  });

  test('is never repeated by itself, whatever comes', async () => {
    for (const reply of [
      refusal(503, 'overloaded'),
      refusal(429, 'too-many-requests'),
      'hang up',
    ] as const) {
      const { url, requests } = await startGateway(() => reply);
      const result = await createApi({ baseUrl: url }).buy([], 'key');
      expect(result.ok).toBe(false);
      expect(requests).toHaveLength(1);
    }
  });

  test('says whether it may have happened', async () => {
    const outcomes = [
      [refusal(409, 'insufficient-stock'), false],
      [refusal(503, 'catalogue-unavailable'), false],
      [refusal(429, 'too-many-requests'), false],
      [refusal(504, 'outcome-unknown'), true],
      [refusal(500, 'internal-error'), true],
      [{ status: 502, body: '' }, true],
      [{ status: 201, headers: { 'content-type': 'text/html' }, body: '<p>' }, true],
      ['hang up', true],
      ['hang', true],
    ] as const;
    for (const [reply, isUnknown] of outcomes) {
      const { url } = await startGateway(() => reply);
      const result = await createApi({ baseUrl: url, writeTimeoutMs: 60 }).buy([], 'key');
      expect([reply, isOutcomeUnknown(errorOf(result))]).toEqual([reply, isUnknown]);
    }
  });

  test('that is harmless is refused or not answered, whatever may have happened', async () => {
    const { url } = await startGateway(() => 'hang up');
    expect(errorOf(await createApi({ baseUrl: url }).signIn('secret'))).toEqual({
      kind: 'unreachable',
    });
  });

  test('hands on what was refused, where and with which figures', async () => {
    const { url } = await startGateway(() =>
      refusal(409, 'insufficient-stock', {
        source: { pointer: '/data/attributes/lines/1' },
        meta: { available: 3 },
      }),
    );
    const error = errorOf(await createApi({ baseUrl: url }).buy([], 'key'));
    expect(isRefusedFor(error, 'insufficient-stock')).toBe(true);
    expect(problemsOf(error)).toMatchObject([
      { status: 409, pointer: '/data/attributes/lines/1', meta: { available: 3 } },
    ]);
  });

  test('names the version that was seen, and gives the new one', async () => {
    const { url, requests } = await startGateway(() => ({
      headers: { ...JSON_API, etag: '"8"' },
      body: { data: levelData('1', { onHand: 9 }) },
    }));
    const result = await createApi({ baseUrl: url }).countStock('1', { onHand: 9 }, '"7"');
    expect(requests[0]?.headers['if-match']).toBe('"7"');
    expect(result).toMatchObject({ ok: true, value: { etag: '"8"', value: { onHand: 9 } } });
  });

  test('nothing in an answer is a value too', async () => {
    const { url, requests } = await startGateway(() => ({ status: 204 }));
    expect(await createApi({ baseUrl: url }).releaseReservation('0199')).toEqual({
      ok: true,
      value: null,
    });
    expect(requests[0]).toMatchObject({ method: 'DELETE', path: '/api/v1/reservations/0199' });
  });

  test.each([{ sku: 'MUG-1' }, { sku: null }])(
    'a product that was made although no answer came is found again, by all of it: %o',
    async ({ sku }) => {
      const input = { name: 'Mug', sku, price: 9.5, tags: ['kitchen'] };
      const like = { ...input, createdAt: new Date().toISOString() };
      const long = { ...input, createdAt: '2026-01-01T00:00:00.000Z' };
      const answer = (...data: object[]) =>
        startGateway(() => ({
          body: { data: data.map((one, at) => productData(String(at + 1), one)) },
        }));
      const look = async ({ url }: { url: string }) =>
        createdProduct(createApi({ baseUrl: url }), input, Date.now());
      expect(await look(await answer(long, { ...like, price: 9 }, like))).toMatchObject({
        ok: true,
        value: { id: '3' },
      });
      expect(await look(await answer(long))).toEqual({ ok: true, value: null });
    },
  );

  test('many at once go under the extension', async () => {
    const { url, requests } = await startGateway(() => ({
      headers: { 'content-type': 'application/vnd.api+json;ext="https://jsonapi.org/ext/atomic"' },
      body: { 'atomic:results': [{ data: productData('7') }] },
    }));
    const operations = [
      { op: 'add', data: { type: 'products', attributes: { name: 'Mug', price: 1 } } },
    ] as const;
    const result = await createApi({ baseUrl: url }).operateProducts(operations);
    expect(result).toMatchObject({ ok: true, value: [{ id: '7' }] });
    expect(requests[0]).toMatchObject({
      path: '/api/v1/product-operations',
      headers: { 'content-type': expect.stringContaining('ext/atomic') },
      body: { 'atomic:operations': operations },
    });
  });
});

describe('the session', () => {
  const session = {
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: { role: 'operator', storefront: 'open' },
  };

  test('is read and begun in plain JSON', async () => {
    const { url, requests } = await startGateway(() => session);
    const api = createApi({ baseUrl: url });
    const value = { role: 'operator', storefront: 'open' };
    expect(await api.session()).toEqual({ ok: true, value });
    expect(await api.signIn('secret')).toEqual({ ok: true, value });
    expect(requests[1]).toMatchObject({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: { password: 'secret' },
    });
  });

  test('that has ended is told to whoever listens', async () => {
    let times = 0;
    const { url } = await startGateway(() => refusal(401, 'sign-in-required'));
    await createApi({ baseUrl: url, onSignInRequired: () => (times += 1) }).audit();
    expect(times).toBe(1);
  });

  test('health comes with each service and its latency', async () => {
    const { url } = await startGateway(() => ({
      headers: { 'content-type': 'application/json' },
      body: {
        status: 'degraded',
        services: {
          products: { status: 'failed', latencyMs: null },
          inventory: { status: 'ok', latencyMs: 2 },
        },
      },
    }));
    expect(await createApi({ baseUrl: url }).health()).toEqual({
      ok: true,
      value: {
        status: 'degraded',
        services: [
          { name: 'products', status: 'failed', latencyMs: null },
          { name: 'inventory', status: 'ok', latencyMs: 2 },
        ],
      },
    });
  });
});
