import { connect, type Channel, type ChannelModel } from 'amqplib';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { CloudEvent } from '../../src/index.ts';
import { createRabbitmqPublisher, EXCHANGE } from '../../src/rabbitmq/rabbitmq-publisher.ts';
import { publish, publisherContract, thing, type PublisherAddress } from '../publisher-contract.ts';
import { startDroppingProxy } from './dropping-proxy.ts';
import { hasRabbitmq, startRabbitmqServer, type RabbitmqServer } from './rabbitmq-server.ts';

describe.skipIf(!hasRabbitmq)('a publisher to RabbitMQ', () => {
  let server: RabbitmqServer;
  let client: ChannelModel | null = null;

  beforeAll(async () => {
    server = await startRabbitmqServer();
  }, 400_000);
  afterEach(async () => {
    await client?.close().catch(() => {});
    client = null;
  });
  afterAll(() => server?.stop());

  function publisherTo(queue: string, { url = server.url, ca }: PublisherAddress = {}) {
    return createRabbitmqPublisher({
      urls: url.split(','),
      ca,
      queues: [{ name: queue, patterns: ['thing.*'] }],
      onUnwanted: (type, count) => void unwanted.push([type, count]),
    });
  }
  const unwanted: [string, number][] = [];

  function open(queue: string, how?: PublisherAddress) {
    const publisher = publisherTo(queue, how);
    onTestFinished(() => publisher.close?.());
    return publisher;
  }

  async function channel(): Promise<Channel> {
    client = await connect(server.url);
    client.on('error', () => {});
    const made = await client.createChannel();
    made.on('error', () => {});
    return made;
  }

  /** Takes what a queue has, and deletes it. */
  async function take(queue: string): Promise<CloudEvent[]> {
    const from = await channel();
    const events: CloudEvent[] = [];
    for (;;) {
      const message = await from.get(queue, { noAck: true });
      if (message === false) break;
      expect(message.properties).toMatchObject({
        contentType: 'application/cloudevents+json',
        deliveryMode: 2,
      });
      const event: CloudEvent = JSON.parse(message.content.toString());
      expect(message.properties.messageId).toBe(event.id);
      events.push(event);
    }
    await from.deleteQueue(queue);
    return events;
  }

  const ordersIn = async (queue: string) => (await take(queue)).map(({ order }) => order);

  // RabbitMQ 3.10 may lose a younger queue, with what was confirmed since.
  publisherContract({ server: () => server, publisherTo, take, settledMs: 6_000 });

  test('counts what no queue takes, and goes on', async () => {
    const publisher = open('picky');
    const other = { ...thing(2), type: 'unknown.happened' };
    await publish(publisher, [thing(1), ...Array.from({ length: 12 }, () => other), thing(3)]);
    expect(unwanted).toEqual([
      ['unknown.happened', 1],
      ['unknown.happened', 10],
    ]);
    expect(await ordersIn('picky')).toEqual(['1.1', '3.1']);
  });

  test('refuses what a queue that is gone would have taken, and declares it again', async () => {
    const publisher = open('deleted');
    await publish(publisher, [thing(1)]);
    await (await channel()).deleteQueue('deleted');
    await expect(publish(publisher, [thing(2), thing(3)])).rejects.toThrow('no queue deleted');
    await publish(publisher, [thing(2), thing(3)]);
    expect(await ordersIn('deleted')).toEqual(['2.1', '3.1']);
  });

  test('declares the exchange again when it is gone', async () => {
    const publisher = open('orphan');
    await publish(publisher, [thing(1)]);
    await (await channel()).deleteExchange(EXCHANGE);
    await expect(publish(publisher, [thing(2)])).rejects.toThrow('NOT_FOUND');
    await publish(publisher, [thing(2)]);
    expect(await ordersIn('orphan')).toEqual(['1.1', '2.1']);
  });

  test('publishes while a declaration that was made before is not answered', async () => {
    const proxy = await startDroppingProxy(server.url);
    onTestFinished(() => proxy.close());
    const publisher = open('frozen', { url: proxy.url });
    await publish(publisher, [thing(1)]);
    proxy.dropBindings();
    proxy.cut();
    await expect(publish(publisher, [thing(2)])).rejects.toThrow(
      /connection|ECONNRESET|Unexpected close/,
    );
    await publish(publisher, [thing(2)]);
    expect(await ordersIn('frozen')).toEqual(['1.1', '2.1']);
    // Whoever comes new must have it.
    const other = open('frozen', { url: proxy.url });
    await expect(publish(other, [thing(3)])).rejects.toThrow('did not let us in');
  });

  test('tries the next of several addresses', async () => {
    const publisher = open('second', { url: `amqp://127.0.0.1:1,${server.url}` });
    await expect(publish(publisher, [thing(1)])).rejects.toThrow('ECONNREFUSED');
    await publish(publisher, [thing(1)]);
    expect(await ordersIn('second')).toEqual(['1.1']);
  });

  test('tells that the broker takes nothing, and hands everything over when it does again', async () => {
    const publisher = open('blocked');
    const events = Array.from({ length: 500 }, (_, index) => thing(index + 1));
    await server.control('set_vm_memory_high_watermark', '0');
    await expect(publish(publisher, events)).rejects.toThrow(
      'the broker confirmed nothing for 5000 ms: it is low on memory',
    );
    await server.control('set_vm_memory_high_watermark', '0.4');
    await publish(publisher, events);
    const orders = await ordersIn('blocked');
    expect(orders.slice(-500)).toEqual(events.map(({ order }) => order));
    expect(orders.length).toBeLessThan(500 + 200);
  });

  test('tells why it is not let in, without the password', async () => {
    const publisher = open('wrong', { url: server.url.replace('guest:guest', 'guest:hunter2') });
    const error = await publish(publisher, [thing(1)]).catch((reason: Error) => reason);
    expect(String(error)).toContain('ACCESS_REFUSED');
    expect(String(error)).not.toContain('hunter2');
  });
});
