import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { CloudEvent } from '../../src/index.ts';
import { createRedisPublisher } from '../../src/redis/redis-publisher.ts';
import type { BrokerServer } from '../broker-server.ts';
import { publish, publisherContract, thing, type PublisherAddress } from '../publisher-contract.ts';
import { hasRedis, startRedisServer } from './redis-server.ts';

describe.skipIf(!hasRedis)('a publisher to Redis', () => {
  let server: BrokerServer;

  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server?.stop());

  const publisherTo = (stream: string, { url = server.url, ca }: PublisherAddress = {}) =>
    createRedisPublisher({ url, ca, stream, maxLength: 1_000_000 });

  function open(stream: string) {
    const publisher = publisherTo(stream);
    onTestFinished(() => publisher.close?.());
    return publisher;
  }

  async function withClient<Result>(work: (client: Redis) => Promise<Result>): Promise<Result> {
    const client = new Redis(server.url);
    client.on('error', () => {});
    try {
      return await work(client);
    } finally {
      client.disconnect();
    }
  }

  async function take(stream: string): Promise<CloudEvent[]> {
    const entries = await withClient((client) => client.xrange(stream, '-', '+'));
    return entries.map(([id, fields]) => {
      const event: CloudEvent = JSON.parse(fields[fields.indexOf('event') + 1] ?? '');
      expect(id).toBe(event.order.replace('.', '-'));
      expect(fields[fields.indexOf('type') + 1]).toBe(event.type);
      return event;
    });
  }

  const ordersIn = async (stream: string) => (await take(stream)).map(({ order }) => order);

  publisherContract({ server: () => server, publisherTo, take, settledMs: 1_500 });

  test('adds nothing twice, and nothing behind the end of the stream', async () => {
    const [publisher, old] = [open('once'), open('once')];
    await publish(old, [thing(1), thing(2)]);
    await publish(publisher, [thing(2), thing(3), thing(4)]);
    await publish(old, [thing(3), thing(4), thing(5)]);
    expect(await ordersIn('once')).toEqual(['1.1', '2.1', '3.1', '4.1', '5.1']);
  });

  test('goes back to what a server that was killed has left', async () => {
    const publisher = open('lost');
    expect(await publisher.resume?.(7)).toBe(7);
    await publish(publisher, [thing(1), thing(2), thing(3), thing(4)]);
    expect(await publisher.resume?.(4)).toBe(4);
    // As after a power cut: the last second is gone.
    await withClient((client) => client.xdel('lost', '3-1', '4-1'));
    await publisher.close?.();
    expect(await publisher.resume?.(4)).toBe(1);
    expect(await publisher.resume?.(0)).toBe(0);
  });

  test('does not go on with the stream of another log', async () => {
    await publish(open('other'), [thing(8)]);
    const restored = { ...thing(1), source: '/log/restored' };
    await expect(publish(open('other'), [restored])).rejects.toThrow(
      'holds events of /log, and these are of /log/restored',
    );
    await withClient((client) => client.rename('other', 'other-before'));
    await publish(open('other'), [restored]);
    expect(await ordersIn('other')).toEqual(['1.1']);
  });

  test('tells why it is not let in, without the password', async () => {
    await withClient((client) => client.config('SET', 'requirepass', 'right'));
    const url = server.url.replace('redis://', 'redis://:hunter2@');
    const publisher = publisherTo('wrong', { url });
    const error = await publish(publisher, [thing(1)]).catch((reason: Error) => reason);
    await publisher.close?.();
    const admin = new Redis(server.url.replace('redis://', 'redis://:right@'));
    await admin.config('SET', 'requirepass', '');
    admin.disconnect();
    expect(String(error)).toMatch(/WRONGPASS|NOAUTH/);
    expect(String(error)).not.toContain('hunter2');
  });

  test('keeps at least so many entries', async () => {
    const publisher = createRedisPublisher({ url: server.url, stream: 'short', maxLength: 1_000 });
    onTestFinished(() => publisher.close?.());
    await publish(
      publisher,
      Array.from({ length: 3_000 }, (_, index) => thing(index + 1)),
    );
    const kept = await ordersIn('short');
    expect(kept.length).toBeGreaterThanOrEqual(1_000);
    expect(kept.length).toBeLessThan(2_000);
    expect(kept.at(-1)).toBe('3000.1');
  });
});
