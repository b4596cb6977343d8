import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { textOf, type CloudEvent } from '../../src/index.ts';
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
    await withClient(async (client) => {
      await client.xdel('lost', '3-1', '4-1');
      await client.call('XSETID', 'lost', '2-1');
    });
    await publisher.close?.();
    expect(await publisher.resume?.(4)).toBe(1);
    expect(await publisher.resume?.(0)).toBe(0);
  });

  test('knows the end of a stream whose consumer deletes what it is done with', async () => {
    const publisher = open('emptied');
    await publish(publisher, [thing(1), thing(2), thing(3)]);
    await withClient((client) => client.xdel('emptied', '1-1', '2-1', '3-1'));
    await publisher.close?.();
    expect(await publisher.resume?.(7)).toBe(2);
  });

  test('adds nothing behind an event that was refused', async () => {
    const admin = new Redis(server.url);
    onTestFinished(() => admin.disconnect());
    // In the middle of what is sent there is memory again.
    const url = await passThrough(server.url, '11-1', () => admin.config('SET', 'maxmemory', '0'));
    const publisher = publisherTo('full', { url });
    onTestFinished(() => publisher.close?.());
    await publisher.resume?.(0);
    await admin.config('SET', 'maxmemory', '1');
    const events = Array.from({ length: 20 }, (_, index) => thing(index + 1));
    await publisher.publish(events.map(textOf)).catch(() => {});
    await publish(publisher, events);
    expect(await ordersIn('full')).toEqual(events.map(({ order }) => order));
  });

  test('says that there is no memory left, and goes on when there is', async () => {
    const admin = new Redis(server.url);
    onTestFinished(() => admin.disconnect());
    const publisher = open('oom');
    await admin.config('SET', 'maxmemory', '1');
    await expect(publish(publisher, [thing(1), thing(2)])).rejects.toThrow('OOM');
    await admin.config('SET', 'maxmemory', '0');
    await publish(publisher, [thing(1), thing(2)]);
    expect(await ordersIn('oom')).toEqual(['1.1', '2.1']);
  });

  test('notices that another log began the same stream', async () => {
    const [publisher, stranger] = [open('shared'), open('shared')];
    await Promise.all([publisher.resume?.(0), stranger.resume?.(0)]);
    await publish(
      stranger,
      [5, 6, 7].map((at) => ({ ...thing(at), source: '/other' })),
    );
    await expect(publisher.publish([textOf(thing(1))])).rejects.toThrow('holds events of /other');
    await expect(publish(publisher, [thing(8)])).rejects.toThrow('holds events of /other');
    expect(await ordersIn('shared')).toEqual(['5.1', '6.1', '7.1']);
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

/**
 * A way to a server on which the command with this text, and what comes after it, waits until the
 * work is done.
 */
async function passThrough(
  url: string,
  text: string,
  work: () => Promise<unknown>,
): Promise<string> {
  const proxy = createServer((client) => {
    const server = connect(Number(new URL(url).port), '127.0.0.1');
    server.pipe(client);
    for (const socket of [client, server]) socket.on('error', () => {});
    let passing: Promise<unknown> = Promise.resolve();
    client.on('data', (data) => {
      const commands = data.toString('latin1');
      const at = commands.indexOf(text);
      const start = at === -1 ? data.length : commands.lastIndexOf('*', at);
      passing = passing.then(async () => {
        server.write(data.subarray(0, start));
        if (at !== -1) await work();
        server.write(data.subarray(start));
      });
    });
    client.on('close', () => server.destroy());
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => void proxy.close());
  return url.replace(/\d+$/, String((proxy.address() as AddressInfo).port));
}
