import { setTimeout as delay } from 'node:timers/promises';
import { hasRabbitmq, startRabbitmqServer } from '@anaquel/events/rabbitmq-server';
import { hasRedis, startRedisServer, type BrokerServer } from '@anaquel/events/redis-server';
import { connect } from 'amqplib';
import { Redis } from 'ioredis';

/** Where the services of a benchmark publish. */
export interface BenchBroker {
  readonly name: string;
  /** Of the services. */
  readonly settings: Readonly<Record<string, string>>;
  /** Null for what can't be started. */
  readonly running: RunningBroker | null;
}

export interface RunningBroker extends Pick<BrokerServer, 'pid' | 'stop'> {
  /** How many events of Inventory it has. */
  count(): Promise<number>;
}

/** Those that are installed. A broker that nobody answers for comes last. */
export async function startBrokers(): Promise<BenchBroker[]> {
  return [
    ...(hasRabbitmq ? [await startRabbitmq()] : []),
    ...(hasRedis ? [await startRedis()] : []),
    { name: 'dead', settings: { BROKER_URL: 'amqp://127.0.0.1:1' }, running: null },
  ];
}

const QUEUE = 'bench';
const LOOK_MS = 20;
const PATIENCE_MS = 120_000;

async function startRabbitmq(): Promise<BenchBroker> {
  const server = await startRabbitmqServer();
  const settings = { BROKER_URL: server.url, BROKER_QUEUES: `${QUEUE}=stock.*,purchase.*` };
  return {
    name: 'RabbitMQ',
    settings,
    running: {
      ...server,
      async count() {
        const model = await connect(server.url);
        const channel = await model.createChannel();
        const { messageCount } = await channel.checkQueue(QUEUE);
        await model.close();
        return messageCount;
      },
    },
  };
}

async function startRedis(): Promise<BenchBroker> {
  const server = await startRedisServer();
  return {
    name: 'Redis',
    settings: { BROKER_URL: server.url },
    running: {
      ...server,
      async count() {
        const client = new Redis(server.url);
        const count = await client.xlen('anaquel:inventory');
        client.disconnect();
        return count;
      },
    },
  };
}

/**
 * Lets events wait while a broker stands still, and gives how many a second come afterwards.
 *
 * @param makeEvents makes some, and says how many there are to come
 */
export async function publishRate(
  { pid, count }: RunningBroker,
  makeEvents: () => Promise<number>,
): Promise<number> {
  const before = await settled(count);
  process.kill(pid(), 'SIGSTOP');
  const waiting = await makeEvents().finally(() => process.kill(pid(), 'SIGCONT'));
  let [start, startMs] = [before, performance.now()];
  for (const deadline = startMs + PATIENCE_MS; performance.now() < deadline;) {
    const found = await count();
    const nowMs = performance.now();
    // Until the first ones come, nothing is measured but how long the service takes to connect.
    if (start <= before) [start, startMs] = [found, nowMs];
    else if (found >= before + waiting) return ((found - start) / (nowMs - startMs)) * 1_000;
    await delay(LOOK_MS);
  }
  throw new Error(`The events did not come within ${PATIENCE_MS / 1_000} s`);
}

/** Waits until no more come. */
async function settled(count: () => Promise<number>): Promise<number> {
  let last = -1;
  for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline;) {
    const found = await count();
    if (found === last) return found;
    last = found;
    await delay(1_000);
  }
  throw new Error(`Events came for more than ${PATIENCE_MS / 1_000} s`);
}
