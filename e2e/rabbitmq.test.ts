import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { CloudEvent } from '@anaquel/events';
import {
  hasRabbitmq,
  startRabbitmqServer,
  type RabbitmqServer,
} from '@anaquel/events/rabbitmq-server';
import { connect, type Channel } from 'amqplib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { projectFolder } from '../tools/settings.ts';
import { startServices, type Services } from './services.ts';

// A shop that publishes to RabbitMQ, and what its consumers see.

const run = promisify(execFile);
const PATIENCE = { timeout: 60_000, interval: 50 };
const PURCHASES = 40;
const QUEUE = 'mirror';

describe.skipIf(!hasRabbitmq)('a shop with RabbitMQ', () => {
  let broker: RabbitmqServer;
  let shop: Services;

  beforeAll(async () => {
    broker = await startRabbitmqServer();
    const env = { BROKER_URL: broker.url, BROKER_QUEUES: `${QUEUE}=stock.*,purchase.completed` };
    shop = await startServices({ demo: true, env });
    await Promise.all(Array.from({ length: PURCHASES }, (_, index) => buy(`buyer-${index}`)));
  });
  afterAll(async () => {
    await shop?.remove();
    await broker?.stop();
  });

  async function buy(key: string): Promise<void> {
    const lines = [{ productId: '1', quantity: 1 }];
    const { status } = await shop.call('inventory', {
      method: 'POST',
      path: '/api/v1/purchases',
      headers: { 'content-type': 'application/vnd.api+json', 'idempotency-key': key },
      body: { data: { type: 'purchases', attributes: { lines } } },
    });
    expect(status).toBe(201);
  }

  async function read<Document>(path: string): Promise<Document> {
    const { text } = await shop.call('inventory', { path });
    return JSON.parse(text);
  }

  async function feedOrders(): Promise<string[]> {
    const feed = await read<{ data: { attributes: { event: CloudEvent } }[] }>(
      '/api/v1/stock-events?page[size]=1000',
    );
    return feed.data.map(({ attributes }) => attributes.event.order);
  }

  /** Each piece of work has a connection of its own: the broker ends those that meet an error. */
  async function onChannel<Result>(work: (channel: Channel) => Promise<Result>): Promise<Result> {
    const connection = await connect(broker.url);
    connection.on('error', () => {});
    try {
      const channel = await connection.createChannel();
      channel.on('error', () => {});
      return await work(channel);
    } finally {
      // An error has closed it.
      await connection.close().catch(() => {});
    }
  }

  /** Takes events from the queue until it has had so many. */
  const take = (count: number): Promise<CloudEvent[]> =>
    takeUntil((events) => expect(events.length).toBeGreaterThanOrEqual(count));

  /** Takes events until `check` no longer throws. What comes afterwards may be lost. */
  async function takeUntil(check: (events: CloudEvent[]) => void): Promise<CloudEvent[]> {
    await vi.waitFor(() => onChannel((channel) => channel.checkQueue(QUEUE)), PATIENCE);
    return onChannel(async (channel) => {
      const events: CloudEvent[] = [];
      await channel.consume(
        QUEUE,
        (message) => {
          if (message !== null) events.push(JSON.parse(message.content.toString()));
        },
        { noAck: true },
      );
      await vi.waitFor(() => check(events), PATIENCE);
      return events;
    });
  }

  const replay = (...args: readonly string[]) =>
    run(process.execPath, [join(projectFolder, 'tools/events.ts'), 'replay', ...args], {
      env: {
        BROKER_URL: broker.url,
        PRODUCTS_API_KEY: shop.keys.products,
        INVENTORY_API_KEY: shop.keys.inventory,
        PRODUCTS_BASE_URL: shop.origins.products,
        INVENTORY_BASE_URL: shop.origins.inventory,
      },
    });

  test('hands over every event in order, from which a consumer has the stock that the API shows', async () => {
    const orders = await feedOrders();
    const events = await take(orders.length);
    expect(events.map(({ order }) => order)).toEqual(orders);
    // As a consumer may get them: three times, in any order.
    const deliveries = [...events, ...events, ...events]
      .map((event) => ({ event, at: Math.random() }))
      .toSorted((one, other) => one.at - other.at)
      .map(({ event }) => event);
    const levels = new Map<string, { sequence: number; onHand: number }>();
    for (const { subject, data } of deliveries) {
      if (!('sequence' in data)) continue;
      const { sequence, onHandAfter } = data as { sequence: number; onHandAfter: number };
      if (sequence > (levels.get(subject)?.sequence ?? 0))
        levels.set(subject, { sequence, onHand: onHandAfter });
    }
    const stock = await read<{ data: { id: string; attributes: { onHand: number } }[] }>(
      '/api/v1/inventories?page[size]=100',
    );
    expect(stock.data.length).toBeGreaterThan(10);
    expect(stock.data.map(({ id, attributes }) => [id, attributes.onHand])).toEqual(
      stock.data.map(({ id }) => [id, levels.get(id)?.onHand]),
    );
  });

  test('replays to a queue that was deleted what it held, and from any place', async () => {
    await vi.waitFor(() => onChannel((channel) => channel.deleteQueue(QUEUE)), PATIENCE);
    // The next sale finds that the queue is gone, and has it declared again.
    await buy('after-the-loss');
    const orders = await feedOrders();
    const [last = ''] = orders.slice(-1);
    const position = Number(last.split('.')[0]);
    const ofLast = orders.filter((order) => order.startsWith(`${position}.`));
    expect((await take(ofLast.length)).map(({ order }) => order).at(-1)).toBe(last);
    const { stdout } = await replay('inventory', '--from', '0', '--to', QUEUE);
    expect(stdout).toContain(`inventory: ${orders.length} events were published again`);
    expect((await take(orders.length)).map(({ order }) => order)).toEqual(orders);

    await replay('inventory', '--from', String(position - 1));
    expect((await take(ofLast.length)).map(({ order }) => order)).toEqual(ofLast);
    const since = new Date(Date.now() + 120_000).toISOString();
    expect((await replay('inventory', '--from', since)).stdout).toContain('inventory: 0 events');
  });

  test('says what is missing when a replay can go nowhere', async () => {
    await expect(replay('inventory', '--from', '0', '--to', 'nowhere')).rejects.toThrow(
      /there is no queue nowhere.*Go on with: npm run events -- replay inventory --from 0 --to nowhere/s,
    );
    await expect(replay('--from', 'yesterday')).rejects.toThrow('--from 2026-11-29T08:00:00Z');
  });

  test('sells on while the broker is gone, and publishes what it sold when it is back', async () => {
    const before = await feedOrders();
    await broker.kill();
    for (let index = 0; index < 5; index += 1) await buy(`without-a-broker-${index}`);
    await broker.restart();
    const orders = (await feedOrders()).slice(before.length);
    // A consumer that remembers where it was drops what comes again.
    const known = new Set(before);
    await takeUntil((events) => {
      const taken = new Set(events.map(({ order }) => order));
      expect([...taken].filter((order) => !known.has(order))).toEqual(orders);
    });
  });
});
