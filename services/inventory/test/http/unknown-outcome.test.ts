import {
  hasPostgres,
  startPostgresProxy,
  type PostgresProxy,
} from '@anaquel/runtime/postgres-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openPostgresStore, type PostgresTestStore } from '../support/postgres-store.ts';
import { openShop, type Shop } from '../support/shop.ts';

const LINES = [{ productId: '1', quantity: 1 }];

describe.skipIf(!hasPostgres)('a COMMIT on PostgreSQL that has no answer', () => {
  let place: PostgresTestStore;
  let proxy: PostgresProxy;
  let shop: Shop;

  beforeEach(async () => {
    place = await openPostgresStore();
    proxy = await startPostgresProxy(place.url);
    shop = await openShop({ DATABASE_URL: proxy.url });
    await shop.stock(1, 10);
  });
  afterEach(async () => {
    await shop?.close();
    await proxy?.close();
    await place?.remove();
  });

  const onHand = async () =>
    (await shop.ask('GET', '/api/v1/inventories/1')).json.data.attributes.onHand;

  test('is 201 when the purchase is found', async () => {
    proxy.atNextCommit('pass on and cut', 'insert into purchases');
    expect((await shop.buy(LINES, { key: 'one' })).status).toBe(201);
    expect((await shop.buy(LINES, { key: 'one' })).headers['idempotency-replayed']).toBe('true');
    expect(await onHand()).toBe(9);
  });

  test('is 504 when the purchase is not found, and its key buys once', async () => {
    proxy.atNextCommit('cut', 'insert into purchases');
    const answer = await shop.buy(LINES, { key: 'one' });
    expect([answer.status, answer.codes]).toEqual([504, ['outcome-unknown']]);
    expect((await shop.buy(LINES, { key: 'one' })).status).toBe(201);
    expect(await onHand()).toBe(9);
  });
});
