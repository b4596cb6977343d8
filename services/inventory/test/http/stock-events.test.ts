import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { movementBody, openShop, type Shop } from '../support/shop.ts';

interface FeedEntry {
  readonly id: string;
  readonly attributes: {
    readonly position: number;
    readonly event: {
      id: string;
      source: string;
      type: string;
      subject: string;
      order: string;
      data: object;
    };
  };
}

let shop: Shop;
let purchaseId = '';

beforeAll(async () => {
  shop = await openShop();
  await shop.stock(1, 10);
  await shop.stock(2, 10);
  await shop.ask('POST', '/api/v1/stock-movements', {
    body: movementBody(1, { kind: 'receipt', quantity: 5 }),
  });
  await shop.ask('POST', '/api/v1/stock-movements', {
    body: movementBody(2, { kind: 'adjustment', quantity: -1, reason: 'broken' }),
  });
  const lines = [
    { productId: '1', quantity: 2 },
    { productId: '2', quantity: 3 },
  ];
  purchaseId = (await shop.buy(lines, { as: 'buyer' })).json.data.id;
});
afterAll(() => shop.close());

const feed = (query = '') => shop.ask('GET', `/api/v1/stock-events${query}`, { as: 'reader' });

test('the feed has every movement once, in order, and each purchase after its last movement', async () => {
  const { status, json } = await feed();
  expect(status).toBe(200);
  const events = json.data.map(({ id, attributes }: FeedEntry) => [
    id,
    attributes.event.type,
    attributes.event.subject,
    attributes.event.order,
  ]);
  expect(events).toEqual([
    ['inventory/1', 'stock.counted', '1', '1.1'],
    ['inventory/1/crossing', 'stock.back-in-stock', '1', '1.3'],
    ['inventory/2', 'stock.counted', '2', '2.1'],
    ['inventory/2/crossing', 'stock.back-in-stock', '2', '2.3'],
    ['inventory/3', 'stock.received', '1', '3.1'],
    ['inventory/4', 'stock.adjusted', '2', '4.1'],
    ['inventory/5', 'stock.sold', '1', '5.1'],
    ['inventory/6', 'stock.sold', '2', '6.1'],
    ['inventory/6/purchase', 'purchase.completed', purchaseId, '6.9'],
  ]);
  expect(json.meta).toEqual({ page: { after: 0, size: 100, last: 6, head: 6 } });
  expect(json.links.next).toBeNull();
});

test('an event is a complete CloudEvent', async () => {
  const { json } = await feed('?page[after]=3&page[size]=1');
  expect(json.data[0].attributes).toEqual({
    position: 4,
    event: {
      specversion: '1.0',
      id: 'inventory/4',
      source: expect.stringMatching(/^\/inventory\/logs\/[0-9a-f]{32}$/),
      type: 'stock.adjusted',
      subject: '2',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      order: '4.1',
      datacontenttype: 'application/json',
      data: {
        position: 4,
        productId: '2',
        location: 'main',
        kind: 'adjustment',
        sequence: 2,
        onHandDelta: -1,
        reservedDelta: 0,
        onHandAfter: 9,
        reservedAfter: 0,
        available: 9,
        purchaseId: null,
        reservationId: null,
        reason: 'broken',
        actor: 'inventory',
      },
    },
  });
});

test('every event names the same log, in the feed and as it is published', async () => {
  const { json } = await feed();
  const sources = json.data.map(({ attributes }: FeedEntry) => attributes.event.source);
  await vi.waitFor(() => expect(shop.events).toHaveLength(sources.length), 30_000);
  expect(new Set([...sources, ...shop.events.map(({ source }) => source)]).size).toBe(1);
});

test('the event of a purchase has its lines and prices', async () => {
  const { json } = await feed('?page[after]=5');
  expect(json.data[1].attributes.event.data).toEqual({
    position: 6,
    purchaseId,
    reference: null,
    total: 99.95,
    currency: 'USD',
    lines: [
      { productId: '1', quantity: 2, unitPrice: 19.99 },
      { productId: '2', quantity: 3, unitPrice: 19.99 },
    ],
    actor: 'buyer',
  });
});

describe('pages', () => {
  test.each([1, 2, 4, 6])('of %i movements have no gaps and no repeats', async (size) => {
    const ids: string[] = [];
    let url: string | null = `/api/v1/stock-events?page[size]=${size}`;
    for (let pages = 0; url && pages < 10; pages += 1) {
      const { json } = await shop.ask('GET', url.replace('http://inventory.test', ''));
      ids.push(...json.data.map(({ id }: FeedEntry) => id));
      url = json.links.next;
    }
    expect(ids).toEqual(
      ['1', '1/crossing', '2', '2/crossing', '3', '4', '5', '6', '6/purchase'].map(
        (id) => `inventory/${id}`,
      ),
    );
  });

  test('the end of the feed is an empty page with the position', async () => {
    const { json } = await feed('?page[after]=6');
    expect(json).toMatchObject({
      data: [],
      meta: { page: { last: 6, head: 6 } },
      links: { next: null },
    });
    expect((await feed('?page[after]=999')).json).toMatchObject({
      data: [],
      links: { next: null },
    });
  });

  test.each([
    'page[after]=-1',
    'page[after]=x',
    'page[size]=0',
    'page[size]=1001',
    'page[number]=1',
    'filter[type]=x',
  ])('%s is 400', async (query) => {
    expect(await feed(`?${query}`)).toMatchObject({ status: 400, codes: ['invalid-parameter'] });
  });
});

test('the published events are those of the feed', async () => {
  const { json } = await feed();
  await vi.waitFor(() => expect(shop.events).toHaveLength(9), 30_000);
  expect(shop.events).toEqual(json.data.map(({ attributes }: FeedEntry) => attributes.event));
});

describe('the audit', () => {
  test('is clean, with the position checked', async () => {
    const { status, json } = await shop.ask('GET', '/api/v1/audit', { as: 'auditor' });
    expect(status).toBe(200);
    expect(json.data).toEqual({
      type: 'audits',
      id: '6',
      attributes: {
        clean: true,
        movements: 6,
        levels: 2,
        purchases: 1,
        disagreementCount: 0,
        disagreements: [],
      },
    });
  });

  test('lists disagreements with 200, and is clean after a repair', async () => {
    await shop.run('UPDATE levels SET on_hand = on_hand + 1 WHERE product_id = 1');
    const { status, json } = await shop.ask('GET', '/api/v1/audit', { as: 'auditor' });
    expect(status).toBe(200);
    expect(json.data.attributes).toMatchObject({
      clean: false,
      disagreementCount: 1,
      disagreements: [{ rule: 'level-on-hand', productId: '1', expected: '13', actual: '14' }],
    });
    await shop.run('UPDATE levels SET on_hand = on_hand - 1 WHERE product_id = 1');
    expect((await shop.ask('GET', '/api/v1/audit')).json.data.attributes.clean).toBe(true);
  });

  test('takes no parameters', async () => {
    expect((await shop.ask('GET', '/api/v1/audit?x=1')).status).toBe(400);
  });
});
