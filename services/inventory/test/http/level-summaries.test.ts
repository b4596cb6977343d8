import { afterAll, beforeAll, expect, test } from 'vitest';
import { openShop, type Shop } from '../support/shop.ts';

let shop: Shop;
let now = new Date('2026-03-28T12:00:00.000Z');

beforeAll(async () => {
  // Clocks go forward there on 29 March, at 01:00 UTC.
  const settings = { SHOP_TIME_ZONE: 'Europe/Madrid' };
  shop = await openShop(settings, { clock: () => now, sweeps: false });
  await shop.stock(1, 10);
  await shop.stock(2, 5);
});
afterAll(() => shop.close());

async function buyAt(instant: string, productId: string, quantity: number): Promise<void> {
  now = new Date(instant);
  expect((await shop.buy([{ productId, quantity }])).status).toBe(201);
}

async function summaries(query: string, accept?: string) {
  const path = query.startsWith('/') ? query : `/api/v1/level-summaries?${query}`;
  const answer = await shop.ask('GET', path, accept ? { headers: { accept } } : {});
  expect(answer.status).toBe(200);
  return answer.json;
}

const levelsIn = ({ data }: { data: { attributes: Record<string, unknown> }[] }) =>
  data.map(({ attributes: { from, onHand, movements } }) => [from, onHand, movements]);

test('a level is summed up by day, hour and week, in the time zone of the shop', async () => {
  await buyAt('2026-03-28T22:59:59.999Z', '1', 1);
  await buyAt('2026-03-28T23:00:00.000Z', '1', 2);
  await buyAt('2026-03-29T21:59:59.999Z', '1', 3);
  await buyAt('2026-03-29T22:00:00.000Z', '2', 1);
  now = new Date('2026-03-31T10:00:00.000Z');
  const days = await summaries('filter[product]=1');
  expect(days.meta).toMatchObject({ timeZone: 'Europe/Madrid', page: { total: 4 } });
  expect(levelsIn(days)).toEqual([
    ['2026-03-28T12:00:00.000Z', 9, 2],
    ['2026-03-28T23:00:00.000Z', 4, 2],
    ['2026-03-29T22:00:00.000Z', 4, 0],
    ['2026-03-30T22:00:00.000Z', 4, 0],
  ]);
  expect(days.data.at(-1)).toMatchObject({
    type: 'level-summaries',
    id: '1-2026-03-30T22:00:00.000Z',
    attributes: { productId: '1', to: now.toISOString(), reserved: 0, available: 4 },
  });
  const range = 'filter[from]=2026-03-28T22:30:00Z&filter[to]=2026-03-29T00:30:00Z';
  expect(levelsIn(await summaries(`filter[product]=1&filter[group]=hour&${range}`))).toEqual([
    ['2026-03-28T22:30:00.000Z', 7, 2],
    ['2026-03-28T23:30:00.000Z', 7, 0],
  ]);
  expect(levelsIn(await summaries('filter[product]=1&filter[group]=week'))).toEqual([
    ['2026-03-28T12:00:00.000Z', 4, 4],
  ]);
});

test('its pages by number and by cursor are the same', async () => {
  const all = levelsIn(await summaries('filter[product]=1'));
  const second = await summaries('filter[product]=1&page[size]=3&page[number]=2');
  expect(levelsIn(second)).toEqual(all.slice(3));
  const cursors =
    'application/vnd.api+json;profile="https://jsonapi.org/profiles/ethanresnick/cursor-pagination/"';
  const first = await summaries('filter[product]=1&page[size]=3', cursors);
  expect(levelsIn(first)).toEqual(all.slice(0, 3));
  const { pathname, search } = new URL(first.links.next.href ?? first.links.next);
  const next = await summaries(pathname + search, cursors);
  expect(levelsIn(next)).toEqual(all.slice(3));
});

test('there are none of a product that never moved, nor without a product', async () => {
  for (const query of ['', 'filter[product]=99'])
    expect(await summaries(query)).toMatchObject({ data: [], meta: { page: { total: 0 } } });
  const before = 'filter[from]=2026-03-01T00:00:00Z&filter[to]=2026-03-02T00:00:00Z';
  expect(levelsIn(await summaries(`filter[product]=1&${before}`))).toMatchObject([
    ['2026-03-01T00:00:00.000Z', 0, 0],
    ['2026-03-01T23:00:00.000Z', 0, 0],
  ]);
});

test('a range without an end is refused', async () => {
  const range = 'filter[from]=2026-03-02T00:00:00Z&filter[to]=2026-03-02T00:00:00Z';
  const path = `/api/v1/level-summaries?filter[product]=1&${range}`;
  const { status, codes } = await shop.ask('GET', path);
  expect({ status, codes }).toEqual({ status: 400, codes: ['invalid-parameter'] });
});
