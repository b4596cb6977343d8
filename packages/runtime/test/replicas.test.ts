import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createReplicas, type Replica } from '../src/index.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const lost = () => Promise.resolve({ ok: false, reason: 'lost' } as const);
const never = () => new Promise<{ ok: true }>(() => {});

type Options = Parameters<typeof createReplicas>[0];

function replicasAt(baseUrls: readonly string[], more: Partial<Options> = {}) {
  const replicas = createReplicas({
    baseUrls,
    pool: {},
    probeWithinMs: 1_000,
    slowAfterMs: 600_000,
    whenNoneIsWell: 'fail',
    ...more,
  });
  cleanups.push(() => replicas.close());
  return replicas;
}

/** Nothing listens there, which is found out only when somebody calls. */
const CLOSED = ['http://127.0.0.1:1', 'http://127.0.0.1:2', 'http://127.0.0.1:3'];
const hints = Array.from({ length: 3_000 }, (_, index) => String(index + 1));

/** A real server whose health is as it is told. */
async function startServer() {
  const state = { hangs: false, isReady: true };
  const server: Server = createServer((request, response) => {
    if (request.url === '/health/ready' && !state.isReady) response.statusCode = 503;
    if (!state.hangs) response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { state, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('the choice of a replica', () => {
  test('spreads hints evenly, and each always leads to the same one, in whatever order they are set', () => {
    const replicas = replicasAt(CLOSED);
    const chosen = hints.map((hint) => replicas.choose(hint).baseUrl);
    for (const url of CLOSED) {
      const share = chosen.filter((one) => one === url).length / hints.length;
      expect(share).toBeGreaterThan(0.3);
      expect(share).toBeLessThan(0.37);
    }
    const others = replicasAt(CLOSED.toReversed());
    expect(hints.map((hint) => others.choose(hint).baseUrl)).toEqual(chosen);
  });

  test('moves only the hints of one that fails', async () => {
    const replicas = replicasAt(CLOSED);
    const before = hints.map((hint) => replicas.choose(hint));
    const [failing] = replicas.all;
    await failing?.call(lost);
    const after = hints.map((hint) => replicas.choose(hint));
    for (const [index, replica] of after.entries()) {
      expect(replica).not.toBe(failing);
      if (before[index] !== failing) expect(replica).toBe(before[index]);
    }
    const moved = after.filter((_, index) => before[index] === failing);
    expect(new Set(moved).size, 'to all the others').toBe(2);
  });

  test('without a hint is the one with the fewest calls under way, and equals take turns', () => {
    const replicas = replicasAt(CLOSED);
    const turns = Array.from({ length: 3 }, () => replicas.choose(null));
    expect(new Set(turns).size).toBe(3);
    const [busy, idle] = replicas.all;
    for (const replica of replicas.all) if (replica !== idle) void replica.call(never);
    void busy?.call(never);
    for (let call = 0; call < 6; call += 1) expect(replicas.choose(null)).toBe(idle);
  });

  test('is one that is to be avoided, or that fails, only when there is no other', async () => {
    const replicas = replicasAt(CLOSED);
    const [first, second, third] = replicas.all as [Replica, Replica, Replica];
    expect(replicas.choose('7', [first, second])).toBe(third);
    await second.call(lost);
    await third.call(lost);
    expect(replicas.choose('7')).toBe(first);
    expect([second, third]).toContain(replicas.choose('7', [first]));
    expect(replicas.all).toContain(replicas.choose('7', [first, second, third]));
  });
});

describe('while no replica is well', () => {
  async function failAll(whenNoneIsWell: 'fail' | 'call') {
    const replicas = replicasAt(CLOSED, { whenNoneIsWell });
    for (const replica of replicas.all)
      for (let call = 0; call < 3; call += 1) await replica.call(lost);
    return replicas.choose(null).call(() => Promise.resolve({ ok: true }));
  }

  test('calls fail at once, or are made all the same', async () => {
    expect(await failAll('fail')).toBeNull();
    expect(await failAll('call')).toEqual({ ok: true });
  });
});

describe('one of several', () => {
  test('that hangs is found out without a call; what waits for it is given up, and it comes back', async () => {
    const [one, other] = [await startServer(), await startServer()];
    const changes: [string, boolean][] = [];
    const replicas = replicasAt([one.url, other.url], {
      onChange: ({ baseUrl }, isUsable) => void changes.push([baseUrl, isUsable]),
    });
    const [replica] = replicas.all;
    const ended = new Promise<void>((resolve) => replica?.onFailing(resolve));
    const call = replica?.call(never);
    one.state.hangs = true;
    expect(await call).toBeNull();
    await ended;
    expect(replicas.choose(null).baseUrl).toBe(other.url);
    one.state.hangs = false;
    await vi.waitFor(
      () =>
        expect(changes).toEqual([
          [one.url, false],
          [one.url, true],
        ]),
      30_000,
    );
  });

  test('that says that it is not ready is left out, and what was sent to it is waited for', async () => {
    const [one, other] = [await startServer(), await startServer()];
    const replicas = replicasAt([one.url, other.url]);
    const [replica] = replicas.all;
    const answer = Promise.withResolvers<{ ok: true }>();
    const call = replica?.call(() => answer.promise);
    one.state.isReady = false;
    await vi.waitFor(() => {
      for (const hint of hints.slice(0, 20)) expect(replicas.choose(hint).baseUrl).toBe(other.url);
    }, 30_000);
    answer.resolve({ ok: true });
    expect(await call).toEqual({ ok: true });
    one.state.isReady = true;
    await vi.waitFor(() => {
      const chosen = hints.slice(0, 20).map((hint) => replicas.choose(hint));
      expect(new Set(chosen).size).toBe(2);
    }, 30_000);
  });
});
