import { once } from 'node:events';
import {
  createServer,
  get,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  cloudEvent,
  createEventStreams,
  type EventStreams,
  type EventStreamsOptions,
  type EventView,
  type LoggedEvent,
} from '../src/index.ts';

/** A log that can grow; every fifth entry gives two events. */
function createLog(length: number, padding = '') {
  const log = {
    length,
    /** The start of each read. */
    reads: [] as number[],
    async read(position: number, limit: number) {
      log.reads.push(position);
      const last = Math.max(position, Math.min(log.length, position + limit));
      const events: LoggedEvent[] = [];
      for (let at = position + 1; at <= last; at += 1) {
        events.push({ position: at, event: event(at, '', padding) });
        if (at % 5 === 0) events.push({ position: at, event: event(at, '/more') });
      }
      return { events, position: last };
    },
  };
  return log;
}

function event(position: number, suffix: string, padding = '') {
  return cloudEvent({
    id: `${position}${suffix}`,
    source: '/log',
    type: suffix === '' ? 'thing.happened' : 'more.happened',
    subject: '1',
    time: '2026-03-01T12:00:00.000Z',
    order: `${position}.${suffix === '' ? 1 : 2}`,
    data: { position, padding },
  });
}

const whole: EventView = ({ event: { id, type } }) => ({ type, data: { id } });
const padded: EventView = ({ event: { type, data } }) => ({ type, data });
const firstOnly: EventView = ({ event: { type, data } }) =>
  type === 'thing.happened' ? { type: 'changed', data } : null;

const idsBetween = (after: number, last: number): string[] =>
  Array.from({ length: last - after }, (_, index) => after + 1 + index).flatMap((at) =>
    at % 5 === 0 ? [`${at}`, `${at}/more`] : [`${at}`],
  );

interface Client {
  readonly response: IncomingMessage;
  text(): string;
  /** The ids of the events, in order. */
  ids(): string[];
}

const servers: { server: Server; streams: EventStreams }[] = [];
const views: Record<string, EventView> = { whole, padded, firstOnly };

afterEach(async () => {
  for (const { server, streams } of servers.splice(0)) {
    streams.stop();
    server.closeAllConnections();
    server.close();
  }
});

async function serve(
  log: ReturnType<typeof createLog>,
  more: Partial<EventStreamsOptions> = {},
  wrap = (response: ServerResponse) => response,
) {
  const onError = vi.fn();
  const options = { read: log.read, onError, pollMs: 60_000, heartbeatMs: 60_000, ...more };
  const streams = createEventStreams(options);
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://log');
    const view = views[searchParams.get('view') ?? 'whole'] ?? whole;
    response.writeHead(200);
    streams.open(wrap(response), { after: Number(searchParams.get('after')), view });
  }).listen(0, '127.0.0.1');
  servers.push({ server, streams });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  async function connect(after: number, view = 'whole'): Promise<Client> {
    const request = get(`http://127.0.0.1:${port}/?after=${after}&view=${view}`, { agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    response.on('error', () => {});
    return {
      response,
      text: () => text,
      ids: () => [...text.matchAll(/^data: \{"id":"(.*)"\}$/gm)].map(([, id]) => id ?? ''),
    };
  }
  return { streams, server, connect, onError };
}

const soon = (check: () => void) => vi.waitFor(check, { interval: 5, timeout: 30_000 });

/** Waits until every reader has caught up. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 60));

describe('a reader', () => {
  test.each([0, 1, 4, 5, 700, 1_233, 1_234])(
    'that resumes at %i gets all later events in order, and then new ones',
    async (after) => {
      const log = createLog(1_234);
      const { streams, connect } = await serve(log);
      const client = await connect(after);
      await soon(() => expect(client.ids()).toEqual(idsBetween(after, 1_234)));
      for (let length = 1_235; length <= 1_250; length += 1) {
        log.length = length;
        streams.wake();
        await soon(() => expect(client.ids()).toEqual(idsBetween(after, length)));
      }
    },
  );

  test('gets the retry time and the current position; only the last event of a position has its id', async () => {
    const log = createLog(4);
    const { streams, connect } = await serve(log);
    const client = await connect(3);
    await settled();
    log.length = 6;
    streams.wake();
    await soon(() => expect(client.ids()).toHaveLength(4));
    expect(client.text()).toBe(
      [
        'retry: 1000\nid: 3',
        'event: thing.happened\nid: 4\ndata: {"id":"4"}',
        'event: thing.happened\ndata: {"id":"5"}',
        'event: more.happened\nid: 5\ndata: {"id":"5/more"}',
        'event: thing.happened\nid: 6\ndata: {"id":"6"}',
        '',
      ].join('\n\n'),
    );
  });

  test('gets the events of its view, with an id for every position', async () => {
    const { connect } = await serve(createLog(10));
    const client = await connect(0, 'firstOnly');
    await soon(() => expect(client.text()).toContain('id: 10\n'));
    const ids = [...client.text().matchAll(/^event: changed\nid: (\d+)$/gm)].map(([, id]) => id);
    expect(ids).toEqual(Array.from({ length: 10 }, (_, index) => String(index + 1)));
    expect(client.text()).not.toContain('more');
  });

  test('gets the entries of other processes', async () => {
    const log = createLog(3);
    const { connect } = await serve(log, { pollMs: 10 });
    const client = await connect(3);
    log.length = 9;
    await soon(() => expect(client.ids()).toEqual(idsBetween(3, 9)));
  });

  test('gets a heartbeat while there are no events', async () => {
    const { connect } = await serve(createLog(0), { heartbeatMs: 10 });
    const client = await connect(0);
    await soon(() => expect(client.text()).toMatch(/^retry: 1000\nid: 0\n\n(:\n\n){3}/));
  });

  test('misses nothing while reads are slow and overlap', async () => {
    const log = createLog(0);
    const slow = async (position: number, limit: number) => {
      const page = await log.read(position, limit);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 8));
      return page;
    };
    const { streams, connect } = await serve(log, { read: slow, pollMs: 5 });
    const clients: { after: number; client: Client }[] = [];
    for (let length = 1; length <= 300; length += 1) {
      log.length = length;
      streams.wake();
      if (length % 10 === 0) {
        const after = length - Math.floor(Math.random() * 10);
        clients.push({ after, client: await connect(after) });
      }
      // Readers leave at random times, so that sometimes nobody is live.
      if (length % 40 === 0) for (const { client } of clients.splice(0)) client.response.destroy();
      if (length % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(clients).toHaveLength(2);
    for (const { client, after } of clients)
      await soon(() => expect(client.ids()).toEqual(idsBetween(after, 300)));
  });
});

/** A log whose next read from a position can be delayed, before or after it reads. */
function createSlowLog(length: number) {
  const log = createLog(length);
  type Hold = { from: number; when: 'before' | 'after'; gate: PromiseWithResolvers<void> };
  let pendingHold: Hold | undefined;
  async function read(position: number, limit: number) {
    const hold = pendingHold?.from === position ? pendingHold : undefined;
    if (hold) pendingHold = undefined;
    if (hold?.when === 'before') await hold.gate.promise;
    const page = await log.read(position, limit);
    if (hold?.when === 'after') await hold.gate.promise;
    return page;
  }
  return {
    log,
    read,
    hold(when: Hold['when'], from: number) {
      const gate = Promise.withResolvers<void>();
      pendingHold = { from, when, gate };
      return {
        begun: () => soon(() => expect(pendingHold).toBeUndefined()),
        release: gate.resolve,
      };
    },
  };
}

describe('between catching up and being live', () => {
  test('events that others get meanwhile are not missed', async () => {
    const { log, read, hold } = createSlowLog(100);
    const { streams, connect } = await serve(log, { read });
    const first = await connect(100);
    await settled();
    const slow = hold('after', 100);
    const second = await connect(100);
    await slow.begun();
    log.length = 106;
    streams.wake();
    await soon(() => expect(first.ids()).toEqual(idsBetween(100, 106)));
    slow.release();
    await soon(() => expect(second.ids()).toEqual(idsBetween(100, 106)));
  });

  test('entries committed while nobody was live are sent without waiting for the next commit', async () => {
    const { log, read, hold } = createSlowLog(5);
    const { streams, connect } = await serve(log, { read });
    const slow = hold('after', 5);
    const client = await connect(5);
    await slow.begun();
    log.length = 6;
    streams.wake();
    slow.release();
    await soon(() => expect(client.ids()).toEqual(['6']));
  });

  test('events are not sent again together with new ones', async () => {
    const { log, read, hold } = createSlowLog(100);
    const { connect } = await serve(log, { read });
    const first = await connect(100);
    await settled();
    log.length = 105;
    // The shared read that begins when the second reader arrives.
    const slow = hold('before', 100);
    const second = await connect(103);
    await slow.begun();
    await soon(() => expect(second.ids()).toEqual(idsBetween(103, 105)));
    log.length = 107;
    slow.release();
    await soon(() => expect(first.ids()).toEqual(idsBetween(100, 107)));
    await soon(() => expect(second.ids()).toEqual(idsBetween(103, 107)));
  });
});

describe('many readers', () => {
  test('share one read of new entries', async () => {
    const log = createLog(100);
    const { streams, connect } = await serve(log);
    const clients = await Promise.all(Array.from({ length: 50 }, () => connect(100)));
    await settled();
    log.reads.length = 0;
    log.length = 110;
    for (let times = 0; times < 20; times += 1) streams.wake();
    for (const client of clients)
      await soon(() => expect(client.ids()).toEqual(idsBetween(100, 110)));
    expect(log.reads).toEqual([100]);
  });

  test('reach the limit, and no more come until one leaves', async () => {
    const { streams, connect } = await serve(createLog(0), { most: 2 });
    const first = await connect(0);
    expect(streams.hasRoom()).toBe(true);
    await connect(0);
    expect(streams.hasRoom()).toBe(false);
    first.response.destroy();
    await soon(() => expect(streams.hasRoom()).toBe(true));
  });

  test('leave nothing behind: without them the log is not read, and nothing is written', async () => {
    const log = createLog(10);
    const { streams, server, connect } = await serve(log, { pollMs: 5, most: 20 });
    const clients = await Promise.all(
      Array.from({ length: 20 }, (_, index) => connect(index % 2 === 0 ? 0 : 10)),
    );
    expect(streams.hasRoom()).toBe(false);
    for (const { response } of clients) response.destroy();
    await soon(() => expect(streams.hasRoom()).toBe(true));
    await settled();
    log.reads.length = 0;
    log.length = 20;
    streams.wake();
    await settled();
    expect(log.reads).toEqual([]);
    expect(await new Promise((resolve) => server.getConnections((_, n) => resolve(n)))).toBe(0);
  });
});

describe('a reader that takes nothing', () => {
  const PADDING = 'x'.repeat(20_000);

  test('is cut off once more than 1 MiB waits for it; another one gets everything', async () => {
    const log = createLog(0, PADDING);
    const waiting: number[] = [];
    const { streams, connect } = await serve(log, {}, (response) => {
      const { write } = response;
      response.write = ((chunk: Buffer) => {
        waiting.push(response.writableLength);
        return write.call(response, chunk, 'utf8');
      }) as typeof write;
      return response;
    });
    const idle = await connect(0, 'padded');
    const busy = await connect(0);
    idle.response.pause();
    await settled();
    let isClosed = false;
    idle.response.once('close', () => (isClosed = true));
    for (let rounds = 0; rounds < 1_500 && streams.hasRoom(); rounds += 1) {
      log.length += 10;
      streams.wake();
      await soon(() => expect(busy.ids()).toEqual(idsBetween(0, log.length)));
      if (rounds % 10 === 0 && (await connections(servers.at(-1)?.server)) === 1) break;
    }
    idle.response.resume();
    await soon(() => expect(isClosed).toBe(true));
    expect(idle.response.complete).toBe(false);
    // Besides what sockets buffer, only the limit and the current slice wait here.
    expect(Math.max(...waiting)).toBeGreaterThan(500_000);
    expect(Math.max(...waiting)).toBeLessThanOrEqual(1_048_576 + 10 * 21_000);
    log.length += 1;
    streams.wake();
    await soon(() => expect(busy.ids()).toEqual(idsBetween(0, log.length)));
  });

  test('delays only itself, and is cut off after two heartbeats', async () => {
    const log = createLog(5_000, PADDING);
    const { connect } = await serve(log, { heartbeatMs: 100 });
    const client = await connect(0, 'padded');
    client.response.pause();
    await soon(() => expect(log.reads.length).toBeGreaterThan(0));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const reads = log.reads.length;
    expect(reads).toBeLessThan(4);
    let isClosed = false;
    client.response.once('close', () => (isClosed = true));
    await soon(async () => expect(await connections(servers.at(-1)?.server)).toBe(0));
    client.response.resume();
    await soon(() => expect(isClosed).toBe(true));
    expect(log.reads).toHaveLength(reads);
  });
});

function connections(server: Server | undefined): Promise<number> {
  return new Promise((resolve) => server?.getConnections((_, count) => resolve(count)));
}

describe('when the log cannot be read', () => {
  test('a live reader waits and misses nothing', async () => {
    const log = createLog(3);
    let failing = false;
    const read: EventStreamsOptions['read'] = (position, limit) =>
      failing ? Promise.reject(new Error('no disk')) : log.read(position, limit);
    const { streams, connect, onError } = await serve(log, { read, pollMs: 20 });
    const client = await connect(3);
    await settled();
    failing = true;
    log.length = 5;
    streams.wake();
    await soon(() => expect(onError).toHaveBeenCalled());
    failing = false;
    await soon(() => expect(client.ids()).toEqual(idsBetween(3, 5)));
  });

  test('a reader that is catching up is cut off and may come back', async () => {
    const read = () => Promise.reject(new Error('no disk'));
    const { connect, onError } = await serve(createLog(3), { read });
    const { response } = await connect(0);
    await new Promise((resolve) => response.once('close', resolve));
    expect(response.complete).toBe(false);
    expect(onError).toHaveBeenCalledOnce();
  });
});

describe('at the end', () => {
  test('every stream ends at once and cleanly, and no new one begins', async () => {
    const { streams, connect } = await serve(createLog(10));
    const clients = await Promise.all(Array.from({ length: 10 }, () => connect(0)));
    for (const client of clients) await soon(() => expect(client.ids()).toHaveLength(12));
    const ended = clients.map(({ response }) => once(response, 'close'));
    streams.stop();
    await Promise.all(ended);
    expect(clients.map(({ response }) => response.complete)).toEqual(clients.map(() => true));
    expect(streams.hasRoom()).toBe(false);
  });

  test('a reader that takes nothing does not delay it', async () => {
    const { streams, connect, server } = await serve(createLog(5_000, 'x'.repeat(20_000)));
    const { response } = await connect(0, 'padded');
    response.pause();
    await settled();
    streams.stop();
    await soon(async () => expect(await connections(server)).toBe(0));
    response.resume();
  });
});
