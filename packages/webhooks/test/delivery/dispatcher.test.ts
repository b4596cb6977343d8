import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { answer } from './endpoint.ts';
import { createScene, expectInOrder, numbers, positionsOf, until, type Scene } from './scene.ts';

const MINUTE_MS = 60_000;

let scene: Scene;

beforeEach(() => {
  scene = createScene();
});

afterEach(() => scene.close());

/** Of as many products, one after the other. */
const products = (count: number, length: number): string[] =>
  Array.from({ length }, (_, index) => `p${index % count}`);

describe('a dispatcher', () => {
  test('tells each webhook of what matches it, and begins after its cursor', async () => {
    scene.log.append(...products(3, 9));
    const all = await scene.webhook();
    const one = await scene.webhook(undefined, { productIds: ['p1', 'p7'] });
    const none = await scene.webhook(undefined, { eventTypes: ['stock.received'] });
    const late = await scene.webhook(undefined, { eventTypes: ['stock.sold'] }, 7);
    const work = scene.start();
    await until(() => expectInOrder(all.endpoint.taken, numbers(1, 9)));
    await until(() => expect(positionsOf(late.endpoint.taken)).toEqual([8, 9]));
    scene.log.append('p1', 'p2');
    work.wake();
    await until(() => expectInOrder(all.endpoint.taken, numbers(1, 11)));
    await until(() => expect(positionsOf(late.endpoint.taken)).toEqual([8, 9, 10, 11]));
    await until(() => expect(positionsOf(one.endpoint.taken)).toEqual([2, 5, 8, 10]));
    expect(none.endpoint.requests).toEqual([]);
    // Each event once.
    expect(all.endpoint.taken.length).toBe(11);
  });

  test('sends what waits in batches, each product in order', async () => {
    scene.log.append(...products(7, 250));
    const { endpoint } = await scene.webhook(undefined, { batch: 100 });
    scene.start();
    await until(() => expect(positionsOf(endpoint.taken)).toEqual(numbers(1, 250)));
    expect(endpoint.requests.map(({ events }) => events)).toEqual([100, 100, 50]);
    expect(endpoint.requests[0]?.id).toBe('/log#1.1-100.1');
  });

  test('has at most eight requests in flight, and goes on when one of them has ended', async () => {
    const waiting: (() => void)[] = [];
    const { endpoint } = await scene.webhook((response) => {
      waiting.push(() => response.writeHead(204).end());
    });
    scene.log.append(...products(20, 20));
    scene.start();
    await until(() => expect(waiting.length).toBe(8));
    waiting.shift()?.();
    await until(() => expect(endpoint.requests.length).toBe(9));
    expect(endpoint.taken.length).toBe(1);
    endpoint.behaviour = answer(204);
    for (const end of waiting) end();
    await until(() => expectInOrder(endpoint.taken, numbers(1, 20)));
  });

  test('sends other products while one event fails', async () => {
    const { endpoint } = await scene.webhook((response, events) => {
      const isPoison = events.some(({ subject }) => subject === 'p0');
      response.writeHead(isPoison ? 500 : 204).end();
    });
    scene.log.append(...products(5, 50));
    const work = scene.start();
    await until(() => expect(endpoint.taken.length).toBe(40));
    scene.log.append('p1');
    work.wake();
    await until(() => expect(endpoint.taken.length).toBe(41));
    const id = scene.store.saves[0]?.progress[0]?.webhookId ?? '';
    await until(() => expect(scene.store.progress(id)).toMatchObject({ behind: true, cursor: 0 }));
    endpoint.behaviour = answer(204);
    await until(() => {
      scene.pass(MINUTE_MS);
      expectInOrder(endpoint.taken, numbers(1, 51));
    });
    await until(() => expect(scene.store.progress(id)).toMatchObject({ behind: false }));
  });
});
