import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { connect, type Channel, type ChannelModel } from 'amqplib';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  cloudEvent,
  startRelay,
  type CloudEvent,
  type Publisher,
  type Relay,
} from '../../src/index.ts';
import { createRabbitmqPublisher, EXCHANGE } from '../../src/rabbitmq/rabbitmq-publisher.ts';
import { hasRabbitmq, startRabbitmqServer, type RabbitmqServer } from './rabbitmq-server.ts';

const PATIENCE = { timeout: 120_000, interval: 50 };
/** Topology that is younger can be lost by a kill, with what was confirmed since. */
const SETTLED_MS = 6_000;

describe.skipIf(!hasRabbitmq)('a publisher to RabbitMQ', () => {
  let server: RabbitmqServer;
  let consumer: ChannelModel | null = null;
  const publishers: Publisher[] = [];
  const relays: Relay[] = [];

  beforeAll(async () => {
    server = await startRabbitmqServer();
  }, 180_000);
  afterEach(async () => {
    await Promise.all(relays.splice(0).map((relay) => relay.stop()));
    for (const publisher of publishers.splice(0)) await publisher.close?.();
    await consumer?.close().catch(() => {});
    consumer = null;
  });
  afterAll(() => server?.stop());

  function publisherTo(urls: readonly string[], queue: string, pattern = 'thing.*') {
    const unwanted: [string, number][] = [];
    const publisher = createRabbitmqPublisher({
      urls,
      queues: [{ name: queue, patterns: [pattern] }],
      onUnwanted: (type, count) => void unwanted.push([type, count]),
    });
    publishers.push(publisher);
    return { publisher, unwanted };
  }

  async function channel(): Promise<Channel> {
    consumer = await connect(server.url);
    consumer.on('error', () => {});
    const made = await consumer.createChannel();
    made.on('error', () => {});
    return made;
  }

  /** Takes what a queue has, in the order of the broker, and then deletes it. */
  async function drain(queue: string): Promise<CloudEvent[]> {
    const open = await channel();
    const events: CloudEvent[] = [];
    for (;;) {
      const message = await open.get(queue, { noAck: true });
      if (message === false) break;
      expect(message.properties).toMatchObject({
        contentType: 'application/cloudevents+json',
        deliveryMode: 2,
      });
      const event: CloudEvent = JSON.parse(message.content.toString());
      expect(message.properties.messageId).toBe(event.id);
      events.push(event);
    }
    await open.deleteQueue(queue);
    await consumer?.close();
    consumer = null;
    return events;
  }

  /** A log that grows without end, and a relay that publishes it. */
  function publishLog(publisher: Publisher) {
    const log = { length: 0, saved: 0, errors: [] as string[] };
    const relay = startRelay({
      async read(position, limit) {
        const last = Math.min(log.length, position + limit);
        const numbers = Array.from({ length: last - position }, (_, index) => position + index + 1);
        const events = numbers.map((at) => ({ position: at, event: thing(at) }));
        return { events, position: Math.max(position, last) };
      },
      publisher,
      cursors: {
        load: async () => log.saved,
        save: async (_relay, position) => void (log.saved = position),
      },
      onError: (error) => void log.errors.push(String(error)),
      pollMs: 20,
    });
    relays.push(relay);
    return log;
  }

  test('declares its queue, and hands over events in order and whole', async () => {
    const { publisher } = publisherTo([server.url], 'whole');
    const events = Array.from({ length: 1_000 }, (_, index) => thing(index + 1));
    await publisher.publish(events);
    await publisher.publish([]);
    expect(await drain('whole')).toEqual(events);
  });

  test('counts what no queue takes, and goes on', async () => {
    const { publisher, unwanted } = publisherTo([server.url], 'picky');
    const other = { ...thing(2), type: 'unknown.happened' };
    await publisher.publish([thing(1), ...Array.from({ length: 12 }, () => other), thing(3)]);
    expect(unwanted).toEqual([
      ['unknown.happened', 1],
      ['unknown.happened', 10],
    ]);
    expect((await drain('picky')).map(({ order }) => order)).toEqual(['1.1', '3.1']);
  });

  test('refuses what a queue that is gone would have taken, and declares it again', async () => {
    const { publisher } = publisherTo([server.url], 'deleted');
    await publisher.publish([thing(1)]);
    await (await channel()).deleteQueue('deleted');
    await expect(publisher.publish([thing(2), thing(3)])).rejects.toThrow(
      'there is no queue deleted',
    );
    await publisher.publish([thing(2), thing(3)]);
    expect((await drain('deleted')).map(({ order }) => order)).toEqual(['2.1', '3.1']);
  });

  test('declares the exchange again when it is gone', async () => {
    const { publisher } = publisherTo([server.url], 'orphan');
    await publisher.publish([thing(1)]);
    await (await channel()).deleteExchange(EXCHANGE);
    await expect(publisher.publish([thing(2)])).rejects.toThrow('NOT_FOUND');
    await publisher.publish([thing(2)]);
    expect((await drain('orphan')).map(({ order }) => order)).toEqual(['1.1', '2.1']);
  });

  test('tries the next of several addresses', async () => {
    const { publisher } = publisherTo(['amqp://127.0.0.1:1', server.url], 'second');
    await expect(publisher.publish([thing(1)])).rejects.toThrow('ECONNREFUSED');
    await publisher.publish([thing(1)]);
    expect(await drain('second')).toHaveLength(1);
  });

  test('gives up a broker that takes the connection and says nothing', async () => {
    const sockets = new Set<{ destroy(): void }>();
    const silent = createServer((socket) => void sockets.add(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const { publisher } = publisherTo([`amqp://127.0.0.1:${port}`], 'silent');
    await expect(publisher.publish([thing(1)])).rejects.toThrow('did not let us in');
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  test('tells why it is not let in, without the password', async () => {
    const wrong = server.url.replace('guest:guest', 'guest:hunter2');
    const { publisher } = publisherTo([wrong], 'wrong');
    const error = await publisher.publish([thing(1)]).catch((reason: Error) => reason);
    expect(String(error)).toContain('ACCESS_REFUSED');
    expect(String(error)).not.toContain('hunter2');
  });

  test('loses nothing, keeps the order and repeats little while the broker is killed and paused', async () => {
    const { publisher } = publisherTo([server.url], 'killed');
    await publisher.publish([thing(0)]);
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
    const log = publishLog(publisher);
    const growth = setInterval(() => (log.length += 10), 20);
    try {
      await vi.waitFor(() => expect(log.saved).toBeGreaterThan(500), PATIENCE);
      await server.kill();
      await vi.waitFor(() => expect(log.errors).not.toEqual([]), PATIENCE);
      await server.restart();
      const [before, failures] = [log.saved, log.errors.length];
      await vi.waitFor(() => expect(log.saved).toBeGreaterThan(before + 500), PATIENCE);
      process.kill(server.pid(), 'SIGSTOP');
      await vi.waitFor(() => expect(log.errors.length).toBeGreaterThan(failures), PATIENCE);
      process.kill(server.pid(), 'SIGCONT');
    } finally {
      clearInterval(growth);
    }
    await vi.waitFor(() => expect(log.saved).toBe(log.length), PATIENCE);
    const numbers = (await drain('killed')).map(({ data }) => (data as { at: number }).at);
    // Whoever drops what does not come after the last one has each event once, in order.
    const kept: number[] = [];
    for (const at of numbers) if (at > (kept.at(-1) ?? -1)) kept.push(at);
    expect(kept).toEqual(Array.from({ length: log.length + 1 }, (_, index) => index));
    // One slice of the relay for each failure.
    expect(numbers.length - kept.length).toBeLessThanOrEqual(500 * log.errors.length);
  }, 400_000);
});

function thing(at: number): CloudEvent {
  return cloudEvent({
    id: `log/${at}`,
    source: '/log',
    type: 'thing.happened',
    subject: '1',
    time: '2026-03-01T12:00:00.000Z',
    order: `${at}.1`,
    data: { at, text: 'Zürich 😀' },
  });
}
