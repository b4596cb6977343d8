import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  cloudEvent,
  createConsolePublisher,
  startRelay,
  textOf,
  type CloudEvent,
  type EventText,
  type Relay,
  type RelayOptions,
} from '../src/index.ts';

const relays: Relay[] = [];

afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.stop()));
});

function event(position: number, suffix = ''): CloudEvent {
  return cloudEvent({
    id: `log/${position}${suffix}`,
    source: '/log',
    type: 'thing.happened',
    subject: '1',
    time: '2026-03-01T12:00:00.000Z',
    order: `${position}.${suffix === '' ? 1 : 2}`,
    data: { position },
  });
}

/** A log of this many entries that can grow; every fifth entry gives two events. */
function createLog(length: number) {
  const log = {
    length,
    reads: 0,
    async read(position: number, limit: number) {
      log.reads += 1;
      const last = Math.min(log.length, position + limit);
      const events = [];
      for (let at = position + 1; at <= last; at += 1) {
        events.push(textOf(event(at)));
        if (at % 5 === 0) events.push(textOf(event(at, '/more')));
      }
      return { events, position: Math.max(position, last), head: log.length };
    },
  };
  return log;
}

const idsUpTo = (length: number): string[] =>
  Array.from({ length }, (_, index) => index + 1).flatMap((at) =>
    at % 5 === 0 ? [`log/${at}`, `log/${at}/more`] : [`log/${at}`],
  );

function createCursors(first = 0) {
  const saved: number[] = [];
  return {
    saved,
    load: vi.fn(async () => saved.at(-1) ?? first),
    save: vi.fn(async (_: string, position: number) => void saved.push(position)),
  };
}

function start(log: ReturnType<typeof createLog>, more: Partial<RelayOptions> = {}) {
  const published: string[] = [];
  const publish = vi.fn(
    async (events: readonly EventText[]) => void published.push(...events.map(({ id }) => id)),
  );
  const cursors = createCursors();
  const onError = vi.fn();
  const relay = startRelay({
    read: log.read,
    publisher: { name: 'test', publish },
    cursors,
    onError,
    pollMs: 60_000,
    ...more,
  });
  relays.push(relay);
  return { relay, published, publish, cursors, onError };
}

const waitForIds = (list: readonly string[], length: number) =>
  vi.waitFor(() => expect(list).toEqual(idsUpTo(length)), { timeout: 30_000, interval: 5 });

describe('a relay', () => {
  test('hands over the whole log, in order, in rounds', async () => {
    const { published, publish } = start(createLog(1_234));
    await waitForIds(published, 1_234);
    expect(publish.mock.calls.length).toBe(3);
  });

  test('begins after the cursor', async () => {
    const { published } = start(createLog(7), { cursors: createCursors(5) });
    await vi.waitFor(() => expect(published).toEqual(['log/6', 'log/7']), 30_000);
  });

  test('reads at once when it is woken', async () => {
    const log = createLog(3);
    const { relay, published } = start(log);
    await waitForIds(published, 3);
    for (let length = 4; length <= 20; length += 1) {
      log.length = length;
      relay.wake();
      await waitForIds(published, length);
    }
  });

  test('misses no wake while it works', async () => {
    const log = createLog(1);
    const published: string[] = [];
    const { relay } = start(log, {
      publisher: {
        name: 'test',
        async publish(events) {
          published.push(...events.map(({ id }) => id));
          if (log.length < 10) {
            log.length += 1;
            relay.wake();
          }
        },
      },
    });
    await waitForIds(published, 10);
  });

  test('finds the entries of other processes', async () => {
    const log = createLog(3);
    const { published } = start(log, { pollMs: 10 });
    await waitForIds(published, 3);
    log.length = 9;
    await waitForIds(published, 9);
  });

  test('publishes nothing while there are no entries', async () => {
    const { publish, cursors, relay } = start(createLog(0));
    await relay.stop();
    expect(publish).not.toHaveBeenCalled();
    expect(cursors.save).not.toHaveBeenCalled();
  });
});

describe('its cursor', () => {
  test('is saved at most once an interval, and when the relay stops', async () => {
    const log = createLog(1);
    const { relay, published, cursors } = start(log, { saveEveryMs: 60_000 });
    for (let length = 2; length <= 30; length += 1) {
      log.length = length;
      relay.wake();
      await waitForIds(published, length);
    }
    expect(cursors.saved.length).toBeLessThanOrEqual(1);
    await relay.stop();
    expect(cursors.saved.at(-1)).toBe(30);
    expect(cursors.saved.length).toBeLessThanOrEqual(2);
  });

  test('is saved soon after the last event although nothing more comes', async () => {
    const log = createLog(1);
    const { relay, published, cursors } = start(log, { saveEveryMs: 30, pollMs: 10 });
    await waitForIds(published, 1);
    log.length = 2;
    relay.wake();
    await vi.waitFor(() => expect(cursors.saved.at(-1)).toBe(2), 30_000);
  });

  test('is never more than a slice of 500 entries behind what is published', async () => {
    const log = createLog(100);
    const cursors = createCursors();
    const behind: number[] = [];
    const published: string[] = [];
    const { relay } = start(log, {
      cursors,
      saveEveryMs: 60_000,
      publisher: {
        name: 'test',
        async publish(events) {
          published.push(...events.map(({ id }) => id));
          const saved = cursors.saved.at(-1) ?? 0;
          const positions = events.map(({ order }) => Number.parseInt(order, 10));
          behind.push(Math.max(...positions) - saved);
        },
      },
    });
    for (const length of [100, 500, 700, 2_345]) {
      log.length = length;
      relay.wake();
      await waitForIds(published, length);
    }
    expect(Math.max(...behind)).toBe(500);
  });

  test('that cannot be saved holds up what would be more than a slice', async () => {
    const log = createLog(1_200);
    const cursors = createCursors();
    for (let failures = 0; failures < 3; failures += 1)
      cursors.save.mockRejectedValueOnce(new Error('full'));
    const { published, publish, onError } = start(log, { cursors });
    await waitForIds(published, 1_200);
    expect(onError).toHaveBeenCalledTimes(3);
    expect(publish.mock.calls.length).toBe(3);
    await vi.waitFor(() => expect(cursors.saved).toContain(1_000), 30_000);
  });

  test('never passes the events that were handed over', async () => {
    const cursors = createCursors();
    let tries = 0;
    const { relay, onError } = start(createLog(4), {
      cursors,
      saveEveryMs: 0,
      publisher: {
        name: 'test',
        async publish() {
          tries += 1;
          throw new Error('no');
        },
      },
    });
    await vi.waitFor(() => expect(onError).toHaveBeenCalled(), 30_000);
    await relay.stop();
    expect(tries).toBeGreaterThanOrEqual(1);
    expect(cursors.saved).toEqual([]);
  });

  test('of a stopped relay is the start of the next: no event twice, none missing', async () => {
    const log = createLog(8);
    const cursors = createCursors();
    const first = start(log, { cursors });
    await waitForIds(first.published, 8);
    await first.relay.stop();
    log.length = 17;
    const second = start(log, { cursors });
    await vi.waitFor(
      () => expect([...first.published, ...second.published]).toEqual(idsUpTo(17)),
      30_000,
    );
  });
});

describe('a failure', () => {
  test('of the publisher offers the same events again, in order', async () => {
    const published: string[] = [];
    let failures = 2;
    const { onError } = start(createLog(6), {
      publisher: {
        name: 'test',
        async publish(events) {
          if (failures > 0) {
            failures -= 1;
            throw new Error('broker down');
          }
          published.push(...events.map(({ id }) => id));
        },
      },
    });
    await waitForIds(published, 6);
    expect(onError).toHaveBeenCalledTimes(2);
  });

  test('of the log or the cursors is reported and retried', async () => {
    const log = createLog(6);
    const cursors = createCursors();
    cursors.load.mockRejectedValueOnce(new Error('busy'));
    const read = vi.fn(log.read).mockRejectedValueOnce(new Error('busy'));
    const { published, onError } = start(log, { cursors, read });
    await waitForIds(published, 6);
    expect(onError).toHaveBeenCalledTimes(2);
  });

  test('to save the cursor at the end is reported and does not prevent the stop', async () => {
    const cursors = createCursors();
    cursors.save.mockRejectedValue(new Error('full'));
    const { relay, published, onError } = start(createLog(2), { cursors, saveEveryMs: 60_000 });
    await waitForIds(published, 2);
    await relay.stop();
    expect(onError).toHaveBeenCalled();
  });

  test('does not delay a stop', async () => {
    const { relay, onError } = start(createLog(2), {
      publisher: { name: 'test', publish: () => Promise.reject(new Error('down')) },
    });
    await vi.waitFor(() => expect(onError).toHaveBeenCalledTimes(2), 30_000);
    await relay.stop();
  });
});

describe('the console publisher', () => {
  test('writes one line of JSON an event', async () => {
    let written = '';
    const settled = async (): Promise<void> => {};
    const publisher = createConsolePublisher({ write: (lines) => (written += lines), settled });
    await publisher.publish([textOf(event(1)), textOf(event(2))]);
    await publisher.publish([]);
    expect(written).toBe(`${JSON.stringify(event(1))}\n${JSON.stringify(event(2))}\n`);
  });

  test('writes a slice in small parts, each when the one before has been taken', async () => {
    const parts: string[] = [];
    let takenParts = 0;
    const publisher = createConsolePublisher({
      write(lines) {
        expect(takenParts).toBe(parts.length);
        parts.push(lines);
      },
      async settled() {
        takenParts = parts.length;
      },
    });
    const events = Array.from({ length: 150 }, (_, index) => event(index + 1));
    await publisher.publish(events.map(textOf));
    expect(parts.map((part) => part.trim().split('\n').length)).toEqual([64, 64, 22]);
    expect(parts.join('')).toBe(events.map((each) => `${JSON.stringify(each)}\n`).join(''));
  });

  test('waits while its reader does not read', async () => {
    const reader = Promise.withResolvers<void>();
    let isPublished = false;
    const publishing = createConsolePublisher({ write() {}, settled: () => reader.promise })
      .publish([textOf(event(1))])
      .then(() => (isPublished = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isPublished).toBe(false);
    reader.resolve();
    await publishing;
    expect(isPublished).toBe(true);
  });
});

test('an event has the required attributes of a CloudEvent 1.0', () => {
  expect(event(7)).toEqual({
    specversion: '1.0',
    id: 'log/7',
    source: '/log',
    type: 'thing.happened',
    subject: '1',
    time: '2026-03-01T12:00:00.000Z',
    order: '7.1',
    datacontenttype: 'application/json',
    data: { position: 7 },
  });
});
