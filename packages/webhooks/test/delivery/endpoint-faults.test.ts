import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ServerResponse } from 'node:http';
import { times } from '@anaquel/runtime/soak-counts';
import { answer, type Behaviour } from './endpoint.ts';
import { createScene, expectInOrder, numbers, until, type Scene } from './scene.ts';

const MINUTE_MS = 60_000;
const EVENTS = times({ test: 1_000, soak: 5_000 });

const FAULTS: Readonly<Record<string, Behaviour>> = {
  'answers 500': answer(500),
  redirects: answer(307, { location: 'http://127.0.0.1:9/' }),
  'streams for ever': (response) => {
    response.writeHead(200);
    const more = (): void => {
      if (!response.destroyed) response.write('x'.repeat(16_384), more);
    };
    more();
  },
  resets: (response) => response.socket?.resetAndDestroy(),
  'never answers': () => {},
};

let scene: Scene;

beforeEach(() => {
  // What never answers is waited for so long.
  scene = createScene(500);
});

afterEach(() => scene.close());

test('an endpoint whose name had no turn to be looked up has not failed', async () => {
  const { id } = await scene.webhook();
  let tries = 0;
  scene.log.append(...Array.from({ length: 3 }, () => 'p1'));
  scene.start({
    client: {
      async send() {
        tries += 1;
        if (tries < 3) return { kind: 'not-tried', durationMs: 5_000 };
        return { kind: 'answered', status: 204, body: '', retryAfterMs: null, durationMs: 1 };
      },
    },
  });
  await until(() => {
    scene.pass(MINUTE_MS);
    const outcomes = [...scene.store.deliveries.values()].map(({ attempt, status }) => [
      attempt,
      status,
    ]);
    expect(outcomes).toEqual(Array.from({ length: 3 }, () => [1, 'delivered']));
  });
  expect(scene.store.saves.flatMap(({ progress }) => progress)).not.toContainEqual(
    expect.objectContaining({ webhookId: id, failingSince: expect.any(String) }),
  );
});

describe('an endpoint that fails', () => {
  test('disturbs no other, and is told of everything in order once it is well', async () => {
    const faulty = await Promise.all(
      Object.values(FAULTS).map((behaviour) => scene.webhook(behaviour, { batch: 50 })),
    );
    const down = await scene.webhook(undefined, { batch: 50 });
    await down.endpoint.stopListening();
    const held: ServerResponse[] = [];
    const slow = await scene.webhook((response) => void held.push(response), { batch: 50 });
    const well = await scene.webhook(undefined, { batch: 50 });
    scene.log.append(...Array.from({ length: EVENTS }, (_, index) => `p${index % 30}`));
    scene.start();
    await until(() => expectInOrder(well.endpoint.taken, numbers(1, EVENTS)));
    slow.endpoint.behaviour = answer(204);
    for (const response of held) response.writeHead(204).end();
    for (let attempts = 0; attempts < 3; attempts += 1) {
      const before = faulty.map(({ endpoint }) => endpoint.requests.length);
      await until(() => {
        scene.pass(MINUTE_MS);
        for (const [index, { endpoint }] of faulty.entries())
          expect(endpoint.requests.length).toBeGreaterThan(before[index] ?? 0);
      });
    }
    for (const { endpoint } of faulty) {
      expect(endpoint.taken).toEqual([]);
      expect(endpoint.requests.length).toBeLessThan(40);
    }
    await until(() => expectInOrder(slow.endpoint.taken, numbers(1, EVENTS)));
    await down.endpoint.listen();
    for (const { endpoint } of faulty) endpoint.behaviour = answer(204);
    await until(() => {
      scene.pass(MINUTE_MS);
      for (const { endpoint } of [down, ...faulty])
        expectInOrder(endpoint.taken, numbers(1, EVENTS));
    });
    await until(() => {
      for (const { id } of [down, slow, well, ...faulty])
        expect(scene.store.progress(id)).toMatchObject({ behind: false, failingSince: null });
    });
    expect(scene.onError).not.toHaveBeenCalled();
  });
});
