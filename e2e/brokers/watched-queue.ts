import type { CloudEvent } from '@anaquel/events';
import { connect, type Channel, type ChannelModel } from 'amqplib';

/** Events that wait for their consumer. */
export interface Arrivals {
  /** The `order` of each, first the one that came first. They stay. */
  read(): Promise<string[]>;
  /** Takes away so many, from the first on. */
  drop(count: number): Promise<void>;
}

const CONNECT_MS = 5_000;
/** What the protocol allows; without it a quorum queue hands out 2,000. */
const MOST_UNACKNOWLEDGED = 65_535;
const MOST_PURGES = 100;

/**
 * A queue of RabbitMQ, on whichever of its nodes answers. Nothing is acknowledged: the queue may
 * lose an acknowledgement when its channel closes, and what comes again then would look like what
 * was published again.
 */
export function watchQueue(urls: readonly string[], queue: string): Arrivals {
  async function connectToAny(): Promise<ChannelModel> {
    const failures: unknown[] = [];
    for (const url of urls) {
      try {
        return await connect(url, { timeout: CONNECT_MS });
      } catch (error) {
        failures.push(error);
      }
    }
    throw new AggregateError(failures, 'No node answers');
  }

  async function use<Result>(work: (channel: Channel) => Promise<Result>): Promise<Result> {
    const model = await connectToAny();
    model.on('error', () => {});
    try {
      const channel = await model.createChannel();
      channel.on('error', () => {});
      return await work(channel);
    } finally {
      await model.close().catch(() => {});
    }
  }

  return {
    read: () =>
      use(async (channel) => {
        const orders: string[] = [];
        const { messageCount } = await channel.checkQueue(queue);
        if (messageCount === 0) return orders;
        await channel.prefetch(MOST_UNACKNOWLEDGED);
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        channel.on('close', () => reject(new Error('The queue was not read to its end')));
        await channel.consume(queue, (message) => {
          if (message === null || orders.length === messageCount) return;
          const event: CloudEvent = JSON.parse(message.content.toString());
          orders.push(event.order);
          if (orders.length === messageCount) resolve();
        });
        await promise;
        return orders;
      }),
    drop: (count) =>
      use(async (channel) => {
        // What was read comes back to the queue a moment after its channel was closed.
        let dropped = 0;
        for (let purges = 0; dropped < count && purges < MOST_PURGES; purges += 1)
          dropped += (await channel.purgeQueue(queue)).messageCount;
        if (dropped < count) throw new Error(`${dropped} events were dropped, not ${count}`);
      }),
  };
}
