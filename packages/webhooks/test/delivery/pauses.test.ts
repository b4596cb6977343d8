import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { answer } from './endpoint.ts';
import { createScene, expectInOrder, numbers, until, type Scene } from './scene.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

let scene: Scene;

beforeEach(() => {
  scene = createScene();
});

afterEach(() => scene.close());

const products = (count: number): string[] => numbers(1, count).map((number) => `p${number}`);

describe('a webhook is paused', () => {
  test('at once by an answer 410, and goes on from there when it is resumed', async () => {
    const { id, endpoint } = await scene.webhook((response, [event]) => {
      response.writeHead(event?.subject === 'p3' ? 410 : 204).end();
    });
    scene.log.append('p1', 'p2');
    const work = scene.start();
    await until(() => expectInOrder(endpoint.taken, [1, 2]));
    scene.log.append('p3');
    work.wake();
    await until(() => expect(scene.store.webhook(id).pausedReason).toBe('gone'));
    expect(scene.onPaused).toHaveBeenCalledExactlyOnceWith(id, 'gone');
    const { length } = endpoint.requests;
    scene.log.append('p4', 'p5');
    work.wake();
    // Another webhook is told of them meanwhile, and the position goes past them.
    const other = await scene.webhook(undefined, {}, 3);
    await until(() => expectInOrder(other.endpoint.taken, [4, 5]));
    await until(() => expect(scene.store.savedPosition).toBe(5));
    expect(endpoint.requests.length).toBe(length);
    expect(scene.store.progress(id)).toMatchObject({ behind: true, cursor: 2 });
    endpoint.behaviour = answer(204);
    scene.store.change(id, { pausedReason: null });
    await until(() => expectInOrder(endpoint.taken, numbers(1, 5)));
    // The request that failed keeps its number.
    const deliveries = [...scene.store.deliveries.values()];
    await until(() => expect(scene.store.progress(id).behind).toBe(false));
    expect(
      deliveries.filter(({ webhookId, firstOrder }) => webhookId === id && firstOrder === '3.1'),
    ).toMatchObject([{ attempt: 1, status: 'failed', responseStatus: 410 }, { attempt: 2 }]);
  });

  test('after five days of failures, and not before', async () => {
    const { id, endpoint } = await scene.webhook(answer(500));
    scene.log.append(...products(20));
    scene.start();
    await until(() => expect(endpoint.requests.length).toBeGreaterThan(8));
    await until(() => expect(scene.store.progress(id).failingSince).not.toBeNull());
    for (let days = 1; days < 5; days += 1) {
      const { length } = endpoint.requests;
      scene.pass(22 * HOUR_MS);
      await until(() => {
        scene.pass(MINUTE_MS);
        expect(endpoint.requests.length).toBeGreaterThan(length);
      });
    }
    expect(scene.store.webhook(id).pausedReason).toBeNull();
    scene.pass(33 * HOUR_MS);
    await until(() => expect(scene.store.webhook(id).pausedReason).toBe('failing'));
    expect(scene.store.progress(id)).toMatchObject({ behind: true, cursor: 0 });
    endpoint.behaviour = answer(204);
    scene.store.change(id, { pausedReason: null });
    await until(() => expectInOrder(endpoint.taken, numbers(1, 20)));
    expect(scene.store.webhook(id).pausedReason).toBeNull();
  });

  test('after one request has failed for five days, while others succeed', async () => {
    const { id, endpoint } = await scene.webhook((response, [event]) => {
      response.writeHead(event?.subject === 'p1' ? 500 : 204).end();
    });
    scene.log.append('p1', 'p2');
    const work = scene.start();
    await until(() => expectInOrder(endpoint.taken, [2]));
    scene.pass(5 * 24 * HOUR_MS);
    scene.log.append('p3');
    work.wake();
    await until(() => expect(scene.store.webhook(id).pausedReason).toBe('failing'));
    endpoint.behaviour = answer(204);
    scene.store.change(id, { pausedReason: null });
    await until(() => expectInOrder(endpoint.taken, [1, 2, 3]));
  });

  test('by a caller: nothing is sent any more, and nothing is lost', async () => {
    const { id, endpoint } = await scene.webhook();
    const other = await scene.webhook();
    scene.log.append('p1');
    const work = scene.start();
    await until(() => expectInOrder(endpoint.taken, [1]));
    // The dispatcher hears of it after it has read, sent and saved.
    scene.store.beforeSave = () => {
      scene.store.beforeSave = null;
      scene.store.change(id, { pausedReason: 'requested' });
    };
    scene.log.append('p1');
    work.wake();
    await until(() => expect(scene.store.webhook(id).pausedReason).toBe('requested'));
    await scene.changesAreKnown();
    const { length } = endpoint.requests;
    scene.log.append(...products(20));
    work.wake();
    await until(() => expectInOrder(other.endpoint.taken, numbers(1, 22)));
    await until(() => expect(scene.store.savedPosition).toBe(22));
    expect(endpoint.requests.length).toBe(length);
    scene.store.change(id, { pausedReason: null });
    await until(() => expectInOrder(endpoint.taken, numbers(1, 22)));
  });
});

test('a webhook that is paused and resumed before anybody notices is told of everything', async () => {
  const { id, endpoint } = await scene.webhook();
  const other = await scene.webhook();
  scene.log.append('p1');
  const work = scene.start();
  await until(() => expectInOrder(endpoint.taken, [1]));
  scene.store.beforeSave = () => {
    scene.store.beforeSave = null;
    scene.store.change(id, { pausedReason: 'requested' });
    scene.store.change(id, { pausedReason: null });
  };
  for (let position = 2; position <= 10; position += 1) {
    scene.log.append('p1');
    work.wake();
    await until(() => expectInOrder(other.endpoint.taken, numbers(1, position)));
  }
  await until(() => expectInOrder(endpoint.taken, numbers(1, 10)));
});

describe('an endpoint that asks to wait', () => {
  test('is sent nothing for as long, and no longer than an hour', async () => {
    const held: ServerResponse[] = [];
    const { endpoint } = await scene.webhook((response) => void held.push(response));
    scene.log.append(...products(4));
    const work = scene.start();
    await until(() => expect(held.length).toBe(4));
    for (const response of held) response.writeHead(429, { 'retry-after': '86400' }).end();
    const statuses = () => [...scene.store.deliveries.values()].map(({ status }) => status);
    await until(() => expect(statuses().filter((status) => status === 'failed')).toHaveLength(4));
    scene.pass(HOUR_MS - MINUTE_MS);
    scene.log.append('p5');
    work.wake();
    await scene.changesAreKnown();
    expect(endpoint.requests.length).toBe(4);
    endpoint.behaviour = answer(204);
    scene.pass(2 * MINUTE_MS);
    await until(() => expectInOrder(endpoint.taken, numbers(1, 5)));
  });
});
