import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Delivery } from '../../src/webhook.ts';
import { answer } from './endpoint.ts';
import { createScene, expectInOrder, numbers, positionsOf, until, type Scene } from './scene.ts';

const HOUR_MS = 3_600_000;

let scene: Scene;

beforeEach(() => {
  scene = createScene();
});

afterEach(() => scene.close());

const products = (count: number): string[] => numbers(1, count).map((number) => `p${number % 5}`);

/** As a caller asks for it. */
function requested(webhookId: string, delivery: Partial<Delivery>): Delivery {
  const at = new Date().toISOString();
  return {
    id: randomUUID(),
    webhookId,
    cause: 'repeat',
    repeats: null,
    eventId: '',
    eventType: 'stock.sold',
    eventCount: 1,
    firstOrder: null,
    lastOrder: null,
    attempt: 1,
    status: 'pending',
    attemptAt: at,
    firstAttemptAt: at,
    responseStatus: null,
    durationMs: null,
    failure: null,
    requestBody: null,
    responseBody: null,
    ...delivery,
  };
}

describe('what callers change while events are delivered', () => {
  test('filters: events that are wanted no longer are not sent, and those from now on are', async () => {
    const { id, endpoint } = await scene.webhook(undefined, { productIds: ['p1'] });
    scene.log.append(...products(10));
    const work = scene.start();
    await until(() => expect(positionsOf(endpoint.taken)).toEqual([1, 6]));
    scene.store.change(id, { productIds: ['p2', 'p3'] });
    await scene.changesAreKnown();
    scene.log.append(...products(10));
    work.wake();
    await until(() => expectInOrder(endpoint.taken, [1, 6, 12, 13, 17, 18]));
  });

  test('filters hold from the answer on, however late whoever delivers looks for changes', async () => {
    const { endpoint, id } = await scene.webhook(undefined, { productIds: ['p1'] });
    scene.log.append('p1');
    const work = scene.start({ everyMs: 3_600_000 });
    await until(() => expect(positionsOf(endpoint.taken)).toEqual([1]));
    scene.log.append('p2', 'p1');
    work.wake();
    await until(() => expect(positionsOf(endpoint.taken)).toEqual([1, 3]));
    scene.store.change(id, { productIds: null });
    scene.log.append('p2');
    const { reads } = scene.log;
    work.wake();
    await until(() => expect(scene.log.reads).toBeGreaterThan(reads));
    await work.stop();
    scene.start();
    await until(() => expectInOrder(endpoint.taken, [1, 3, 4]));
  });

  test('filters hold from the answer on, while nobody can see what changed', async () => {
    const { endpoint, id } = await scene.webhook(undefined, { productIds: ['p1'] });
    scene.log.append('p1');
    let failure: Error | null = null;
    const revision = async () => {
      if (failure) throw failure;
      return scene.store.revision();
    };
    const work = scene.start({ store: { ...scene.store, revision } });
    await until(() => expect(positionsOf(endpoint.taken)).toEqual([1]));
    failure = new Error('what changed cannot be read');
    scene.store.change(id, { productIds: null });
    scene.log.append('p2');
    const { reads } = scene.log;
    work.wake();
    await until(() => {
      expect(scene.onError).toHaveBeenCalledWith(failure);
      expect(scene.log.reads).toBeGreaterThan(reads + 1);
    });
    failure = null;
    await until(() => expectInOrder(endpoint.taken, [1, 2]));
  });

  test('the address: what failed at the old one goes to the new one', async () => {
    const { id, endpoint } = await scene.webhook(answer(500));
    const other = await scene.webhook(undefined, { eventTypes: [] });
    scene.log.append('p1');
    scene.start();
    await until(() => expect(endpoint.requests.length).toBeGreaterThan(0));
    scene.store.change(id, { url: other.endpoint.url });
    await scene.changesAreKnown();
    await until(() => {
      scene.pass(1_000);
      expectInOrder(other.endpoint.taken, [1]);
    });
  });

  test('the address: what the old one asked for is forgotten, and what it says later', async () => {
    const { id, endpoint } = await scene.webhook(answer(429, { 'retry-after': '3600' }));
    const other = await scene.webhook(undefined, { eventTypes: [] });
    scene.log.append('p1', 'p2');
    scene.start();
    await until(() => expect(endpoint.requests.length).toBe(2));
    await until(() => expect(scene.store.progress(id).failingSince).not.toBeNull());
    const held: ServerResponse[] = [];
    endpoint.behaviour = (response) => void held.push(response);
    scene.pass(2 * HOUR_MS);
    await until(() => expect(held.length).toBe(1));
    scene.store.change(id, { url: other.endpoint.url });
    await scene.changesAreKnown();
    held[0]?.writeHead(410).end();
    await until(() => expectInOrder(other.endpoint.taken, [1, 2]));
    await until(() => expect(scene.store.progress(id).failingSince).toBeNull());
    expect(scene.store.webhook(id).pausedReason).toBeNull();
  });

  test('the secret: what was refused is sent at once, and has five days again', async () => {
    const { id, endpoint } = await scene.webhook(answer(401));
    const moreRequests = (): Promise<void> => {
      const { length } = endpoint.requests;
      return until(() => expect(endpoint.requests.length).toBeGreaterThan(length));
    };
    scene.log.append('p1', 'p2');
    scene.start();
    await until(() => expect(scene.store.progress(id).failingSince).not.toBeNull());
    scene.pass((5 * 24 - 1) * HOUR_MS);
    await moreRequests();
    scene.store.change(id, { sealedSecret: scene.sealedSecret(id) });
    await moreRequests();
    scene.pass(2 * HOUR_MS);
    await moreRequests();
    await scene.changesAreKnown();
    expect(scene.store.webhook(id).pausedReason).toBeNull();
    endpoint.behaviour = answer(204);
    scene.pass(2 * HOUR_MS);
    await until(() => expectInOrder(endpoint.taken, [1, 2]));
  });

  test('a webhook that is made or deleted', async () => {
    scene.log.append(...products(5));
    const work = scene.start();
    const { id, endpoint } = await scene.webhook(undefined, {}, 3);
    await until(() => expectInOrder(endpoint.taken, [4, 5]));
    scene.store.remove(id);
    await scene.changesAreKnown();
    scene.log.append('p1');
    work.wake();
    await scene.changesAreKnown();
    expectInOrder(endpoint.taken, [4, 5]);
  });

  test('a replay: everything after the position comes again, once nothing is in flight', async () => {
    const held: ServerResponse[] = [];
    const { id, endpoint } = await scene.webhook();
    scene.log.append(...products(20));
    const work = scene.start();
    await until(() => expect(endpoint.taken.length).toBe(20));
    endpoint.behaviour = (response) => void held.push(response);
    scene.log.append('p1');
    work.wake();
    await until(() => expect(held.length).toBe(1));
    endpoint.taken.length = 0;
    scene.store.replay(id, 10);
    await scene.changesAreKnown();
    endpoint.behaviour = answer(204);
    held[0]?.writeHead(204).end();
    await until(() => expect(endpoint.taken.length).toBe(12));
    expect(endpoint.taken[0]?.order).toBe('21.1');
    expectInOrder(endpoint.taken.slice(1), numbers(11, 21));
    await until(() => expect(scene.store.progress(id)).toMatchObject({ behind: false, replay: 1 }));
  });

  test('a test, and a delivery again, to a paused webhook too', async () => {
    scene.log.append(...products(30));
    const { id, endpoint } = await scene.webhook(undefined, {
      batch: 10,
      productIds: ['p1', 'p2'],
    });
    scene.start();
    await until(() => expect(endpoint.taken.length).toBe(12));
    await until(() => expect(scene.store.deliveries.size).toBe(endpoint.requests.length));
    scene.store.change(id, { pausedReason: 'requested' });
    endpoint.taken.length = 0;
    const batch = requested(id, { firstOrder: '1.1', lastOrder: '7.1', eventCount: 4 });
    const single = requested(id, { firstOrder: '3.1', lastOrder: '3.1' });
    const changed = requested(id, { firstOrder: '1.1', lastOrder: '7.1', eventCount: 7 });
    const event = requested(id, { cause: 'test', eventType: 'webhook.test', eventId: 'test-1' });
    for (const delivery of [batch, single, changed, event]) scene.store.request(delivery);
    const stored = (delivery: Delivery) => scene.store.deliveries.get(delivery.id);
    await until(() => {
      for (const delivery of [batch, single, event])
        expect(stored(delivery)).toMatchObject({ status: 'delivered', responseStatus: 204 });
      expect(stored(changed)).toMatchObject({ status: 'failed', responseStatus: null });
    });
    expect(endpoint.taken.map(({ id: eventId }) => eventId).toSorted()).toEqual(
      ['log/1', 'log/2', 'log/3', 'log/6', 'log/7', 'test-1'].toSorted(),
    );
    // Once each, also if it fails.
    endpoint.behaviour = answer(500);
    const failing = requested(id, { cause: 'test', eventType: 'webhook.test' });
    scene.store.request(failing);
    await until(() => expect(stored(failing)).toMatchObject({ status: 'failed' }));
  });
});
