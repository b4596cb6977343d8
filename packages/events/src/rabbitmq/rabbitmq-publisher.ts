import { setTimeout as delay } from 'node:timers/promises';
import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { keepConnection, type BrokerConnection } from '../broker-connection.ts';
import type { EventText } from '../event-text.ts';
import type { Publisher } from '../relay.ts';
import { matchesTopic, type BrokerQueue } from './broker-queues.ts';

export interface RabbitmqOptions {
  /** Of the nodes of one broker, `amqp://` or `amqps://`; the next is tried when one fails. */
  readonly urls: readonly string[];
  /** The authority of the broker's certificate, in place of those that the system knows. */
  readonly ca?: string | undefined;
  /** Declared whenever a connection is made. */
  readonly queues: readonly BrokerQueue[];
  /** The one queue that gets the events; null for all that want them. */
  readonly queue?: string | null;
  /** Told of the 1st, the 10th, the 100th, … event of a type that no queue wants. */
  readonly onUnwanted: (type: string, count: number) => void;
}

/** Durable, of the kind topic: the routing key of an event is its type. */
export const EXCHANGE = 'anaquel';

/** Sent and not yet confirmed. */
const WINDOW = 200;
const OPEN_MS = 5_000;
/** How long events wait for declarations that an earlier connection has made already. */
const DECLARE_MS = 2_000;
/** A broker that confirms nothing for so long is taken for dead. */
const SILENCE_MS = 5_000;
const HEARTBEAT_SECONDS = '5';

/**
 * Publishes to RabbitMQ, in order, and resolves when the broker has confirmed that it keeps every
 * event: on disk, and on the greater part of the nodes for a quorum queue. After any failure the
 * connection is given up, and `resume` makes a new one and declares the topology again. A broker of
 * several nodes answers no declaration while one of them stands still, and takes events all the
 * same: only the first connection needs the answer.
 *
 * A broker returns what no queue takes, and confirms it all the same. When one of the declared
 * queues would take it, that queue is gone: the call fails, so that the relay offers it again.
 */
export function createRabbitmqPublisher(options: RabbitmqOptions): Publisher {
  const { urls } = options;
  const onUnwanted = countUnwanted(options.onUnwanted);
  let next = 0;
  let isDeclared = false;
  const onDeclared = (): void => void (isDeclared = true);
  const connection = keepConnection((onEnd) => {
    const url = urls[next % urls.length] ?? '';
    next += 1;
    return openSession(url, options, { isDeclared, onDeclared, onUnwanted, onEnd });
  });
  return {
    name: 'rabbitmq',
    async resume(position) {
      await connection.ensure();
      return position;
    },
    async publish(events) {
      if (events.length > 0) await connection.use((session) => session.publish(events));
    },
    async close() {
      connection.close();
    },
  };
}

interface Session extends BrokerConnection {
  publish(events: readonly EventText[]): Promise<void>;
}

interface SessionHooks {
  /** Whether a publisher's earlier connection has declared the topology. */
  readonly isDeclared: boolean;
  readonly onDeclared: () => void;
  readonly onUnwanted: (type: string) => void;
  readonly onEnd: () => void;
}

/** Rejects after `OPEN_MS` at the latest, with nothing left open. */
async function openSession(
  url: string,
  { ca, queues, queue = null }: RabbitmqOptions,
  { isDeclared, onDeclared, onUnwanted, onEnd }: SessionHooks,
): Promise<Session> {
  const cutting = new AbortController();
  let blockedBy: string | null = null;
  const health = createHealth(onEnd);
  const deadline = setTimeout(() => {
    health.fail(new Error(`the broker did not let us in within ${OPEN_MS} ms`));
  }, OPEN_MS);
  try {
    const channel = await health.unlessItFails<ConfirmChannel>((resolve, reject) => {
      openChannel().then(resolve, reject);
    });
    const cut = () => cutting.abort();
    return createSession(channel, { queue, health, blockedBy: () => blockedBy, cut });
  } catch (error) {
    cutting.abort();
    throw error;
  } finally {
    clearTimeout(deadline);
  }

  async function openChannel(): Promise<ConfirmChannel> {
    // Loaded when it is needed: most services have no RabbitMQ.
    const { connect } = await import('amqplib');
    // Node's sockets take a signal, which the type of the options lacks.
    const socket = { signal: cutting.signal, ...(ca !== undefined && { ca }) };
    const model = await connect(withHeartbeat(url), { noDelay: true, ...socket });
    watch(model, health.fail);
    // https://www.rabbitmq.com/docs/connection-blocked
    model.on('blocked', (reason: string) => (blockedBy = reason));
    model.on('unblocked', () => (blockedBy = null));
    const declaring = declare(model, queues).then(onDeclared);
    declaring.catch(health.fail);
    const enough = isDeclared ? [delay(DECLARE_MS, undefined, { ref: false })] : [];
    await Promise.race([declaring, ...enough]);
    const channel = await model.createConfirmChannel();
    watch(channel, health.fail);
    channel.on('return', ({ fields: { routingKey: type } }) => {
      const isWanted = ({ patterns }: BrokerQueue) =>
        patterns.some((pattern) => matchesTopic(pattern, type));
      const gone = queue ?? queues.find(isWanted)?.name;
      if (gone === undefined) onUnwanted(type);
      else health.fail(new Error(`there is no queue ${gone}, or nothing binds it`));
    });
    return channel;
  }
}

/** On a channel of its own, so that events need not wait behind what is not answered. */
async function declare(model: ChannelModel, queues: readonly BrokerQueue[]): Promise<void> {
  const channel = await model.createChannel();
  // Whatever was asked for rejects with it.
  channel.on('error', () => {});
  await channel.assertExchange(EXCHANGE, 'topic', { durable: true });
  for (const { name, patterns } of queues) {
    const type = { 'x-queue-type': 'quorum' };
    await channel.assertQueue(name, { durable: true, arguments: type });
    for (const pattern of patterns) await channel.bindQueue(name, EXCHANGE, pattern);
  }
  await channel.close();
}

interface SessionOptions {
  readonly queue: string | null;
  readonly health: Health;
  /** What the broker is short of, when it takes nothing for that. */
  readonly blockedBy: () => string | null;
  readonly cut: () => void;
}

function createSession(
  channel: ConfirmChannel,
  { queue, health, blockedBy, cut }: SessionOptions,
): Session {
  // Each queue is bound to the exchange without a name by its own name.
  const exchange = queue === null ? EXCHANGE : '';

  function send(event: EventText, onConfirm: () => void): void {
    const body = Buffer.from(event.json);
    const properties = {
      persistent: true,
      // Without it, what no queue takes would vanish unseen.
      mandatory: true,
      // The structured mode of CloudEvents.
      contentType: 'application/cloudevents+json',
      messageId: event.id,
    };
    channel.publish(exchange, queue ?? event.type, body, properties, (error) => {
      if (error) health.fail(new Error('the broker refused an event', { cause: error }));
      else onConfirm();
    });
  }

  function publish(events: readonly EventText[]): Promise<void> {
    return health.unlessItFails((resolve, reject) => {
      let [sent, confirmed] = [0, 0];
      const silence = setTimeout(() => {
        const shortage = blockedBy();
        const reason = shortage === null ? '' : `: it is ${shortage}`;
        reject(new Error(`the broker confirmed nothing for ${SILENCE_MS} ms${reason}`));
      }, SILENCE_MS).unref();
      const sendMore = (): void => {
        const window = events.slice(sent, confirmed + WINDOW);
        sent += window.length;
        try {
          for (const event of window) send(event, onConfirm);
        } catch (error) {
          reject(error);
        }
      };
      const onConfirm = (): void => {
        confirmed += 1;
        silence.refresh();
        if (confirmed < events.length) return sendMore();
        clearTimeout(silence);
        resolve();
      };
      sendMore();
    });
  }

  return { publish, cut };
}

/** What is known of a connection, which does one thing at a time. */
interface Health {
  /** For good: only the first reason counts. */
  fail(reason: unknown): void;
  /** A promise that rejects, too, when the connection has failed or does so meanwhile. */
  unlessItFails<Result>(
    work: (resolve: (result: Result) => void, reject: (reason: unknown) => void) => void,
  ): Promise<Result>;
}

/** @param onEnd called when the connection fails, whatever it does then */
function createHealth(onEnd: () => void): Health {
  let failure: { readonly reason: unknown } | null = null;
  let onFailure = (_reason: unknown): void => {};
  return {
    fail(reason) {
      if (failure !== null) return;
      failure = { reason };
      onFailure(reason);
      onEnd();
    },
    unlessItFails: (work) =>
      new Promise((resolve, reject) => {
        if (failure !== null) return reject(failure.reason);
        onFailure = reject;
        work(resolve, reject);
      }),
  };
}

/** Both tell of an error, and then of the end that it brings. */
function watch(source: ChannelModel | ConfirmChannel, fail: (reason: unknown) => void): void {
  source.on('error', fail);
  source.on('close', () => fail(new Error('the broker closed the connection')));
}

/** Bounds how long a dead connection may stay open. */
function withHeartbeat(url: string): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('heartbeat'))
    parsed.searchParams.set('heartbeat', HEARTBEAT_SECONDS);
  return parsed.href;
}

function countUnwanted(report: RabbitmqOptions['onUnwanted']): (type: string) => void {
  const counts = new Map<string, number>();
  return (type) => {
    const count = (counts.get(type) ?? 0) + 1;
    counts.set(type, count);
    if (/^10*$/.test(String(count))) report(type, count);
  };
}
