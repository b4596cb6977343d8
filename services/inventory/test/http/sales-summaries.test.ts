import { afterAll, beforeAll, expect, test } from 'vitest';
import { openShop, type Shop } from '../support/shop.ts';

const BY_CURSOR =
  'application/vnd.api+json;profile="https://jsonapi.org/profiles/ethanresnick/cursor-pagination/"';
let shop: Shop;
let now = new Date('2026-03-01T12:00:00.000Z');

beforeAll(async () => {
  // The day begins at 05:00 UTC there.
  const settings = { SHOP_TIME_ZONE: 'America/Bogota' };
  shop = await openShop(settings, { clock: () => now, sweeps: false });
  for (const id of [1, 2]) await shop.stock(id, 100);
});
afterAll(() => shop.close());

async function buyAt(instant: string, ...lines: readonly (readonly [string, number])[]) {
  now = new Date(instant);
  const answer = await shop.buy(lines.map(([productId, quantity]) => ({ productId, quantity })));
  expect(answer.status).toBe(201);
  return answer.json.data;
}

async function summaries(query: string) {
  const { status, json } = await shop.ask('GET', `/api/v1/sales-summaries?${query}`);
  expect(status).toBe(200);
  expect(json.meta.timeZone).toBe('America/Bogota');
  return json.data.map((one: { id: string; attributes: object }) => ({
    id: one.id,
    ...one.attributes,
  }));
}

test('sales are summed up by day, in the time zone of the shop, and by product, net of returns', async () => {
  await buyAt('2026-03-02T04:59:59.999Z', ['1', 2]);
  const { id: purchaseId } = await buyAt('2026-03-02T05:00:00.000Z', ['1', 1], ['2', 3]);
  await buyAt('2026-03-03T04:00:00.000Z', ['2', 1]);
  now = new Date('2026-03-04T12:00:00.000Z');
  const back = {
    data: {
      type: 'stock-movements',
      attributes: { kind: 'return', quantity: 2 },
      relationships: {
        product: { data: { type: 'products', id: '2' } },
        purchase: { data: { type: 'purchases', id: purchaseId } },
      },
    },
  };
  const returned = await shop.ask('POST', '/api/v1/stock-movements', {
    body: back,
    key: 'back',
  });
  expect(returned.status).toBe(201);
  now = new Date('2026-03-04T12:01:00.000Z');
  const range = 'filter[from]=2026-03-01T05:00:00Z&filter[to]=2026-03-05T05:00:00Z';
  expect(await summaries(range)).toMatchObject([
    { id: '2026-03-01-USD', day: '2026-03-01', productId: null, sales: 1, units: 2 },
    { day: '2026-03-02', sales: 2, units: 5, grossRevenue: 99.95, refunds: 0, revenue: 99.95 },
    { day: '2026-03-04', sales: 0, units: 0, returnedUnits: 2, refunds: 39.98, revenue: -39.98 },
  ]);
  expect(await summaries(`${range}&filter[group]=product`)).toMatchObject([
    { id: '1-USD', productId: '1', name: 'Product 1', sales: 2, units: 3, revenue: 59.97 },
    { id: '2-USD', productId: '2', sales: 2, units: 4, returnedUnits: 2, revenue: 39.98 },
  ]);
  expect(await summaries(`${range}&filter[group]=product&page[size]=1&page[number]=2`)).toEqual([
    expect.objectContaining({ id: '2-USD' }),
  ]);
  // By cursor each day is read once.
  const days: string[] = [];
  let next: string | undefined = `/api/v1/sales-summaries?${range}&page[size]=1`;
  for (let pages = 0; next !== undefined && pages < 5; pages += 1) {
    const { json } = await shop.ask('GET', next, { headers: { accept: BY_CURSOR } });
    days.push(...json.data.map(({ id }: { id: string }) => id));
    next = json.links.next ?? undefined;
  }
  expect(days).toEqual(['2026-03-01-USD', '2026-03-02-USD', '2026-03-04-USD']);
  expect(await summaries(`${range}&filter[group]=currency`)).toMatchObject([
    { id: 'USD', day: null, productId: null, sales: 3, units: 7, returnedUnits: 2, revenue: 99.95 },
  ]);
  expect(await summaries(`${range}&filter[product]=2`)).toMatchObject([
    { id: '2026-03-02-USD', sales: 2, units: 4, grossRevenue: 79.96 },
    { id: '2026-03-04-USD', sales: 0, returnedUnits: 2, refunds: 39.98 },
  ]);
  const { json } = await shop.ask('GET', `/api/v1/purchases/${purchaseId}`);
  expect(json.data.attributes.lines).toMatchObject([{ returned: 0 }, { returned: 2 }]);
  const day = 'filter[from]=2026-03-02T05:00:00Z&filter[to]=2026-03-03T04:00:00Z';
  expect(await summaries(day)).toMatchObject([{ day: '2026-03-02', sales: 1, units: 4 }]);
  expect(await summaries('')).toHaveLength(3);
});

test.each([
  ['filter[from]=2026-03-02T05:00:00Z&filter[to]=2026-03-02T05:00:00Z'],
  ['filter[from]=2024-03-02T05:00:00Z&filter[to]=2026-03-02T05:00:00Z'],
])('a range without an end, or too long, is refused: %s', async (query) => {
  const { status, codes, json } = await shop.ask('GET', `/api/v1/sales-summaries?${query}`);
  expect({ status, codes }).toEqual({ status: 400, codes: ['invalid-parameter'] });
  expect(json.errors[0].source).toEqual({ parameter: 'filter[from]' });
});
