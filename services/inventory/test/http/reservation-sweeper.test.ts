import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openShop, reservationBody, type Shop } from '../support/shop.ts';

let shop: Shop;
let now = Date.parse('2026-03-01T12:00:00.000Z');

beforeAll(async () => {
  shop = await openShop({}, { clock: () => new Date(now) });
});
afterAll(() => shop.close());

test('an expiry is recorded and published within seconds, without any request', async () => {
  await shop.stock(1, 5);
  const body = reservationBody([{ productId: '1', quantity: 2 }], 60);
  const { json } = await shop.ask('POST', '/api/v1/reservations', { body });
  now += 60_000;
  const url = '/api/v1/inventories/1';
  const before = await shop.ask('GET', url);
  const released = await vi.waitFor(
    () => {
      const event = shop.events.find(({ type }) => type === 'stock.released');
      expect(event).toBeDefined();
      return event;
    },
    { timeout: 30_000, interval: 20 },
  );
  expect(released).toMatchObject({
    subject: '1',
    time: new Date(now).toISOString(),
    data: { reservationId: json.data.id, reservedDelta: -2, actor: 'anaquel', reason: 'expired' },
  });
  const after = await shop.ask('GET', url);
  expect([after.text, after.headers.etag]).toEqual([before.text, before.headers.etag]);
});
