import type { Redis } from 'ioredis';
import { keepConnection, type BrokerConnection } from '../broker-connection.ts';
import type { CloudEvent } from '../cloud-event.ts';
import type { EventText } from '../event-text.ts';
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

/** Added by one script. */
const WINDOW = 200;
const CONNECT_MS = 5_000;
/** A server that doesn't answer for so long is taken for dead. */
const COMMAND_MS = 5_000;
const NO_STREAM = /^ERR no such key/;

/**
 * Publishes to a stream of Redis. The id of an entry is the event's order, `<position>-<n>`, and
 * Redis refuses an id that is not newer than the last one. So an event is never there twice, and an
 * old publisher that wakes up adds nothing.
 *
 * Events are added by a script, which ends at the first one that Redis refuses for another reason.
 * Sent one by one, an event that was refused for a reason that passes (no memory left) was lost
 * when the next one was taken: it was older than the end of the stream from then on.
 *
 * A server that was killed may have lost the last second of what it had confirmed. After each
 * connection the publisher asks which entry is the last, and goes back to it.
 *
 * Its client is loaded when it connects: most services have no Redis.
 */
export function createRedisPublisher(options: RedisOptions): Publisher {
  const connection = keepConnection((onEnd) => openSession(options, onEnd));
  return {
    name: 'redis',
    async resume(position) {
      const end = (await connection.ensure())?.end ?? null;
      return end === null ? position : Math.min(position, end.position - 1);
    },
    publish: (events) => connection.use((session) => session.publish(events)),
    async close() {
      connection.close();
    },
  };
}

/** Of a stream when it was looked at. */
interface StreamEnd {
  /** Of the newest entry that there ever was. */
  readonly position: number;
  /** The log of the newest entry that is there; null when all were deleted. */
  readonly source: string | null;
}

interface Session extends BrokerConnection {
  /** When the connection was made; null when there was no stream. */
  readonly end: StreamEnd | null;
  publish(events: readonly EventText[]): Promise<void>;
}

async function openSession(
  { url, ca, stream, maxLength }: RedisOptions,
  onEnd: () => void,
): Promise<Session> {
  const ioredis = await import('ioredis');
  const client = new ioredis.Redis(url, {
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
    const end = await endOf(client, stream);
    return {
      end,
      async publish(events) {
        assertSameLog(events, end, stream);
        for (let start = 0; start < events.length; start += WINDOW) {
          const window = events.slice(start, start + WINDOW);
          const known = await add(client, window, { stream, maxLength });
          // What is there already may be of another log, which began after we had looked.
          if (known > 0) assertSameLog(window, await endOf(client, stream), stream);
        }
      },
      cut: () => client.disconnect(),
    };
  } catch (error) {
    client.disconnect();
    throw error;
  }
}

/** https://redis.io/docs/latest/commands/xinfo-stream/ */
async function endOf(client: Redis, stream: string): Promise<StreamEnd | null> {
  const answer = await client.xinfo('STREAM', stream).catch((error: Error) => {
    if (NO_STREAM.test(error.message)) return null;
    throw error;
  });
  if (!Array.isArray(answer)) return null;
  const valueOf = (name: string): unknown => answer[answer.indexOf(name) + 1];
  const id = String(valueOf('last-generated-id'));
  const newest = valueOf('last-entry');
  return { position: Number(id.split('-')[0]), source: newest === null ? null : sourceOf(newest) };
}

/** Of an entry as Redis gives it: its id, and the names and values of its fields by turns. */
function sourceOf(entry: unknown): string {
  const fields: unknown = Array.isArray(entry) ? entry[1] : null;
  const text: unknown = Array.isArray(fields) ? fields[fields.indexOf('event') + 1] : null;
  const event: Partial<CloudEvent> = typeof text === 'string' ? JSON.parse(text) : {};
  return event.source ?? 'something else';
}

/** The events of a restored database would be refused, because their positions are not newer. */
function assertSameLog([first]: readonly EventText[], end: StreamEnd | null, stream: string): void {
  const source = end?.source ?? null;
  if (first === undefined || source === null || source === first.source) return;
  throw new Error(
    `the stream ${stream} holds events of ${source}, and these are of ${first.source}: give it another name with RENAME, and a new one begins`,
  );
}

/** https://redis.io/docs/latest/develop/programmability/eval-intro/ */
const ADD = `
local known = 0
for i = 2, #ARGV, 3 do
  local added = redis.pcall('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1],
    ARGV[i], 'type', ARGV[i + 1], 'event', ARGV[i + 2])
  if type(added) == 'table' then
    if not string.find(added.err, 'equal or smaller', 1, true) then return added end
    known = known + 1
  end
end
return known
`;

/** Gives how many of them were there. */
async function add(
  client: Redis,
  events: readonly EventText[],
  { stream, maxLength }: { readonly stream: string; readonly maxLength: number },
): Promise<number> {
  const entries = events.flatMap(({ order, type, json }) => [order.replace('.', '-'), type, json]);
  return Number(await client.eval(ADD, 1, stream, maxLength, ...entries));
}
