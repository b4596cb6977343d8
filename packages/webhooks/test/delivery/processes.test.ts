import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { answer } from './endpoint.ts';
import { createScene, expectInOrder, numbers, positionsOf, until, type Scene } from './scene.ts';

let scene: Scene;

beforeEach(() => {
  scene = createScene();
});

afterEach(() => scene.close());

const products = (count: number): string[] => numbers(1, count).map((number) => `p${number % 30}`);
const superseded = new Error('another process delivers by now');

describe('processes that deliver one after the other', () => {
  test('repeat what was not saved when one dies, in the same requests', async () => {
    const { id, endpoint } = await scene.webhook(
      (response, events) => {
        const isPoison = events.some(({ subject }) => subject === 'p3');
        response.writeHead(isPoison ? 500 : 204).end();
      },
      { batch: 3 },
    );
    scene.log.append(...products(60));
    let isSuperseded = false;
    const onError = vi.fn();
    const work = scene.start({
      onError,
      store: {
        ...scene.store,
        async save(changes) {
          if (isSuperseded) throw superseded;
          await scene.store.save(changes);
        },
      },
    });
    await until(() => expect(endpoint.taken.length).toBeGreaterThan(40));
    await until(() => expect(scene.store.progress(id)).toMatchObject({ behind: true, cursor: 0 }));
    // It goes on for a moment, and can't save.
    isSuperseded = true;
    const before = endpoint.requests.map((request) => request.id);
    scene.log.append(...products(30));
    work.wake();
    await until(() => expect(onError).toHaveBeenCalledWith(superseded));
    endpoint.behaviour = answer(204);
    const { length } = endpoint.requests;
    scene.start();
    await until(() => {
      scene.pass(1_000);
      expectInOrder(endpoint.taken, numbers(1, 90));
    });
    await until(() => expect(scene.store.progress(id).behind).toBe(false));
    // The request that had failed has the same events again.
    const again = endpoint.requests.slice(length).map((request) => request.id);
    expect(again).toContain(before[0]);
  });

  test('save all they have done when they are stopped, and repeat nothing', async () => {
    const { endpoint } = await scene.webhook();
    scene.log.append(...products(100));
    const work = scene.start();
    await until(() => expect(endpoint.taken.length).toBe(100));
    await work.stop();
    expect(scene.store.savedPosition).toBe(100);
    scene.log.append('p1');
    scene.start();
    await until(() => expect(positionsOf(endpoint.taken)).toContain(101));
    expect(endpoint.taken.length).toBe(101);
  });

  test('go on while nothing can be saved, and save it later', async () => {
    const { id, endpoint } = await scene.webhook();
    scene.store.failure = new Error('the database is away');
    scene.log.append(...products(100));
    scene.start();
    await until(() => expectInOrder(endpoint.taken, numbers(1, 100)));
    await until(() => expect(scene.onError).toHaveBeenCalledWith(scene.store.failure));
    expect(scene.store.saves).toEqual([]);
    scene.store.failure = null;
    await until(() => expect(scene.store.deliveries.size).toBe(100));
    expect(scene.store.progress(id)).toMatchObject({ behind: false });
    expect(scene.store.savedPosition).toBe(100);
  });

  test('lose nothing when a save was made that seemed to fail', async () => {
    const { id, endpoint } = await scene.webhook(() => undefined);
    const failure = new Error('the answer of the database is lost');
    let isAway = true;
    const work = scene.start({
      store: {
        ...scene.store,
        async save(changes) {
          if (scene.store.saves.length === 0 || !isAway) await scene.store.save(changes);
          if (isAway) throw failure;
        },
      },
    });
    await until(() => expect(scene.store.progress(id).behind).toBe(false));
    scene.log.append('p1');
    work.wake();
    await until(() => expect(endpoint.requests.length).toBe(1));
    scene.pass(2_000);
    isAway = false;
    await until(() => expect(scene.store.saves.length).toBeGreaterThan(1));
    expect(scene.store.progress(id)).toMatchObject({ behind: true, cursor: 0 });
  });

  test('lose and double nothing where a webhook comes up to the others', async () => {
    const first = await scene.webhook(undefined, { batch: 100 });
    scene.log.append(...products(3_000));
    const work = scene.start();
    await until(() => expect(first.endpoint.taken.length).toBeGreaterThan(0));
    const late = await scene.webhook(undefined, { batch: 100 });
    while (late.endpoint.taken.length < 3_000) {
      scene.log.append('p1', 'p2');
      work.wake();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    for (const { endpoint } of [first, late]) {
      await until(() => expectInOrder(endpoint.taken, numbers(1, scene.log.length)));
      expect(endpoint.taken.length).toBe(scene.log.length);
    }
  });
});

describe('ten thousand webhooks', () => {
  test('that fall behind at once are saved one part after the other, and none is left behind', async () => {
    const ids = numbers(1, 1_200).map((number) => `failing-${number}`);
    // Nothing can be signed for them.
    for (const id of ids) scene.store.add({ id });
    const places = () =>
      ids.map((id) => {
        const { cursor, behind } = scene.store.progress(id);
        return behind ? cursor : Math.max(cursor, scene.store.savedPosition);
      });
    const seen: { readonly size: number; readonly furthest: number }[] = [];
    const work = scene.start({
      store: {
        ...scene.store,
        async save(changes) {
          await scene.store.save(changes);
          seen.push({ size: changes.progress.length, furthest: Math.max(...places()) });
        },
      },
    });
    const behind = () => ids.filter((id) => scene.store.progress(id).behind).length;
    await until(() => expect(behind()).toBe(0));
    scene.log.append('p1');
    work.wake();
    await until(() => expect(behind()).toBe(ids.length));
    expect(Math.max(...seen.map(({ size }) => size))).toBeLessThanOrEqual(500);
    // Who begins in place of a process that has died begins before the event.
    expect(Math.max(...seen.map(({ furthest }) => furthest))).toBe(0);
  });

  test('cost a write a second at most, with the rows of those that match alone', async () => {
    const { endpoint } = await scene.webhook(undefined, { productIds: ['p1'] });
    const addQuiet = (from: number, to: number): void => {
      for (const number of numbers(from, to))
        scene.store.add({ id: `quiet-${number}`, productIds: [`other-${number}`] }, 0, false);
    };
    addQuiet(1, 5_000);
    const work = scene.start({ everyMs: 1_000 });
    await scene.changesAreKnown();
    addQuiet(5_001, 10_000);
    const reads = scene.log.reads;
    const startMs = performance.now();
    for (let turn = 0; turn < 20; turn += 1) {
      scene.log.append('p1', ...products(20));
      work.wake();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await until(() => expect(scene.store.savedPosition).toBe(scene.log.length));
    const seconds = (performance.now() - startMs) / 1_000;
    const progress = scene.store.saves.flatMap((save) => save.progress);
    expect(endpoint.taken.length).toBeGreaterThanOrEqual(20);
    expect(scene.store.saves.length).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
    expect(progress.every(({ webhookId }) => !webhookId.startsWith('quiet-'))).toBe(true);
    // The log is read once for all of them.
    expect(scene.log.reads - reads).toBeLessThan(100);
  });
});
