import { hasRabbitmq, startRabbitmqServer } from '@anaquel/events/rabbitmq-server';
import { hasRedis, startRedisServer, type BrokerServer } from '@anaquel/events/redis-server';
import { Redis } from 'ioredis';
import { watchQueue, type Arrivals } from './watched-queue.ts';

/** A broker, and what it has of Inventory. */
export interface WatchedBroker {
  readonly server: BrokerServer;
  /** Of a service that publishes to it. */
  readonly settings: Readonly<Record<string, string>>;
  readonly arrivals: Arrivals;
}

export interface BrokerKind {
  readonly name: string;
  readonly isInstalled: boolean;
  start(): Promise<WatchedBroker>;
  /** Whether an event of this type arrives. */
  wants(type: string): boolean;
  /** How many log entries may come again after a failure. */
  readonly mostRepeats: number;
}

/** A queue that leaves out `purchase.completed`, which no queue wants. */
export const QUEUE = 'stock';
export const rabbitmqSettings = (urls: readonly string[]) => {
  return { BROKER_URL: urls.join(','), BROKER_QUEUES: `${QUEUE}=stock.*` };
};
export const isQueued = (type: string): boolean => type.startsWith('stock.');
/** What a relay publishes at once. */
export const SLICE = 500;

export const redis: BrokerKind = {
  name: 'Redis',
  isInstalled: hasRedis,
  async start() {
    const server = await startRedisServer();
    return {
      server,
      settings: { BROKER_URL: server.url },
      arrivals: watchStream(server.url, 'anaquel:inventory'),
    };
  },
  wants: () => true,
  mostRepeats: 0,
};

export const rabbitmq: BrokerKind = {
  name: 'RabbitMQ',
  isInstalled: hasRabbitmq,
  async start() {
    const server = await startRabbitmqServer();
    return {
      server,
      settings: rabbitmqSettings([server.url]),
      arrivals: watchQueue([server.url], QUEUE),
    };
  },
  wants: isQueued,
  mostRepeats: SLICE,
};

function watchStream(url: string, stream: string): Arrivals {
  let start = '-';

  async function read(): Promise<string[]> {
    const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
    client.on('error', () => {});
    try {
      await client.connect();
      const entries = await client.xrange(stream, start, '+');
      return entries.map(([id]) => id);
    } finally {
      client.disconnect();
    }
  }

  return {
    read: async () => (await read()).map((id) => id.replace('-', '.')),
    async drop(count) {
      const last = (await read())[count - 1];
      if (last !== undefined) start = `(${last}`;
    },
  };
}
