import { randomUUID } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import type { Overrides } from '../../src/service.ts';
import { startFakeService, type FakeService } from '../support/fake-service.ts';
import { startReplicas } from '../support/replicas.ts';
import { codeOf, startGateway, type TestGateway } from '../support/test-gateway.ts';

const KEY = { 'x-api-key': 'k' };

interface Sold {
  readonly replica: string;
  readonly bodyLength: number;
}

/** One purchase of a product, with a key unless it is null. */
function purchaseOf(productId: string, key: string | null, headers = {}) {
  return {
    method: 'POST',
    headers: { ...KEY, ...(key !== null && { 'idempotency-key': key }), ...headers },
    body: JSON.stringify({ data: { attributes: { lines: [{ productId, quantity: 1 }] } } }),
  };
}

/** Where no replica hangs, none that is only slow must be taken to. */
const PATIENT = { answerWithinMs: 600_000 };

async function startShop(names: readonly string[], overrides: Overrides = {}) {
  const replicas = await startReplicas(...names);
  const gateway = await startGateway({ INVENTORY_BASE_URL: replicas.baseUrls }, overrides);
  const buy = (productId: string, key: string | null = randomUUID(), headers = {}) =>
    gateway.send('/api/v1/purchases', purchaseOf(productId, key, headers));
  return { replicas, gateway, buy };
}

async function replicaIn(answer: Response): Promise<string> {
  const { replica } = (await answer.json()) as Sold;
  return replica;
}

const otherThan = (name: string): string => (name === 'a' ? 'b' : 'a');

describe('requests for one product', () => {
  test('go to one replica, and those for many products to all of them', async () => {
    const { gateway, buy } = await startShop(['a', 'b', 'c'], PATIENT);
    const hot = await Promise.all(
      Array.from({ length: 20 }, async () => replicaIn(await buy('7'))),
    );
    const reads = await Promise.all(
      ['/api/v1/inventories/7', '/api/v1/inventories/7?include=product'].map(async (path) =>
        replicaIn(await gateway.send(path)),
      ),
    );
    expect(new Set([...hot, ...reads]).size).toBe(1);
    const ids = Array.from({ length: 60 }, (_, index) => String(index + 1));
    const many = await Promise.all(ids.map(async (id) => replicaIn(await buy(id))));
    expect(new Set(many).size).toBe(3);
  });

  test('go elsewhere while their replica is left out, and back once it is well', async () => {
    const { replicas, buy, gateway } = await startShop(['a', 'b'], PATIENT);
    const usual = await replicaIn(await buy('7'));
    await replicas.kill(usual);
    expect(await replicaIn(await buy('7'))).toBe(otherThan(usual));
    await replicas.restart(usual);
    await vi.waitFor(async () => expect(await replicaIn(await buy('7'))).toBe(usual), 30_000);
    const lines = gateway.log.map((line) => JSON.parse(line) as Record<string, unknown>);
    const told = lines.filter(({ replica }) => replica === replicas.urlOf(usual));
    expect(told.map(({ msg }) => msg)).toEqual(
      expect.arrayContaining(['a replica is left out until it is well', 'a replica is well again']),
    );
  });
});

describe('a replica that is killed in the middle of a request', () => {
  test('costs neither a change with a key nor a read its answer, and the change is made once', async () => {
    const { replicas, gateway, buy } = await startShop(['a', 'b', 'c'], PATIENT);
    const usual = await replicaIn(await buy('7'));
    const answer = await buy('7', 'the-key', { 'x-dies': usual });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('idempotency-replayed')).toBe('true');
    expect(await replicaIn(answer)).not.toBe(usual);
    const second = await replicaIn(await buy('7'));
    const read = await gateway.send('/api/v1/inventories/7', { headers: { 'x-dies': second } });
    expect(read.status).toBe(200);
    expect(replicas.soldKeys().filter((key) => key === 'the-key')).toHaveLength(1);
  });

  test('leaves a change without a key unknown', async () => {
    const { replicas, buy } = await startShop(['a', 'b'], PATIENT);
    const usual = await replicaIn(await buy('7'));
    const answer = await buy('7', null, { 'x-breaks-off': usual });
    expect([answer.status, await codeOf(answer)]).toEqual([504, 'outcome-unknown']);
    expect(replicas.soldKeys()).toHaveLength(2);
  });

  test('sends a change without a key elsewhere when it was down before', async () => {
    const replicas = await startReplicas('a', 'b');
    await replicas.kill('a');
    // It has no connection yet, so that nothing can have been sent.
    const gateway = await startGateway({ INVENTORY_BASE_URL: replicas.baseUrls });
    for (const productId of ['1', '2', '3', '4', '5', '6', '7', '8']) {
      const answer = await gateway.send('/api/v1/purchases', purchaseOf(productId, null));
      expect(answer.status).toBe(201);
      expect(await replicaIn(answer)).toBe('b');
    }
    expect(replicas.soldKeys()).toHaveLength(8);
  });

  test('is noticed by no buyer with a key, however many there are', async () => {
    const { replicas, buy } = await startShop(['a', 'b', 'c'], PATIENT);
    const keys: string[] = [];
    const statuses: number[] = [];
    let isOver = false;
    const buyers = Array.from({ length: 8 }, async (_, buyer) => {
      while (!isOver) {
        const key = randomUUID();
        keys.push(key);
        const answer = await buy(String(buyer), key);
        await answer.arrayBuffer();
        statuses.push(answer.status);
      }
    });
    const untilSold = (count: number) =>
      vi.waitFor(() => expect(statuses.length).toBeGreaterThan(count), 30_000);
    for (const name of ['a', 'b']) {
      await untilSold(statuses.length + 50);
      await replicas.kill(name);
      await untilSold(statuses.length + 50);
      await replicas.restart(name);
    }
    isOver = true;
    await Promise.all(buyers);
    expect(new Set(statuses)).toEqual(new Set([201]));
    expect(replicas.soldKeys().toSorted()).toEqual(keys.toSorted());
  });
});

test('a replica that is stopped is found out, what was sent to it is made by another, and it comes back', async () => {
  const { replicas, buy } = await startShop(['a', 'b'], { answerWithinMs: 20_000 });
  const usual = await replicaIn(await buy('7'));
  replicas.signal(usual, 'SIGSTOP');
  const answers = await Promise.all([buy('7', 'one'), buy('7', 'two')]);
  for (const answer of answers) {
    expect(answer.status).toBe(201);
    expect(await replicaIn(answer)).toBe(otherThan(usual));
  }
  replicas.signal(usual, 'SIGCONT');
  await vi.waitFor(async () => expect(await replicaIn(await buy('7'))).toBe(usual), 30_000);
  const keys = replicas.soldKeys();
  expect(new Set(keys).size).toBe(keys.length);
});

test('a service of which no replica runs is unavailable, and what was sent stays unknown', async () => {
  const { replicas, buy } = await startShop(['a', 'b'], PATIENT);
  const usual = await replicaIn(await buy('7'));
  await replicas.kill(otherThan(usual));
  const last = await buy('7', 'the-key', { 'x-dies': usual });
  expect([last.status, await codeOf(last)]).toEqual([504, 'outcome-unknown']);
  const outcome = async () => {
    const answer = await buy('7');
    return [answer.status, await codeOf(answer)];
  };
  // A connection whose end the gateway has not seen yet may take one more request.
  await vi.waitFor(
    async () => expect(await outcome()).toEqual([503, 'service-unavailable']),
    30_000,
  );
  for (let call = 0; call < 5; call += 1)
    expect(await outcome()).toEqual([503, 'service-unavailable']);
});

describe('a live stream', () => {
  async function openStream(gateway: TestGateway, lastEventId?: string) {
    const headers = { ...KEY, ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) };
    const answer = await gateway.send('/api/v1/stock-events/stream', { headers });
    const reader = answer.body?.getReader();
    if (reader === undefined) throw new Error('A stream has a body');
    const { value } = await reader.read();
    const [, id = '', replica = ''] =
      /^id: (\d+)\ndata: (\w+)\n\n$/.exec(Buffer.from(value ?? []).toString()) ?? [];
    const ended = reader.read().then(
      ({ done }) => done,
      () => true,
    );
    return { id, replica, ended };
  }

  test.each(['SIGKILL', 'SIGSTOP'] as const)(
    'ends when its replica gets %s, and goes on at another one after its last event',
    async (signal) => {
      const { replicas, gateway } = await startShop(['a', 'b'], { answerWithinMs: 20_000 });
      const first = await openStream(gateway);
      if (signal === 'SIGKILL') await replicas.kill(first.replica);
      else replicas.signal(first.replica, signal);
      expect(await first.ended).toBe(true);
      const second = await openStream(gateway, first.id);
      expect(second).toMatchObject({ id: '2', replica: otherThan(first.replica) });
    },
  );
});

describe('what the other replica says', () => {
  /** Two replicas, of which the one that gets product 7 fails as `behave` says. */
  async function startFakes(
    behave: Parameters<FakeService['behave']>[0],
    other: Parameters<FakeService['behave']>[0],
  ) {
    const fakes = await Promise.all([startFakeService(), startFakeService()]);
    const urls = fakes.map(({ url }) => url).join(' ');
    const gateway = await startGateway({ INVENTORY_BASE_URL: urls }, PATIENT);
    await gateway.send('/api/v1/purchases', purchaseOf('7', 'first'));
    const [usual, second] = fakes[0].received.length > 0 ? fakes : ([fakes[1], fakes[0]] as const);
    usual.behave(behave);
    second.behave(other);
    return { gateway, usual, second };
  }

  test('is the answer, also when the first one only began to answer, and the body is the same', async () => {
    const { gateway, usual, second } = await startFakes(
      (_request, response) => {
        response.writeHead(201, { 'content-length': '9' }).flushHeaders();
        setTimeout(() => response.destroy(), 20);
      },
      (_request, response) => void response.writeHead(201).end('{"second":true}'),
    );
    const purchase = purchaseOf('7', 'the-key');
    const body = purchase.body + ' '.repeat(900_000);
    const answer = await gateway.send('/api/v1/purchases', { ...purchase, body });
    expect(await answer.json()).toEqual({ second: true });
    expect(usual.received.at(-1)?.body).toBe(body);
    expect(second.received.at(-1)?.body).toBe(body);
  });

  test.each([503, 429])(
    'is no outcome when it is %i: the first may have made the change',
    async (status) => {
      const { gateway } = await startFakes(
        (_request, response) => void response.destroy(),
        (_request, response) => void response.writeHead(status).end('{"errors":[]}'),
      );
      const answer = await gateway.send('/api/v1/purchases', purchaseOf('7', 'the-key'));
      expect([answer.status, await codeOf(answer)]).toEqual([504, 'outcome-unknown']);
      expect((await gateway.send('/api/v1/inventories/7')).status, 'a read').toBe(status);
    },
  );

  test('is not asked for when Products is to make a change, which it can’t recognise again', async () => {
    const fakes = await Promise.all([startFakeService(), startFakeService()]);
    const urls = fakes.map(({ url }) => url).join(',');
    const gateway = await startGateway({ PRODUCTS_BASE_URL: urls });
    for (const fake of fakes) fake.behave((_request, response) => void response.destroy());
    const answer = await gateway.send('/api/v1/products', purchaseOf('7', 'the-key'));
    expect(answer.status).toBe(504);
    expect(fakes.flatMap(({ received }) => received)).toHaveLength(1);
  });
});

describe('a replica that says that it is not ready', () => {
  test('is left out, and finishes what it was sent', async () => {
    const fakes = await Promise.all([startFakeService(), startFakeService()]);
    const urls = fakes.map(({ url }) => url).join(',');
    const gateway = await startGateway({ INVENTORY_BASE_URL: urls });
    await gateway.send('/api/v1/purchases', purchaseOf('7', 'first'));
    const [usual, other] = fakes[0].received.length > 0 ? fakes : ([fakes[1], fakes[0]] as const);
    let finish = (): void => {};
    usual.behave(({ headers }, response) => {
      const answer = (): void => void response.writeHead(201).end('{"usual":true}');
      if (headers['idempotency-key'] === 'second') finish = answer;
      else answer();
    });
    const underWay = gateway.send('/api/v1/purchases', purchaseOf('7', 'second'));
    await vi.waitFor(() => expect(usual.received).toHaveLength(2), 30_000);
    usual.ready(false);
    await vi.waitFor(async () => {
      await gateway.send('/api/v1/purchases', purchaseOf('7', randomUUID()));
      expect(other.received.length).toBeGreaterThan(0);
    }, 30_000);
    finish();
    expect(await (await underWay).json()).toEqual({ usual: true });
  });
});

test('the health of a service is degraded while one of its replicas is down, and names no address', async () => {
  const { replicas, gateway } = await startShop(['a', 'b'], PATIENT);
  const healthOf = async () => {
    const text = await (await gateway.send('/health')).text();
    return { text, health: JSON.parse(text) as { services: { inventory: { status: string } } } };
  };
  expect((await healthOf()).health.services.inventory.status).toBe('ok');
  await replicas.kill('a');
  const { text, health } = await healthOf();
  expect(health.services.inventory.status).toBe('degraded');
  expect(text).not.toMatch(/127\.0\.0\.1/);
  const ready = await gateway.send('/health/ready');
  expect(await ready.json()).toEqual({
    status: 'ok',
    checks: { products: 'ok', inventory: 'degraded' },
  });
});

test('a change whose address takes no keys is sent once, whatever key it has', async () => {
  const fakes = await Promise.all([startFakeService(), startFakeService()]);
  const urls = fakes.map(({ url }) => url).join(',');
  const gateway = await startGateway({ INVENTORY_BASE_URL: urls });
  for (const fake of fakes) fake.behave((_request, response) => response.destroy());
  const change = { method: 'POST', headers: { ...KEY, 'idempotency-key': 'one' }, body: '{}' };
  const sent = () => fakes.reduce((sum, { received }) => sum + received.length, 0);
  expect((await gateway.send('/api/v1/stock-webhooks', change)).status).toBe(504);
  expect(sent()).toBe(1);
  expect((await gateway.send('/api/v1/purchases', change)).status).toBe(504);
  expect(sent()).toBe(3);
});
