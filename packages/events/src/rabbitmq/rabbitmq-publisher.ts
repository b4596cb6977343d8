import { connect, type ChannelModel, type ConfirmChannel } from 'amqplib';
import type { CloudEvent } from '../cloud-event.ts';
import type { Publisher } from '../relay.ts';
import { matchesTopic, type BrokerQueue } from './broker-queues.ts';

export interface RabbitmqOptions {
  /** Of the nodes of one broker, `amqp://` or `amqps://`; the next is tried when one fails. */
  readonly urls: readonly string[];
  /** The authority of the broker's certificate, in place of those that the system knows. */
  readonly ca?: string | undefined;
  /** Declared whenever a connection is made. */
  readonly queues: readonly BrokerQueue[];
  /** Told that so many events of a type were wanted by no queue: of the 1st, the 10th, the 100th. */
  readonly onUnwanted: (type: string, count: number) => void;
}

/** Durable, of the kind topic: the routing key of an event is its type. */
export const EXCHANGE = 'anaquel';

/** Sent and not yet confirmed. */
const WINDOW = 200;
const OPEN_MS = 5_000;
/** A broker that confirms nothing for so long is taken for dead. */
const SILENCE_MS = 5_000;
const HEARTBEAT_SECONDS = '5';

/**
 * Publishes to RabbitMQ, in order, and resolves when the broker has confirmed that it keeps every
 * event: on disk, and on the greater part of the nodes for a quorum queue. After any failure the
 * connection is given up, and the next call makes a new one and declares the topology again.
 *
 * A broker returns what no queue takes, and confirms it all the same. When one of the declared
 * queues would take it, that queue is gone: the call fails, so that the relay offers it again.
 */
export function createRabbitmqPublisher(options: RabbitmqOptions): Publisher {
  const { urls } = options;
  const unwanted = countUnwanted(options.onUnwanted);
  let opening: Promise<Session> | null = null;
  let next = 0;

  function openNext(): Promise<Session> {
    const url = urls[next % urls.length] ?? '';
    next += 1;
    return openSession(url, options, unwanted);
  }

  return {
    name: 'rabbitmq',
    async publish(events) {
      if (events.length === 0) return;
      opening ??= openNext();
      const current = opening;
      try {
        const session = await current;
        await session.publish(events);
      } catch (error) {
        if (opening === current) opening = null;
        endLater(current);
        throw error;
      }
    },
    async close() {
      if (opening !== null) endLater(opening);
      opening = null;
    },
  };
}

function endLater(opening: Promise<Session>): void {
  opening.then(
    (session) => session.end(),
    () => {},
  );
}

interface Session {
  publish(events: readonly CloudEvent[]): Promise<void>;
  /** Cuts the connection. */
  end(): void;
}

/** Rejects after `OPEN_MS` at the latest, with nothing left open. */
async function openSession(
  url: string,
  { ca, queues }: RabbitmqOptions,
  onUnwanted: (type: string) => void,
): Promise<Session> {
  const cut = new AbortController();
  const failure = createFailure();
  const deadline = setTimeout(() => {
    failure.fail(new Error(`the broker did not let us in within ${OPEN_MS} ms`));
    cut.abort();
  }, OPEN_MS);
  try {
    const channel = await Promise.race([openChannel(), failure.promise]);
    return createSession(channel, failure, () => cut.abort());
  } catch (error) {
    cut.abort();
    throw error;
  } finally {
    clearTimeout(deadline);
  }

  async function openChannel(): Promise<ConfirmChannel> {
    // Node's sockets take a signal, which the type of the options lacks.
    const socket = { signal: cut.signal, ...(ca !== undefined && { ca }) };
    const model = await connect(withHeartbeat(url), { noDelay: true, ...socket });
    watch(model, failure.fail);
    const channel = await model.createConfirmChannel();
    watch(channel, failure.fail);
    await declare(channel, queues);
    channel.on('return', ({ fields: { routingKey: type } }) => {
      const isGone = queues.find(({ patterns }) =>
        patterns.some((each) => matchesTopic(each, type)),
      );
      if (isGone === undefined) onUnwanted(type);
      else failure.fail(new Error(`the queue ${isGone.name}, or what binds it, is gone`));
    });
    return channel;
  }
}

async function declare(channel: ConfirmChannel, queues: readonly BrokerQueue[]): Promise<void> {
  await channel.assertExchange(EXCHANGE, 'topic', { durable: true });
  for (const { name, patterns } of queues) {
    const type = { 'x-queue-type': 'quorum' };
    await channel.assertQueue(name, { durable: true, arguments: type });
    for (const pattern of patterns) await channel.bindQueue(name, EXCHANGE, pattern);
  }
}

function createSession(channel: ConfirmChannel, failure: Failure, end: () => void): Session {
  function send(event: CloudEvent, onConfirm: () => void): void {
    const body = Buffer.from(JSON.stringify(event));
    const properties = {
      persistent: true,
      // Without it, what no queue takes would vanish unseen.
      mandatory: true,
      // The structured mode: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
      contentType: 'application/cloudevents+json',
      messageId: event.id,
    };
    channel.publish(EXCHANGE, event.type, body, properties, (error) => {
      if (error) failure.fail(new Error('the broker refused an event', { cause: error }));
      else onConfirm();
    });
  }

  function sendAll(events: readonly CloudEvent[]): Promise<void> {
    return new Promise((resolve) => {
      let sent = 0;
      let confirmed = 0;
      const silence = setTimeout(() => {
        failure.fail(new Error(`the broker confirmed nothing for ${SILENCE_MS} ms`));
      }, SILENCE_MS);
      const sendMore = (): void => {
        const window = events.slice(sent, confirmed + WINDOW);
        sent += window.length;
        for (const event of window) send(event, onConfirm);
      };
      const onConfirm = (): void => {
        confirmed += 1;
        silence.refresh();
        if (confirmed < events.length) return sendMore();
        clearTimeout(silence);
        resolve();
      };
      failure.promise.catch(() => clearTimeout(silence));
      sendMore();
    });
  }

  return { publish: (events) => Promise.race([sendAll(events), failure.promise]), end };
}

interface Failure {
  /** Rejects with the first reason why a connection is of no more use. */
  readonly promise: Promise<never>;
  fail(reason: Error): void;
}

function createFailure(): Failure {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {});
  return { promise, fail: reject };
}

/** Both tell of an error, and then of the end that it brings. */
function watch(source: ChannelModel | ConfirmChannel, fail: (reason: Error) => void): void {
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
