import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { movementBody, openShop, reservationBody, returnBody, type Shop } from '../support/shop.ts';

interface FeedEvent {
  readonly type: string;
  readonly subject: string;
  readonly order: string;
  readonly time: string;
  readonly data: Readonly<Record<string, unknown>>;
}

let shop: Shop;
let lastProduct = 0;
let now = Date.parse('2026-03-01T12:00:00.000Z');

beforeAll(async () => {
  // No sweeper: a test says what records an expiry.
  shop = await openShop({}, { clock: () => new Date(now), sweeps: false });
});
afterAll(() => shop.close());
beforeEach(() => shop.mend());

async function stocked(onHand: number): Promise<string> {
  lastProduct += 1;
  await shop.stock(lastProduct, onHand);
  return String(lastProduct);
}

const set = (id: string, attributes: object) =>
  shop.ask('PATCH', `/api/v1/inventories/${id}`, {
    body: { data: { type: 'inventories', id, attributes } },
  });
const move = (id: string, more: object) =>
  shop.ask('POST', '/api/v1/stock-movements', { body: movementBody(id, more) });
const buy = async (id: string, quantity: number): Promise<string> =>
  (await shop.buy([{ productId: id, quantity }])).json.data.id;
const releaseIt = (id: string) => shop.ask('DELETE', `/api/v1/reservations/${id}`);
const change = (id: string, attributes: object) =>
  shop.ask('PATCH', `/api/v1/reservations/${id}`, {
    body: { data: { type: 'reservations', id, attributes } },
  });

async function reserved(...lines: readonly (readonly [string, number])[]): Promise<string> {
  const ofBody = lines.map(([productId, quantity]) => ({ productId, quantity }));
  const body = reservationBody(ofBody, 600);
  const answer = await shop.ask('POST', '/api/v1/reservations', { body });
  expect(answer.status).toBe(201);
  return answer.json.data.id;
}

async function eventsOf(subject: string): Promise<FeedEvent[]> {
  const events: FeedEvent[] = [];
  for (let after = 0; ;) {
    const url = `/api/v1/stock-events?page[size]=1000&page[after]=${after}`;
    const { json } = await shop.ask('GET', url);
    events.push(
      ...json.data.map((one: { attributes: { event: FeedEvent } }) => one.attributes.event),
    );
    if (json.links.next === null) return events.filter((event) => event.subject === subject);
    after = json.meta.page.last;
  }
}

/** Whether a product is sold out or back in stock, by each kind of movement that made it so. */
async function crossingsOf(id: string): Promise<string[]> {
  const events = await eventsOf(id);
  return events.flatMap(({ type, order }) => {
    const crossing = /^stock\.(sold-out|back-in-stock)$/.exec(type)?.[1];
    if (crossing === undefined) return [];
    const cause = events.find((one) => one.order === order.replace('.3', '.1'));
    return [`${String(cause?.data['kind'])}: ${crossing}`];
  });
}

describe('a product is sold out or back in stock once for each crossing', () => {
  test('by receipt, sale, return, adjustment and count', async () => {
    const id = await stocked(0);
    await move(id, { kind: 'receipt', quantity: 2 });
    await move(id, { kind: 'receipt', quantity: 1 });
    const purchase = await buy(id, 3);
    await shop.ask('POST', '/api/v1/stock-movements', { body: returnBody(purchase, id, 1) });
    await shop.ask('POST', '/api/v1/stock-movements', { body: returnBody(purchase, id, 1) });
    await move(id, { kind: 'adjustment', quantity: -2, reason: 'broken' });
    await set(id, { onHand: 4 });
    await set(id, { onHand: 0 });
    await move(id, { kind: 'adjustment', quantity: 5, reason: 'found' });
    expect(await crossingsOf(id)).toEqual([
      'receipt: back-in-stock',
      'sale: sold-out',
      'return: back-in-stock',
      'adjustment: sold-out',
      'count: back-in-stock',
      'count: sold-out',
      'adjustment: back-in-stock',
    ]);
  });

  test('by a reservation, its release and its expiry, and not by its confirmation', async () => {
    const id = await stocked(2);
    const [first, second] = [await reserved([id, 1]), await reserved([id, 1])];
    await releaseIt(first);
    await change(second, { status: 'confirmed' });
    await reserved([id, 1]);
    now += 601_000;
    // Whoever writes next finds it expired.
    expect((await shop.buy([{ productId: id, quantity: 1 }])).status).toBe(201);
    expect(await crossingsOf(id)).toEqual([
      'count: back-in-stock',
      'reservation: sold-out',
      'release: back-in-stock',
      'reservation: sold-out',
      'release: back-in-stock',
      'sale: sold-out',
    ]);
  });

  test('with what is available, after the event of the movement', async () => {
    const id = await stocked(3);
    await buy(id, 3);
    const event = (await eventsOf(id)).find(({ type }) => type === 'stock.sold-out');
    const position = Number(event?.order.split('.')[0]);
    expect(event).toMatchObject({ id: `inventory/${position}/crossing`, order: `${position}.3` });
    expect(event?.data).toEqual({ position, productId: id, location: 'main', available: 0 });
  });
});

const GONE = {
  archived: (id: string) => shop.products.put(Number(id), { status: 'archived' }),
  draft: (id: string) => shop.products.put(Number(id), { status: 'draft' }),
  deleted: (id: string) => shop.products.remove(Number(id)),
} as const;

describe.each(Object.keys(GONE) as (keyof typeof GONE)[])(
  'a product that is %s meanwhile',
  (how) => {
    /** Sold out by these holds, and then no longer for sale. */
    async function held(count: number): Promise<{ id: string; holds: string[]; told: string[] }> {
      const id = await stocked(count);
      const holds: string[] = [];
      for (let made = 0; made < count; made += 1) holds.push(await reserved([id, 1]));
      const told = await crossingsOf(id);
      expect(told).toEqual(['count: back-in-stock', 'reservation: sold-out']);
      GONE[how](id);
      return { id, holds, told };
    }

    test('is not back in stock by a release', async () => {
      const { id, holds, told } = await held(1);
      expect((await releaseIt(holds[0] ?? '')).status).toBe(204);
      expect(await crossingsOf(id)).toEqual(told);
    });

    test('is not back in stock by a return, an adjustment or a count, nor sold out by them', async () => {
      const id = await stocked(1);
      const purchase = await buy(id, 1);
      const told = await crossingsOf(id);
      GONE[how](id);
      await shop.ask('POST', '/api/v1/stock-movements', { body: returnBody(purchase, id, 1) });
      await move(id, { kind: 'adjustment', quantity: -1, reason: 'broken' });
      await set(id, { onHand: 2 });
      await set(id, { onHand: 0 });
      expect((await eventsOf(id)).at(-1)?.data).toMatchObject({ available: 0 });
      expect(await crossingsOf(id)).toEqual(told);
    });

    test('is not back in stock by an expiry that a purchase of another product records', async () => {
      const [id, other] = [await stocked(1), await stocked(5)];
      await reserved([id, 1], [other, 5]);
      const told = await crossingsOf(id);
      GONE[how](id);
      now += 601_000;
      expect((await shop.buy([{ productId: other, quantity: 1 }])).status).toBe(201);
      expect((await eventsOf(id)).at(-1)?.type).toBe('stock.released');
      expect(await crossingsOf(id)).toEqual(told);
      expect(await crossingsOf(other)).toEqual([
        'count: back-in-stock',
        'reservation: sold-out',
        'release: back-in-stock',
      ]);
    });
  },
);

test('the sweeper asks whether the products of what has expired are for sale', async () => {
  const swept = await openShop({}, { clock: () => new Date(now) });
  await swept.stock(1, 1);
  await swept.stock(2, 1);
  const lines = ['1', '2'].map((productId) => ({ productId, quantity: 1 }));
  await swept.ask('POST', '/api/v1/reservations', { body: reservationBody(lines, 60) });
  swept.products.put(1, { status: 'archived' });
  now += 61_000;
  const back = () => swept.events.filter(({ type }) => type === 'stock.back-in-stock');
  await vi.waitFor(() => expect(back()).toHaveLength(3), 30_000);
  await vi.waitFor(
    () => expect(swept.events.at(-1)).toMatchObject({ type: 'reservation.expired' }),
    30_000,
  );
  expect(back().map(({ subject }) => subject)).toEqual(['1', '2', '2']);
  await swept.close();
});

test('while Products is down nothing is refused for it, since the product may be for sale', async () => {
  const [id, other] = [await stocked(1), await stocked(1)];
  await reserved([id, 1], [other, 1]);
  shop.products.mood = 'down';
  now += 601_000;
  expect((await set(other, { onHand: 3 })).status).toBe(200);
  expect((await crossingsOf(id)).at(-1)).toBe('release: back-in-stock');
});

describe('the events of a reservation', () => {
  const typesOf = async (id: string) => (await eventsOf(id)).map(({ type }) => type);

  test('are one for each change, after its last movement, and stay as they were', async () => {
    const [one, two] = [await stocked(9), await stocked(9)];
    const lines = [
      { productId: one, quantity: 2 },
      { productId: two, quantity: 1 },
      { productId: one, quantity: 1 },
    ];
    const expiresAt = new Date(now + 60_000).toISOString();
    const asked = { body: reservationBody(lines, 60) };
    const id: string = (await shop.ask('POST', '/api/v1/reservations', asked)).json.data.id;
    const [created] = await eventsOf(id);
    const position = Number(created?.order.split('.')[0]);
    expect(created).toMatchObject({
      type: 'reservation.created',
      id: `inventory/${position}/reservation`,
      order: `${position}.8`,
      time: new Date(now).toISOString(),
    });
    expect(created?.data).toEqual({
      position,
      reservationId: id,
      status: 'active',
      reference: null,
      expiresAt,
      total: 79.96,
      currency: 'USD',
      lines: lines.map((line) => ({ ...line, unitPrice: 19.99 })),
      purchaseId: null,
      actor: 'inventory',
    });
    expect((await eventsOf(two)).at(-1)?.order).toBe(`${position}.1`);

    await change(id, { expiresInSeconds: 600 });
    expect(await eventsOf(id)).toEqual([created]);
    const later = new Date(now + 600_000).toISOString();
    const answer = await change(id, { status: 'confirmed' });
    await change(id, { status: 'confirmed' });
    const [same, confirmed, ...none] = await eventsOf(id);
    expect([same, none]).toEqual([created, []]);
    const purchaseId: string = answer.json.data.relationships.purchase.data.id;
    expect(confirmed).toMatchObject({
      type: 'reservation.confirmed',
      data: { status: 'confirmed', expiresAt: later, purchaseId },
    });
    const [purchase] = await eventsOf(purchaseId);
    expect(purchase?.order).toBe(confirmed?.order.replace('.8', '.9'));
  });

  test('tell of a release once, and of an expiry once, however many lines there are', async () => {
    const [one, two] = [await stocked(9), await stocked(9)];
    const released = await reserved([one, 1], [two, 1]);
    await releaseIt(released);
    await releaseIt(released);
    expect(await typesOf(released)).toEqual(['reservation.created', 'reservation.released']);
    const expired = await reserved([one, 1], [two, 1]);
    now += 601_000;
    await buy(one, 1);
    await buy(two, 1);
    expect(await typesOf(expired)).toEqual(['reservation.created', 'reservation.expired']);
    expect((await eventsOf(expired))[1]).toMatchObject({
      data: { status: 'expired', actor: 'anaquel', purchaseId: null },
    });
  });
});
