import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { movementBody, openShop, reservationBody, returnBody, type Shop } from '../support/shop.ts';

let shop: Shop;
let lastProduct = 0;

beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());
beforeEach(() => shop.mend());

/** A new product in stock, with a low-stock threshold if one is given. */
async function stocked(onHand: number, lowStockThreshold: number | null = null): Promise<string> {
  lastProduct += 1;
  await shop.stock(lastProduct, onHand);
  const id = String(lastProduct);
  if (lowStockThreshold !== null) await set(id, { lowStockThreshold });
  return id;
}

const set = (id: string, attributes: object) =>
  shop.ask('PATCH', `/api/v1/inventories/${id}`, {
    body: { data: { type: 'inventories', id, attributes } },
  });
const adjust = (id: string, quantity: number) =>
  shop.ask('POST', '/api/v1/stock-movements', {
    body: movementBody(id, { kind: 'adjustment', quantity, reason: 'broken' }),
  });
const giveBack = (purchase: string, product: string, quantity: number) =>
  shop.ask('POST', '/api/v1/stock-movements', { body: returnBody(purchase, product, quantity) });
const operate = (...operations: readonly object[]) =>
  shop.ask('POST', '/api/v1/stock-operations', {
    body: { 'atomic:operations': operations },
    headers: { 'content-type': 'application/vnd.api+json;ext="https://jsonapi.org/ext/atomic"' },
  });
const onHand = async (id: string): Promise<number> =>
  (await shop.ask('GET', `/api/v1/inventories/${id}`)).json.data.attributes.onHand;
const audited = async () => (await shop.ask('GET', '/api/v1/audit')).json.data.attributes;

async function bought(id: string, quantity: number): Promise<string> {
  const answer = await shop.buy([{ productId: id, quantity }]);
  expect(answer.status).toBe(201);
  return answer.json.data.id;
}

async function createReservation(id: string, quantity: number): Promise<string> {
  const body = reservationBody([{ productId: id, quantity }], 600);
  const answer = await shop.ask('POST', '/api/v1/reservations', { body });
  expect(answer.status).toBe(201);
  return answer.json.data.id;
}

/** Makes Inventory read a product again: it does so before it refuses a price. */
async function lookAgain(id: string): Promise<void> {
  expect((await shop.buy([{ productId: id, quantity: 1, expectedPrice: 0 }])).status).not.toBe(201);
}

const GONE = {
  archived: (id: string) => shop.products.put(Number(id), { status: 'archived' }),
  draft: (id: string) => shop.products.put(Number(id), { status: 'draft' }),
  deleted: (id: string) => shop.products.remove(Number(id)),
} as const;

type Gone = keyof typeof GONE;
const each = Object.keys(GONE) as Gone[];

describe('changes that earlier records prove are accepted', () => {
  test.each(each)('units of a %s product are returned, as many as were sold', async (status) => {
    const id = await stocked(5);
    const purchase = await bought(id, 3);
    GONE[status](id);
    await lookAgain(id);
    const answer = await giveBack(purchase, id, 1);
    expect(answer.status).toBe(201);
    expect(answer.json.data.attributes).toMatchObject({ kind: 'return', onHandAfter: 3 });
    const inList = { op: 'add', ...returnBody(purchase, id, 2) };
    expect((await operate(inList)).status).toBe(200);
    expect(await giveBack(purchase, id, 1)).toMatchObject({
      status: 409,
      codes: ['return-exceeds-sale'],
    });
    expect(await onHand(id)).toBe(5);
    expect(await audited()).toMatchObject({ clean: true });
  });

  test('a unit is returned while Products is down', async () => {
    const id = await stocked(5);
    const purchase = await bought(id, 1);
    shop.products.remove(Number(id));
    await lookAgain(id);
    shop.products.mood = 'down';
    expect((await giveBack(purchase, id, 1)).status).toBe(201);
  });

  test('units that were never sold are not returned, whether the product exists or not', async () => {
    const id = await stocked(5);
    const purchase = await bought(id, 1);
    for (const product of [await stocked(5), '987654']) {
      const answer = await giveBack(purchase, product, 1);
      expect(answer).toMatchObject({ status: 409, codes: ['return-exceeds-sale'] });
      expect(answer.json.errors[0].meta).toEqual({ productId: product, returnable: 0 });
      expect(answer.json.errors[0].detail).toContain('has no units of product');
    }
  });

  test.each(each)('a reservation of a %s product is confirmed or released', async (status) => {
    const id = await stocked(5);
    const [first, second] = [await createReservation(id, 2), await createReservation(id, 1)];
    GONE[status](id);
    await lookAgain(id);
    const url = `/api/v1/reservations/${first}`;
    const attributes = { status: 'confirmed' };
    const body = { data: { type: 'reservations', id: first, attributes } };
    expect((await shop.ask('PATCH', url, { body })).status).toBe(200);
    expect((await shop.ask('DELETE', `/api/v1/reservations/${second}`)).status).toBe(204);
    expect(await onHand(id)).toBe(3);
  });
});

describe('only active products have low stock', () => {
  const lowIds = async (query = '') => {
    const { json } = await shop.ask('GET', `/api/v1/inventories?filter[lowStock]=true${query}`);
    const ids = json.data.map(({ id }: { id: string }) => id) as string[];
    return { ids, total: json.meta.total as number };
  };

  test.each(each)('a %s product is not listed until it is active again', async (status) => {
    const [one, two] = [await stocked(2, 5), await stocked(2, 5)];
    const only = `&filter[id]=${one},${two}`;
    expect(await lowIds(only)).toEqual({ ids: [one, two], total: 2 });
    GONE[status](one);
    expect(await lowIds(only)).toEqual({ ids: [two], total: 1 });
    for (const sort of ['id', '-available', '-id'])
      expect(await lowIds(`${only}&sort=${sort}`)).toEqual({ ids: [two], total: 1 });
    expect((await lowIds('&page[size]=100')).ids).not.toContain(one);
    const rest = await shop.ask('GET', `/api/v1/inventories?filter[lowStock]=false${only}`);
    expect(rest.json.data).toMatchObject([{ id: one }]);
    shop.products.put(Number(one), { status: 'active' });
    expect(await lowIds(only)).toEqual({ ids: [one, two], total: 2 });
  });

  test('while Products is down its last answer counts, and an unknown product is listed', async () => {
    const [archived, unseen] = [await stocked(2, 5), String((lastProduct += 1))];
    await shop.stockUnseen(lastProduct, 2, { status: 'archived' });
    GONE.archived(archived);
    expect((await lowIds(`&filter[id]=${archived}`)).ids).toEqual([]);
    shop.products.mood = 'down';
    await set(unseen, { lowStockThreshold: 5 });
    expect((await lowIds(`&filter[id]=${archived},${unseen}`)).ids).toEqual([unseen]);
  });

  /** The number of stock.low events of a product. */
  async function lowEvents(id: string): Promise<number> {
    const { json } = await shop.ask('GET', '/api/v1/stock-events?page[size]=1000');
    const all: { attributes: { event: { subject: string; type: string } } }[] = json.data;
    const events = all.map(({ attributes }) => attributes.event);
    return events.filter(({ subject, type }) => subject === id && type === 'stock.low').length;
  }

  test.each(each)('an adjustment down of a %s product makes no stock.low', async (status) => {
    const id = await stocked(20, 5);
    GONE[status](id);
    await adjust(id, -16);
    await set(id, { onHand: 20 });
    await set(id, { onHand: 3 });
    await set(id, { onHand: 20 });
    await operate(
      { op: 'update', data: { type: 'inventories', id, attributes: { lowStockThreshold: 9 } } },
      { op: 'update', data: { type: 'inventories', id, attributes: { onHand: 2 } } },
    );
    expect(await onHand(id)).toBe(2);
    expect(await lowEvents(id)).toBe(0);
    shop.products.put(Number(id), { status: 'active' });
    await set(id, { onHand: 20 });
    await adjust(id, -15);
    expect(await lowEvents(id)).toBe(1);
  });

  test('an adjustment down while Products is down makes one, since the product may be active', async () => {
    await shop.stockUnseen((lastProduct += 1), 20);
    const id = String(lastProduct);
    await set(id, { lowStockThreshold: 5 });
    shop.products.mood = 'down';
    expect((await adjust(id, -16)).status).toBe(201);
    expect(await lowEvents(id)).toBe(1);
  });
});
