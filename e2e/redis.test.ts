import { hasRedis, startRedisServer, type BrokerServer } from '@anaquel/events/redis-server';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startServices, type Services } from './services.ts';

// A shop that publishes to streams of Redis.

describe.skipIf(!hasRedis)('a shop with Redis', () => {
  let broker: BrokerServer;
  let shop: Services;

  beforeAll(async () => {
    broker = await startRedisServer();
    shop = await startServices({ demo: true, env: { BROKER_URL: broker.url } });
  });
  afterAll(async () => {
    await shop?.remove();
    await broker?.stop();
  });

  test.each([
    ['products', 'product-events'],
    ['inventory', 'stock-events'],
  ] as const)('has every event of %s in its stream, in order', async (service, feed) => {
    const path = `/api/v1/${feed}?page[size]=1000`;
    const { text } = await shop.call(service, { path });
    const { data }: { data: { attributes: { event: { order: string } } }[] } = JSON.parse(text);
    const ids = data.map(({ attributes }) => attributes.event.order.replace('.', '-'));
    expect(ids.length).toBeGreaterThan(20);
    const client = new Redis(broker.url);
    try {
      await vi.waitFor(
        async () => {
          const entries = await client.xrange(`anaquel:${service}`, '-', '+');
          expect(entries.map(([id]) => id)).toEqual(ids);
        },
        { timeout: 60_000, interval: 50 },
      );
    } finally {
      client.disconnect();
    }
  });
});
