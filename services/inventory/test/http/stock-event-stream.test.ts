import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { times } from '@anaquel/runtime/soak-counts';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { connectClients } from '../support/clients.ts';
import { startFakeProducts } from '../support/fake-products.ts';
import { createLedgerPlace, STORE } from '../support/ledger-place.ts';
import { endProcesses, startInventory } from '../support/inventory-process.ts';
import {
  environment,
  MASTER_KEY,
  movementBody,
  openShop,
  purchaseBody,
  type KeyName,
  type Shop,
} from '../support/shop.ts';
import { openStream, type StreamReader } from '../support/stream-reader.ts';

const URL_OF_STREAM = '/api/v1/stock-events/stream';
const SECRETS = ['theft-in-aisle-3', '19.99', 'buyer', 'actor', 'reason', 'purchase'];

const openShops: { readers: StreamReader[]; close(): Promise<void> }[] = [];

async function openStreamingShop(settings: Record<string, string> = {}) {
  const shop = await openShop(settings);
  const address = await shop.service.listen();
  const readers: StreamReader[] = [];
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= shop.close());
  openShops.push({ readers, close });
  async function watch(
    as: KeyName,
    after?: number | string,
    headers: Record<string, string> = {},
  ): Promise<StreamReader> {
    const reader = await openStream(address + URL_OF_STREAM, {
      accept: 'text/event-stream',
      ...(as !== 'anonymous' && { 'x-api-key': as === 'master' ? MASTER_KEY : as }),
      ...(after !== undefined && { 'last-event-id': String(after) }),
      ...headers,
    });
    readers.push(reader);
    return reader;
  }
  return { shop, address, watch, close };
}

afterEach(async () => {
  await endProcesses();
  for (const { readers, close } of openShops.splice(0)) {
    for (const reader of readers) reader.abort();
    await close();
  }
});

const receive = (shop: Shop, productId: number, quantity: number) =>
  shop.ask('POST', '/api/v1/stock-movements', {
    body: movementBody(productId, { kind: 'receipt', quantity }),
  });

/** Equal counts of product 1, written directly into the database. */
async function writeBeside(shop: Shop, first: number, last: number): Promise<void> {
  await shop.run(
    `INSERT INTO movements (position, product_id, location, sequence, kind, on_hand_delta, reserved_delta, on_hand_after, reserved_after, made_low, actor, at)
    WITH RECURSIVE n (i) AS (SELECT ${first} UNION ALL SELECT i + 1 FROM n WHERE i < ${last})
    SELECT i, 1, 'main', i, 'count', 0, 0, 10, 0, 0, 'other', '2026-03-01T12:00:00.000Z' FROM n`,
    ...(STORE === 'postgres' ? [`UPDATE log_head SET position = ${last}`] : []),
  );
}

/** Positions 1 to 7: two counts, an adjustment, a purchase of two lines, and two receipts. */
async function keepShop(shop: Shop): Promise<void> {
  await shop.stock(1, 10);
  await shop.stock(2, 10);
  const body = movementBody(2, { kind: 'adjustment', quantity: -1, reason: SECRETS[0] });
  expect((await shop.ask('POST', '/api/v1/stock-movements', { body })).status).toBe(201);
  const lines = [
    { productId: '1', quantity: 2 },
    { productId: '2', quantity: 3 },
  ];
  expect((await shop.buy(lines, { as: 'buyer' })).status).toBe(201);
  await receive(shop, 1, 5);
  await receive(shop, 1, 7);
}

describe('its events', () => {
  test('a caller with inventory:read gets product, available units and position of each movement, and nothing else', async () => {
    const { shop, watch } = await openStreamingShop();
    await keepShop(shop);
    for (const as of ['anonymous', 'clerk'] as const) {
      const reader = await watch(as, 0);
      await reader.waitForCount(7);
      expect(reader.events).toEqual(
        [
          ['1', 10],
          ['2', 10],
          ['2', 9],
          ['1', 8],
          ['2', 6],
          ['1', 13],
          ['1', 20],
        ].map(([productId, available], index) => ({
          type: 'stock.changed',
          lastId: String(index + 1),
          data: { productId, available, position: index + 1 },
        })),
      );
      for (const secret of SECRETS) expect(reader.text()).not.toContain(secret);
    }
  });

  test('a caller with purchases:read gets the events of the feed', async () => {
    const { shop, watch } = await openStreamingShop();
    await keepShop(shop);
    const { json } = await shop.ask('GET', '/api/v1/stock-events', { as: 'reader' });
    for (const as of ['reader', 'master'] as const) {
      const reader = await watch(as, 0);
      await reader.waitForCount(json.data.length);
      expect(reader.events.map(({ data }) => data)).toEqual(
        json.data.map(({ attributes }: { attributes: { event: object } }) => attributes.event),
      );
      expect(reader.events.map(({ type }) => type)).toEqual(
        reader.events.map(({ data }) => data.type),
      );
    }
  });

  test('a purchase can be resumed before its last event and after it', async () => {
    const { shop, watch } = await openStreamingShop();
    await keepShop(shop);
    const reader = await watch('reader', 4);
    await reader.waitForCount(4);
    const ids = reader.events.map(({ lastId, data }) => [data.id, lastId]);
    expect(ids).toEqual([
      ['inventory/5', '4'],
      ['inventory/5/purchase', '5'],
      ['inventory/6', '6'],
      ['inventory/7', '7'],
    ]);
  });
});

describe('where it begins', () => {
  test('without a position at the next event, after the current position', async () => {
    const { shop, watch } = await openStreamingShop();
    await keepShop(shop);
    const reader = await watch('anonymous');
    await vi.waitFor(() => expect(reader.lastId()).toBe('7'), 30_000);
    await receive(shop, 2, 1);
    await reader.waitForCount(1);
    expect(reader.events).toEqual([
      {
        type: 'stock.changed',
        lastId: '8',
        data: { productId: '2', available: 7, position: 8 },
      },
    ]);
  });

  test('at the position of the header, else of the address', async () => {
    const { shop, address, watch } = await openStreamingShop();
    await keepShop(shop);
    const positions = ({ events }: StreamReader) => events.map(({ data }) => data.position);
    const byHeader = await watch('anonymous', 5);
    await byHeader.waitForCount(2);
    const byAddress = await openStream(`${address}${URL_OF_STREAM}?lastEventId=5`);
    await byAddress.waitForCount(2);
    const byBoth = await openStream(`${address}${URL_OF_STREAM}?lastEventId=1`, {
      'last-event-id': '5',
    });
    await byBoth.waitForCount(2);
    for (const reader of [byHeader, byAddress, byBoth]) {
      expect(positions(reader)).toEqual([6, 7]);
      reader.abort();
    }
  });

  test("sends the events of another process's writes", async () => {
    const { shop, watch } = await openStreamingShop();
    await shop.stock(1, 10);
    const reader = await watch('reader');
    await vi.waitFor(() => expect(reader.lastId()).toBe('1'), 30_000);
    await writeBeside(shop, 2, 2);
    await reader.waitForCount(1);
    expect(reader.events[0]?.data.id).toBe('inventory/2');
  });
});

describe('refusals', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop();
    await keepShop(shop);
  });
  afterAll(() => shop.close());

  test.each(['', 'x', '-1', '1.5', '01', '8', '99999999999999999999', '1, 2'])(
    'the position "%s" is refused',
    async (position) => {
      const byHeader = await shop.ask('GET', URL_OF_STREAM, {
        headers: { 'last-event-id': position },
      });
      expect(byHeader).toMatchObject({ status: 400, codes: ['invalid-parameter'] });
      expect(byHeader.json.errors[0].source).toEqual({ header: 'Last-Event-ID' });
      const address = `${URL_OF_STREAM}?lastEventId=${encodeURIComponent(position)}`;
      const byAddress = await shop.ask('GET', address, {
        headers: { accept: 'text/event-stream' },
      });
      expect(byAddress).toMatchObject({ status: 400, codes: ['invalid-parameter'] });
      expect(byAddress.json.errors[0].source).toEqual({ parameter: 'lastEventId' });
    },
  );

  test.each(['page[after]=1', 'lastEventId=1&lastEventId=2'])(
    'the query %s is refused',
    async (query) => {
      const answer = await shop.ask('GET', `${URL_OF_STREAM}?${query}`);
      expect(answer).toMatchObject({ status: 400, codes: ['invalid-parameter'] });
    },
  );

  test('a caller with neither inventory:read nor purchases:read', async () => {
    expect(await shop.ask('GET', URL_OF_STREAM, { as: 'nothing' })).toMatchObject({
      status: 403,
      codes: ['scope-missing'],
    });
    expect(await shop.ask('GET', URL_OF_STREAM, { as: 'wrong' })).toMatchObject({
      status: 401,
      codes: ['key-unknown'],
    });
    const closed = await openShop({ ANONYMOUS_SCOPES: 'products:read' });
    expect(await closed.ask('GET', URL_OF_STREAM, { as: 'anonymous' })).toMatchObject({
      status: 401,
      codes: ['key-required'],
    });
    await closed.close();
  });

  test('another method', async () => {
    const answer = await shop.ask('POST', URL_OF_STREAM, { body: {} });
    expect(answer).toMatchObject({ status: 405, codes: ['method-not-allowed'] });
    expect(answer.headers['allow']).toBe('GET, HEAD, OPTIONS');
  });
});

describe('as HTTP', () => {
  test('it has its headers, CORS included; HEAD has the same and ends', async () => {
    const { shop, address, watch } = await openStreamingShop({
      CORS_ORIGINS: 'http://shop.test',
    });
    const expected = {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      'access-control-allow-origin': 'http://shop.test',
    };
    const origin = { origin: 'http://shop.test' };
    const { status, headers } = await watch('anonymous', undefined, origin);
    expect(status).toBe(200);
    expect(headers).toMatchObject(expected);
    const head = request(address + URL_OF_STREAM, { method: 'HEAD', headers: origin });
    const [response] = await once(head.end(), 'response');
    response.resume();
    await once(response, 'end');
    expect(response).toMatchObject({ statusCode: 200, headers: expected });
    expect((await shop.ask('HEAD', URL_OF_STREAM, { as: 'nothing' })).status).toBe(403);
    expect((await shop.ask('HEAD', `${URL_OF_STREAM}?lastEventId=9`)).status).toBe(400);
  });

  test('it is in the OpenAPI document', async () => {
    const shop = await openShop();
    const { paths } = (await shop.service.app.openApiDocument()) as {
      // oxlint-disable-next-line typescript/no-explicit-any -- the document is deep
      paths: Record<string, any>;
    };
    const operation = paths[URL_OF_STREAM].get;
    expect(operation.tags).toEqual(['Stock events']);
    expect(Object.keys(operation.responses['200'].content)).toEqual(['text/event-stream']);
    const names = operation.parameters.map(({ name }: { name: string }) => name);
    expect(names.sort()).toEqual(['last-event-id', 'lastEventId']);
    expect(operation.security).toEqual([
      {},
      { apiKey: ['inventory:read'] },
      { apiKey: ['purchases:read'] },
    ]);
    await shop.close();
  });
});

const READERS = times({ test: 10, soak: 50 });
const SOLD = times({ test: 100, soak: 400 });
/** Of 300 readers each. */
const ROUNDS = times({ test: 1, soak: 5 });

describe('many streams', () => {
  test(`${READERS} readers all get everything, once and in order, while 20 sell`, async () => {
    const { shop, address, watch } = await openStreamingShop();
    await shop.stock(1, 1_000);
    const readers = await Promise.all(
      Array.from({ length: READERS }, (_, index) =>
        watch(index % 2 === 0 ? 'anonymous' : 'reader'),
      ),
    );
    const clients = connectClients(address, 20);
    const buy = () =>
      clients.send(
        'POST',
        '/api/v1/purchases',
        { 'x-api-key': MASTER_KEY, 'idempotency-key': randomUUID() },
        purchaseBody([{ productId: '1', quantity: 1 }]),
      );
    const answers = await Promise.all(Array.from({ length: SOLD }, buy));
    expect(answers.every(({ status }) => status === 201)).toBe(true);
    const positions = Array.from({ length: SOLD }, (_, index) => index + 2);
    for (const [index, reader] of readers.entries()) {
      const whole = index % 2 === 1;
      await reader.waitForCount(whole ? 2 * SOLD : SOLD);
      const levelEvents = reader.events.filter(({ type }) => type !== 'purchase.completed');
      expect(levelEvents.map(({ data }) => (whole ? data.data : data).position)).toEqual(positions);
    }
    clients.close();
  });

  test('the thousand and first gets 503 with Retry-After; when one leaves there is room', async () => {
    const { shop, watch } = await openStreamingShop();
    const readers = await Promise.all(Array.from({ length: 1_000 }, () => watch('anonymous')));
    expect(new Set(readers.map(({ status }) => status))).toEqual(new Set([200]));
    const refused = await shop.ask('GET', URL_OF_STREAM, { as: 'anonymous' });
    expect(refused).toMatchObject({ status: 503, codes: ['unavailable'] });
    expect(refused.headers['retry-after']).toBe('5');
    readers[0]?.abort();
    await vi.waitFor(async () => expect((await watch('anonymous')).status).toBe(200), 30_000);
  });

  test('readers that go away leave nothing behind', async () => {
    const { shop, watch } = await openStreamingShop();
    await shop.stock(1, 10);
    const { server } = shop.service.app;
    const connections = (): Promise<number> =>
      new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
    for (let round = 0; round < ROUNDS; round += 1) {
      const readers = await Promise.all(
        Array.from({ length: 300 }, (_, index) => watch('reader', index % 2)),
      );
      for (const reader of readers) reader.abort();
      await Promise.all(readers.map(({ ended }) => ended));
    }
    // In the soak 1,500 readers came and went: if they were still counted, there would be no room.
    await vi.waitFor(async () => expect(await connections()).toBe(0), 30_000);
    const last = await watch('reader', 0);
    await last.waitForCount(1);
  });
});

describe('when the service stops', () => {
  test('streams end at once and cleanly, and earlier requests are answered', async () => {
    const { shop, address, watch, close } = await openStreamingShop({
      HTTP_TIMEOUT_SECONDS: '0.5',
    });
    await shop.stock(1, 10);
    const readers = await Promise.all(Array.from({ length: 20 }, () => watch('reader', 0)));
    await Promise.all(readers.map((reader) => reader.waitForCount(1)));
    const clients = connectClients(address, 1);
    shop.products.mood = 'hanging';
    shop.products.put(3);
    const headers = { 'x-api-key': MASTER_KEY, 'idempotency-key': randomUUID() };
    const body = purchaseBody([{ productId: '3', quantity: 1 }]);
    const answer = clients.send('POST', '/api/v1/purchases', headers, body);
    await vi.waitFor(() => expect(shop.products.calls.flat()).toContain(3), 30_000);
    const closed = close();
    expect(await Promise.all(readers.map(({ ended }) => ended))).toEqual(readers.map(() => true));
    expect((await answer).status).toBe(503);
    await closed;
    clients.close();
  });

  test('a reader that takes nothing does not hold it up', async () => {
    const { shop, watch, close } = await openStreamingShop();
    await shop.stock(1, 10);
    // This is more than sockets buffer.
    await writeBeside(shop, 2, 60_000);
    const reader = await watch('reader', 0);
    reader.pause();
    await pause(100);
    await close();
  });
});

/** Keeps a copy of the stock from the stream alone, over any number of connections. */
function createCopy(key: Record<string, string>) {
  const stock = new Map<string, number>();
  const positions: number[] = [];
  let lastId = '0';
  return {
    stock,
    positions,
    connect: (address: string) =>
      openStream(address + URL_OF_STREAM, { 'last-event-id': lastId, ...key }),
    /** Call it when a connection has ended. */
    keep(reader: StreamReader): void {
      for (const { type, data } of reader.events) {
        if (type === 'purchase.completed') continue;
        const { productId, available, position } = data.data ?? data;
        positions.push(position);
        stock.set(productId, available);
      }
      lastId = reader.lastId();
    },
  };
}

/** 16 buyers of two products each, until the test stops them or the service is killed. */
function startSelling(address: string, products: readonly string[]) {
  const clients = connectClients(address, 17);
  const send = (method: 'GET' | 'POST', path: string, body?: object) =>
    clients.send(method, path, { 'x-api-key': MASTER_KEY, 'idempotency-key': randomUUID() }, body);
  let selling = false;
  let sold = 0;
  async function buy(buyer: number): Promise<void> {
    const lines = [0, 1].map((more) => {
      const productId = products[(buyer + more) % products.length];
      return { productId, quantity: 1 + (buyer % 3) };
    });
    while (selling) {
      const answer = await send('POST', '/api/v1/purchases', purchaseBody(lines)).catch(() => null);
      if (!answer) return;
      expect(answer.status).toBe(201);
      sold += 1;
    }
  }
  let buyers: Promise<unknown> = Promise.resolve();
  return {
    send,
    async sell(count: number): Promise<void> {
      selling = true;
      buyers = Promise.all(Array.from({ length: 16 }, (_, buyer) => buy(buyer)));
      await vi.waitFor(() => expect(sold).toBeGreaterThan(count), { timeout: 30_000, interval: 3 });
    },
    async stop(): Promise<void> {
      selling = false;
      await buyers;
      clients.close();
    },
  };
}

const kills = times({ test: 1, soak: 10 });

test(`a copy of the stock made from the stream, over ${kills} kills of the service under load, equals the stock`, async () => {
  const [place, fake] = await Promise.all([createLedgerPlace(), startFakeProducts()]);
  const env = environment(place.url, fake);
  const products = ['1', '2', '3', '4', '5'];
  for (const id of products) fake.put(Number(id));
  const copies = [createCopy({}), createCopy({ 'x-api-key': MASTER_KEY })];

  for (let kill = 0; kill < kills; kill += 1) {
    const service = startInventory(env);
    const address = await service.ready;
    const shop = startSelling(address, products);
    for (const id of kill === 0 ? products : []) {
      const body = { data: { type: 'inventories', id, attributes: { onHand: 100_000 } } };
      expect((await shop.send('POST', '/api/v1/inventories', body)).status).toBe(201);
    }
    const readers = await Promise.all(copies.map((copy) => copy.connect(address)));
    await shop.sell(100 + kill * 70);
    await service.kill('SIGKILL');
    await shop.stop();
    expect(await Promise.all(readers.map(({ ended }) => ended))).toEqual([false, false]);
    for (const [index, copy] of copies.entries()) {
      const reader = readers[index];
      if (reader) copy.keep(reader);
    }
  }

  const service = startInventory(env);
  const address = await service.ready;
  const shop = startSelling(address, products);
  const readers = await Promise.all(copies.map((copy) => copy.connect(address)));
  await shop.sell(100);
  await shop.stop();
  const after = startSelling(address, products);
  const { json } = await after.send('GET', '/api/v1/stock-events?page[size]=1');
  const { head } = json.meta.page;
  const levels = await after.send('GET', '/api/v1/inventories');
  await after.stop();
  const stock = new Map<string, number>();
  for (const { id, attributes } of levels.json.data) stock.set(id, attributes.available);
  for (const [index, copy] of copies.entries()) {
    const reader = readers[index];
    if (!reader) throw new Error('Each copy has a reader');
    await vi.waitFor(() => expect(reader.lastId()).toBe(String(head)), 30_000);
    reader.abort();
    copy.keep(reader);
    expect(copy.stock).toEqual(stock);
    // A movement is sent twice in a row if the connection broke before its purchase's event.
    const distinct = copy.positions.filter((position, at) => position !== copy.positions[at - 1]);
    expect(distinct).toEqual(Array.from({ length: head }, (_, at) => at + 1));
  }
  await service.kill('SIGTERM');
  await fake.close();
  await place.remove();
});
