import { randomBytes, randomUUID } from 'node:crypto';
import type { CloudEvent } from '@anaquel/events';
import type { Work } from '@anaquel/runtime';
import { expect, vi } from 'vitest';
import { startDispatcher } from '../../src/delivery/dispatcher.ts';
import type { DispatcherOptions } from '../../src/delivery/delivery-round.ts';
import { createEndpointClient } from '../../src/endpoint/endpoint-client.ts';
import { createResolver } from '../../src/endpoint/resolver.ts';
import { createMakeRequest } from '../../src/message.ts';
import { createSecretSeal } from '../../src/sealed-secret.ts';
import { createSecret } from '../../src/signature.ts';
import type { Webhook } from '../../src/webhook.ts';
import { startEndpoint, type Behaviour, type Endpoint } from './endpoint.ts';
import { createFakeLog } from './fake-log.ts';
import { createMemoryStore } from './memory-store.ts';

const seal = createSecretSeal(randomBytes(32));

/** A log, a store, endpoints, and a dispatcher that may be started again. */
export function createScene(attemptMs = 10_000) {
  const log = createFakeLog();
  const store = createMemoryStore();
  const endpoints: Endpoint[] = [];
  const running: Work[] = [];
  const client = createEndpointClient({
    resolver: createResolver(),
    allowPrivate: true,
    attemptMs,
  });
  const onPaused = vi.fn();
  const onError = vi.fn();
  let aheadMs = 0;

  function start(more: Partial<DispatcherOptions> = {}): Work {
    const work = startDispatcher({
      store,
      read: log.read,
      client,
      makeRequest: createMakeRequest(seal),
      clock: () => new Date(Date.now() + aheadMs),
      random: () => 0.5,
      everyMs: 100,
      onError,
      onPaused,
      ...more,
    });
    running.push(work);
    return work;
  }

  const sealedSecret = (webhookId: string): string => seal.seal(createSecret(), webhookId);

  return {
    log,
    store,
    onPaused,
    onError,
    start,
    /** A new one. */
    sealedSecret,
    /** Has a webhook to a new endpoint. */
    async webhook(
      behaviour?: Behaviour,
      { id = randomUUID(), ...more }: Partial<Webhook> = {},
      cursor = 0,
    ): Promise<{ id: string; endpoint: Endpoint }> {
      const endpoint = await startEndpoint(behaviour);
      endpoints.push(endpoint);
      store.add({ id, url: endpoint.url, sealedSecret: sealedSecret(id), ...more }, cursor);
      return { id, endpoint };
    },
    /** Resolves when what changed in the store is known. */
    async changesAreKnown(): Promise<void> {
      const { looks } = store;
      await until(() => expect(store.looks).toBeGreaterThan(looks + 1));
    },
    /** Lets as much time go by for whatever waits. */
    pass(milliseconds: number): void {
      aheadMs += milliseconds;
    },
    async close(): Promise<void> {
      await client.close();
      await Promise.all(running.map((work) => work.stop()));
      await Promise.all(endpoints.map((endpoint) => endpoint.stopListening()));
    },
  };
}

export type Scene = ReturnType<typeof createScene>;

export const until = (check: () => void): Promise<void> =>
  vi.waitFor(check, { timeout: 30_000, interval: 20 });

export const positionsOf = (events: readonly CloudEvent[]): number[] =>
  events.map(({ order }) => Number.parseInt(order, 10));

/** All of these events are there, and those of each product in order, whatever came twice. */
export function expectInOrder(taken: readonly CloudEvent[], positions: readonly number[]): void {
  const seen = new Set<number>();
  const last = new Map<string, number>();
  for (const { order, subject } of taken) {
    const position = Number.parseInt(order, 10);
    if (seen.has(position)) continue;
    seen.add(position);
    if (position < (last.get(subject) ?? 0)) throw new Error(`${order} came late`);
    last.set(subject, position);
  }
  expect([...seen].toSorted((a, b) => a - b)).toEqual(positions);
}

export const numbers = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
