import { Redis } from 'ioredis';
import { keepConnection, type BrokerConnection } from '../broker-connection.ts';
import type { CloudEvent } from '../cloud-event.ts';
import type { Publisher } from '../relay.ts';

export interface RedisOptions {
  /** `redis://` or `rediss://` */
  readonly url: string;
  /** The authority of the server's certificate, in place of those that the system knows. */
  readonly ca?: string | undefined;
  /** The key of the stream. */
  readonly stream: string;
  /** The stream keeps at least so many entries; older ones may go. */
  readonly maxLength: number;
}

/** Sent and not yet answered. */
const WINDOW = 200;
const CONNECT_MS = 5_000;
/** A server that doesn't answer for so long is taken for dead. */
const COMMAND_MS = 5_000;
/** https://redis.io/docs/latest/commands/xadd/#specifying-a-stream-id-as-an-argument */
const NOT_NEWER = /^ERR The ID specified in XADD is equal or smaller/;

/**
 * Publishes to a stream of Redis. The id of an entry is the event's order, `<position>-<n>`, and
 * Redis refuses an id that is not newer than the last one. So an event is never there twice, and an
 * old publisher that wakes up adds nothing.
 *
 * A server that was killed may have lost the last second of what it had confirmed. After each
 * connection the publisher asks which entry is the last, and goes back to it.
 */
export function createRedisPublisher(options: RedisOptions): Publisher {
  const connection = keepConnection((onEnd) => openSession(options, onEnd));
  return {
    name: 'redis',
    async resume(position) {
      const { last } = (await connection.ensure()) ?? { last: null };
      return last === null ? position : Math.min(position, last.position - 1);
    },
    publish: (events) => connection.use((session) => session.publish(events)),
    async close() {
      connection.close();
    },
  };
}

/** The newest entry of the stream when the connection was made. */
interface LastEntry {
  readonly position: number;
  /** The log that it is of. */
  readonly source: string;
}

interface Session extends BrokerConnection {
  readonly last: LastEntry | null;
  publish(events: readonly CloudEvent[]): Promise<void>;
}

async function openSession(
  { url, ca, stream, maxLength }: RedisOptions,
  onEnd: () => void,
): Promise<Session> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    commandTimeout: COMMAND_MS,
    // A connection that is lost is lost: what was on its way is published again by the relay.
    retryStrategy: () => null,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    ...(ca !== undefined && url.startsWith('rediss:') && { tls: { ca } }),
  });
  let reason = new Error('the broker did not let us in');
  client.on('error', (error) => (reason = error));
  client.once('end', onEnd);
  try {
    // It rejects with "Connection is closed", and the event before has the reason.
    await client.connect().catch(() => Promise.reject(reason));
    const last = await lastEntry(client, stream);
    return {
      last,
      async publish(events) {
        assertSameLog(events, last, stream);
        for (let start = 0; start < events.length; start += WINDOW) {
          const window = events.slice(start, start + WINDOW);
          await Promise.all(window.map((event) => add(client, event, { stream, maxLength })));
        }
      },
      end: () => client.disconnect(),
    };
  } catch (error) {
    client.disconnect();
    throw error;
  }
}

async function lastEntry(client: Redis, stream: string): Promise<LastEntry | null> {
  const [entry] = await client.xrevrange(stream, '+', '-', 'COUNT', 1);
  if (entry === undefined) return null;
  const [id, fields] = entry;
  const event: Partial<CloudEvent> = JSON.parse(fields[fields.indexOf('event') + 1] ?? '{}');
  return { position: Number(id.split('-')[0]), source: event.source ?? 'something else' };
}

/** The events of a restored database would be refused, because their positions are not newer. */
function assertSameLog(
  [first]: readonly CloudEvent[],
  last: LastEntry | null,
  stream: string,
): void {
  if (first === undefined || last === null || last.source === first.source) return;
  throw new Error(
    `the stream ${stream} holds events of ${last.source}, and these are of ${first.source}: give it another name with RENAME, and a new one begins`,
  );
}

async function add(
  client: Redis,
  event: CloudEvent,
  { stream, maxLength }: { readonly stream: string; readonly maxLength: number },
): Promise<void> {
  const id = event.order.replace('.', '-');
  const fields = ['type', event.type, 'event', JSON.stringify(event)];
  try {
    await client.xadd(stream, 'MAXLEN', '~', maxLength, id, ...fields);
  } catch (error) {
    if (!(error instanceof Error && NOT_NEWER.test(error.message))) throw error;
  }
}
