import dns from 'node:dns';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { cloudEvent, startRelay, textOf, type CloudEvent, type Publisher } from '../src/index.ts';
import type { BrokerServer } from './broker-server.ts';
import { hasOpenssl, startTlsProxy } from './tls-proxy.ts';

/** Where a publisher publishes to, and how to see what arrived. */
export interface PublisherPlace {
  server(): BrokerServer;
  /** One whose events arrive at `place` alone. */
  publisherTo(place: string, how?: PublisherAddress): Publisher;
  /** Takes what has arrived, in the order of the broker. */
  take(place: string): Promise<CloudEvent[]>;
  /** For how long what was made must be there to survive a kill. */
  readonly settledMs: number;
}

export interface PublisherAddress {
  /** That of the server when left out. */
  readonly url?: string;
  readonly ca?: string;
}

const PATIENCE = { timeout: 120_000, interval: 50 };
/** What a relay offers at once. */
const SLICE = 500;

/** What holds for every publisher to a broker. */
export function publisherContract({ server, publisherTo, take, settledMs }: PublisherPlace): void {
  function open(place: string, how?: PublisherAddress): Publisher {
    const publisher = publisherTo(place, how);
    onTestFinished(() => publisher.close?.());
    return publisher;
  }

  test('hands over events in order and whole', async () => {
    const publisher = open('whole');
    const events = Array.from({ length: 1_000 }, (_, index) => thing(index + 1));
    await publish(publisher, events);
    await publish(publisher, []);
    expect(await take('whole')).toEqual(events);
  });

  test('goes on only after it was asked where', async () => {
    const publisher = open('asked');
    await expect(publisher.publish([textOf(thing(1))])).rejects.toThrow(
      'connection to the broker was lost',
    );
    await publish(publisher, [thing(1)]);
    await publisher.close?.();
    await expect(publisher.publish([textOf(thing(2))])).rejects.toThrow(
      'connection to the broker was lost',
    );
    expect(await take('asked')).toHaveLength(1);
  });

  test('tells that nobody listens', async () => {
    const publisher = open('nobody', { url: server().url.replace(/\d+$/, '1') });
    await expect(publish(publisher, [thing(1)])).rejects.toThrow('ECONNREFUSED');
  });

  test('goes to another address of a name when the first one is dead', async () => {
    const lookup = vi.spyOn(dns, 'lookup');
    onTestFinished(() => lookup.mockRestore());
    lookup.mockImplementation(resolveTo('127.0.0.2', '127.0.0.1'));
    const url = server().url.replace('127.0.0.1', 'broker.test');
    await publish(open('named', { url }), [thing(1)]);
    expect(lookup).toHaveBeenCalled();
    expect(await take('named')).toEqual([thing(1)]);
  });

  test('gives up a broker that takes the connection and says nothing', async () => {
    const sockets = new Set<{ destroy(): void }>();
    const silent = createServer((socket) => void sockets.add(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const publisher = open('silent', { url: server().url.replace(/\d+$/, String(port)) });
    await expect(publish(publisher, [thing(1)])).rejects.toThrow(/did not let us in|timed out/);
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  test.skipIf(!hasOpenssl)('knows the broker by its certificate over TLS', async () => {
    const { protocol, port } = new URL(server().url);
    const proxy = await startTlsProxy(Number(port));
    onTestFinished(() => proxy.close());
    const { certificate: ca } = proxy;
    const address = (host: string) =>
      server()
        .url.replace(protocol, protocol.replace(':', 's:'))
        .replace(`127.0.0.1:${port}`, `${host}:${proxy.port}`);
    await publish(open('tls', { url: address('localhost'), ca }), [thing(1)]);
    expect(await take('tls')).toEqual([thing(1)]);
    const unknown = open('tls', { url: address('localhost') });
    await expect(publish(unknown, [thing(2)])).rejects.toThrow('self-signed certificate');
    const otherName = open('tls', { url: address('127.0.0.1'), ca });
    await expect(publish(otherName, [thing(2)])).rejects.toThrow('not in the cert');
  });

  test('loses nothing, keeps the order and repeats little while the broker is killed and paused', async () => {
    const publisher = open('killed');
    await publish(publisher, [thing(1)]);
    await new Promise((resolve) => setTimeout(resolve, settledMs));
    const log = publishLog(publisher);
    const growth = setInterval(() => (log.length += 10), 20);
    try {
      await vi.waitFor(() => expect(log.saved).toBeGreaterThan(500), PATIENCE);
      await server().kill();
      await vi.waitFor(() => expect(log.errors).not.toEqual([]), PATIENCE);
      await server().restart();
      const [before, failures] = [log.saved, log.errors.length];
      await vi.waitFor(() => expect(log.saved).toBeGreaterThan(before + 500), PATIENCE);
      process.kill(server().pid(), 'SIGSTOP');
      await vi.waitFor(() => expect(log.errors.length).toBeGreaterThan(failures), PATIENCE);
      process.kill(server().pid(), 'SIGCONT');
    } finally {
      clearInterval(growth);
    }
    await vi.waitFor(() => expect(log.saved).toBe(log.length), PATIENCE);
    const numbers = (await take('killed')).map(({ data }) => (data as { at: number }).at);
    // Whoever drops what does not come after the last one has each event once, in order.
    const kept: number[] = [];
    for (const at of numbers) if (at > (kept.at(-1) ?? 0)) kept.push(at);
    expect(kept).toEqual(Array.from({ length: log.length }, (_, index) => index + 1));
    expect(numbers.length - kept.length).toBeLessThanOrEqual(SLICE * log.errors.length);
  }, 400_000);
}

/** As a relay does. */
export async function publish(publisher: Publisher, events: readonly CloudEvent[]): Promise<void> {
  await publisher.resume?.(0);
  await publisher.publish(events.map(textOf));
}

/** A log that grows without end, and a relay that publishes it. */
function publishLog(publisher: Publisher) {
  const log = { length: 1, saved: 0, errors: [] as string[] };
  const relay = startRelay({
    async read(position, limit) {
      const last = Math.min(log.length, position + limit);
      const numbers = Array.from(
        { length: Math.max(0, last - position) },
        (_, index) => position + index + 1,
      );
      const events = numbers.map((at) => textOf(thing(at)));
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
  onTestFinished(() => relay.stop());
  return log;
}

export function thing(at: number): CloudEvent {
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

/** A name that has these addresses. */
function resolveTo(...addresses: readonly string[]): typeof dns.lookup {
  const all = addresses.map((address) => ({ address, family: 4 }));
  const [first = ''] = addresses;
  const lookup = (_name: string, options: { all?: boolean }, done: LookupEnd): void =>
    options.all ? done(null, all) : done(null, first, 4);
  return Object.assign(lookup, { __promisify__: dns.lookup.__promisify__ }) as typeof dns.lookup;
}

type LookupEnd = (
  error: null,
  address: string | { address: string; family: number }[],
  family?: number,
) => void;
