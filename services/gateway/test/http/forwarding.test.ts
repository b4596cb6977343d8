import { once } from 'node:events';
import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { answerEmpty, type FakeService } from '../support/fake-service.ts';
import { codeOf, KEYS, startGateway } from '../support/test-gateway.ts';

const purchase = {
  method: 'POST',
  headers: { 'content-type': 'application/vnd.api+json', 'idempotency-key': 'k' },
  body: '{"data":{}}',
};

describe('what reaches a service', () => {
  test("is the request, with the role's key and x-actor", async () => {
    const { send, inventory, cookieOf } = await startGateway({ STOREFRONT: 'open' });
    const cookie = await cookieOf('shopper');
    const path = '/api/v1/purchases?include=products&x=%C3%B1';
    await send(path, { ...purchase, headers: { ...purchase.headers, cookie } });
    const [received] = inventory.received;
    expect(received).toMatchObject({
      method: 'POST',
      url: path,
      body: purchase.body,
      headers: { ...purchase.headers, 'x-api-key': KEYS.STOREFRONT_API_KEY },
    });
    const [, id] = /=([\w-]+)\./.exec(cookie) ?? [];
    expect(received?.headers['x-actor']).toBe(`shopper:${id}`);
  });

  test("has the gateway's own x-forwarded headers, and none of the client's", async () => {
    const { send, url, products, cookieOf } = await startGateway();
    const claims = {
      'x-actor': 'operator:root',
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      'x-forwarded-prefix': '/x',
      forwarded: 'host=evil.example',
      authorization: 'Basic YTpi',
      origin: 'http://evil.example',
      te: 'trailers',
      cookie: await cookieOf('operator'),
    };
    await send('/api/v1/products', { headers: { ...claims, 'if-none-match': '"1"' } });
    const { headers } = products.received[0] ?? { headers: {} };
    expect(headers).toMatchObject({
      'x-api-key': KEYS.OPERATOR_API_KEY,
      'if-none-match': '"1"',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': new URL(url).host,
      'x-forwarded-proto': 'http',
    });
    const droppedNames = [
      'x-actor',
      'forwarded',
      'x-forwarded-prefix',
      'authorization',
      'origin',
      'te',
    ];
    for (const name of [...droppedNames, 'cookie', 'sec-fetch-mode'])
      expect(headers).not.toHaveProperty(name);
  });

  test("has the request's id, and nothing by which strangers decide what is traced", async () => {
    const { send, products } = await startGateway();
    const headers = {
      'x-request-id': 'mine-1',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'vendor=1',
    };
    const answers = [
      await send('/api/v1/products', { headers }),
      await send('/api/v1/products', { headers: { 'x-request-id': 'a b' } }),
    ];
    const [first, second] = products.received.map((one) => one.headers);
    expect(first?.['x-request-id']).toBe('mine-1');
    expect(first).not.toHaveProperty('traceparent');
    expect(first).not.toHaveProperty('tracestate');
    expect(second?.['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(answers.map((answer) => answer.headers.get('x-request-id'))).toEqual([
      'mine-1',
      second?.['x-request-id'],
    ]);
  });

  test('has no headers that Connection names, and no hop-by-hop ones', async () => {
    const { url, products } = await startGateway();
    const outgoing = request(`${url}/api/v1/products`, {
      headers: { connection: 'keep-alive, X-Hop', 'x-hop': '1', expect: '100-continue' },
    });
    const [answer] = await once(outgoing.end(), 'response');
    answer.resume();
    expect(products.received[0]?.headers).not.toHaveProperty('x-hop');
    expect(products.received[0]?.headers).not.toHaveProperty('expect');
  });

  test("has the caller's own key, if there is one, and then no actor, whatever the cookie is", async () => {
    const { send, inventory, cookieOf } = await startGateway();
    const cookie = await cookieOf('operator');
    const headers = {
      'x-api-key': 'my-own',
      'x-actor': 'me',
      cookie,
      'sec-fetch-site': 'cross-site',
    };
    for (const key of ['my-own', ''])
      await send('/api/v1/stock-movements', {
        ...purchase,
        headers: { ...purchase.headers, ...headers, 'x-api-key': key },
      });
    expect(inventory.received.map((one) => one.headers['x-api-key'])).toEqual(['my-own', '']);
    for (const one of inventory.received) expect(one.headers).not.toHaveProperty('x-actor');
  });

  test.each(['/api/v1/../../internal/x', '/api/v1/%2e%2E/x', '/api/v1/a/./b', '/api/v1/..%2fx'])(
    'is nothing for %s, which leads elsewhere',
    async (path) => {
      const { url, products, inventory } = await startGateway();
      // fetch would resolve the path itself.
      const outgoing = request(url, { path }).end();
      const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
      answer.resume();
      expect(answer.statusCode).toBe(404);
      expect([...products.received, ...inventory.received]).toEqual([]);
    },
  );

  test.each([
    ['GET', '/api/v1/purchase', 'Did you mean "/api/v1/purchases"?'],
    ['POST', '/api/v1/warehouses', '/docs lists'],
    ['POST', '/api/v1/', '/docs lists'],
    ['GET', '/api/v1/Products/7', '/docs lists'],
  ])('is not %s %s, which no service has', async (method, path, advice) => {
    const { send, products, inventory, cookieOf } = await startGateway();
    const own = { 'sec-fetch-site': 'same-origin' };
    for (const headers of [{}, own, { ...own, cookie: await cookieOf('operator') }]) {
      const answer = await send(path, { method, headers });
      expect(answer.status).toBe(404);
      expect(answer.headers.get('content-type')).toBe('application/vnd.api+json');
      const { errors } = (await answer.json()) as { errors: object[] };
      expect(errors).toEqual([
        expect.objectContaining({ code: 'not-found', detail: expect.stringContaining(advice) }),
      ]);
    }
    expect([...products.received, ...inventory.received]).toEqual([]);
  });

  test.each([
    ['/api/v1/products?page[size]=1', 'products'],
    ['/api/v1/products/1/relationships/x', 'products'],
    ['/api/v1/product-events', 'products'],
    ['/api/v1/product-tags/kitchen', 'products'],
    ['/api/v1/purchases/1/products', 'inventory'],
    ['/api/v1/inventory/1', 'inventory'],
    ['/api/v1/audit', 'inventory'],
  ] as const)('of %s is for %s', async (path, target) => {
    const gateway = await startGateway();
    await gateway.send(path);
    expect(gateway[target].received.map(({ url }) => url)).toEqual([path]);
  });

  test.each([
    ['with its length', (text: string) => text],
    ['in chunks', (text: string) => new Blob([text]).stream()],
  ])("is nothing of a shopper's body over 64 KiB, sent %s", async (_, bodyOf) => {
    const { url, inventory, cookieOf } = await startGateway({ STOREFRONT: 'open' });
    const cookie = await cookieOf('operator');
    const send = (length: number, headers: Record<string, string> = {}) =>
      fetch(`${url}/api/v1/purchases`, {
        method: 'POST',
        headers: { 'sec-fetch-site': 'same-origin', ...headers },
        body: bodyOf('x'.repeat(length)),
        duplex: 'half',
      });
    const refused = await send(65_537);
    expect(await codeOf(refused)).toBe('payload-too-large');
    expect(inventory.received).toEqual([]);
    expect((await send(65_536)).status).toBe(200);
    expect((await send(1_048_576, { cookie })).status).toBe(200);
    expect((await send(1_048_576, { 'x-api-key': 'k' })).status).toBe(200);
    expect(inventory.received.map(({ body }) => body.length)).toEqual([
      65_536, 1_048_576, 1_048_576,
    ]);
  });

  test('is nothing of a body over 64 KiB; the client gets the error once it has sent all of it', async () => {
    const { url, send, inventory } = await startGateway({ STOREFRONT: 'open' });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    await once(socket, 'connect');
    const response = textOf(socket);
    const start = ['POST /api/v1/purchases HTTP/1.1', 'Host: localhost', 'Connection: close'];
    const head = [...start, 'Content-Length: 600000', '', ''].join('\r\n');
    socket.write(head + 'x'.repeat(100_000));
    // An answer during the upload would close the connection.
    for (let other = 0; other < 3; other += 1) await send('/health/live');
    expect(socket.bytesRead).toBe(0);
    socket.write('x'.repeat(500_000));
    expect(await response).toContain('payload-too-large');
    expect(inventory.received).toEqual([]);
  });

  test('is nothing of a body over 1 MiB, but of a picture', async () => {
    const { send, inventory, products } = await startGateway();
    const body = 'x'.repeat(1_048_577);
    const answer = await send('/api/v1/purchases', {
      method: 'POST',
      body,
      headers: { 'x-api-key': 'k' },
    });
    expect(await codeOf(answer)).toBe('payload-too-large');
    expect(inventory.received).toEqual([]);
    const sendPicture = (length: number) =>
      send('/api/v1/product-pictures', {
        method: 'POST',
        body: 'x'.repeat(length),
        headers: { 'x-api-key': 'k' },
      });
    expect((await sendPicture(3 * 1_048_576)).status).toBe(200);
    expect(await codeOf(await sendPicture(3 * 1_048_576 + 1))).toBe('payload-too-large');
    expect(products.received).toHaveLength(1);
  });
});

describe('what comes back', () => {
  test('may be kept by shared caches where the service says so, and not otherwise', async () => {
    const { send, products } = await startGateway();
    const cacheControlOf = async (said: string) => {
      products.behave((_request, response) => {
        response.setHeader('cache-control', said).setHeader('vary', 'Origin').end();
      });
      const { headers } = await send('/api/v1/product-pictures/x/content');
      return [headers.get('cache-control'), headers.get('vary')];
    };
    const forAll = 'public, max-age=31536000, immutable';
    expect(await cacheControlOf(forAll)).toEqual([forAll, 'Origin']);
    const [privately, vary] = await cacheControlOf('private, max-age=31536000, immutable');
    expect(privately).toBe('private, no-cache');
    expect(vary).toMatch(/Cookie/);
  });

  test("is the service's answer, without its hop-by-hop and CORS headers", async () => {
    const { send, products } = await startGateway({ CORS_ORIGINS: 'http://app.example' });
    products.behave((_request, response) => {
      response.writeHead(201, {
        'content-type': 'application/vnd.api+json',
        etag: '"7"',
        location: '/x',
        date: 'Sun, 01 Mar 2026 12:00:00 GMT',
        vary: 'Accept, Origin',
        'access-control-allow-origin': '*',
        'set-cookie': 'a=b',
        connection: 'x-hop',
        'x-hop': '1',
      });
      response.end('{"data":{}}');
    });
    const answer = await send('/api/v1/products', { headers: { origin: 'http://app.example' } });
    expect(answer.status).toBe(201);
    expect(await answer.text()).toBe('{"data":{}}');
    const headers = Object.fromEntries(answer.headers);
    expect(headers).toMatchObject({
      'content-type': 'application/vnd.api+json',
      etag: '"7"',
      location: '/x',
      date: 'Sun, 01 Mar 2026 12:00:00 GMT',
      vary: 'Origin, Accept, x-api-key, Authorization, Cookie',
      'access-control-allow-origin': 'http://app.example',
      'cache-control': 'private, no-cache',
    });
    for (const name of ['x-hop', 'set-cookie']) expect(headers).not.toHaveProperty(name);
  });

  test.each([
    ['HEAD', 200, { 'content-length': '100' }],
    ['GET', 304, { etag: '"1"' }],
    ['DELETE', 204, {}],
  ] as const)('of a %s with %i has no body', async (method, status, headers) => {
    const { send, products } = await startGateway();
    products.behave((_request, response) => void response.writeHead(status, headers).end());
    const key = { 'x-api-key': 'k' };
    const answer = await send('/api/v1/products/1', { method, headers: key });
    expect(answer.status).toBe(status);
    expect(await answer.text()).toBe('');
    expect(Object.fromEntries(answer.headers)).toMatchObject(headers);
  });

  test('never has a key in it, nor does the log', async () => {
    const { send, log, products, cookieOf } = await startGateway();
    products.behave((_request, response) => response.destroy());
    const answers = await Promise.all([
      send('/session'),
      send('/api/v1/products'),
      send('/api/v1/inventories', { headers: { cookie: await cookieOf('operator') } }),
      send('/openapi/products.json'),
      send('/docs/json'),
      send('/nowhere.js'),
    ]);
    const texts = answers.map(async (answer) => {
      const headers = [...answer.headers].join();
      return headers + (await answer.text());
    });
    const all = (await Promise.all(texts)).join('') + log.join('');
    for (const key of Object.values(KEYS)) expect(all).not.toContain(key);
  });
});

describe('a service that', () => {
  test('is down gives 503 at once, while the other one works', async () => {
    // If the gateway waited for it, the test would not end.
    const { send, products } = await startGateway({}, { answerWithinMs: 600_000 });
    await products.stop();
    for (let call = 0; call < 5; call += 1) {
      const answer = await send('/api/v1/products');
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(await codeOf(answer)).toBe('service-unavailable');
    }
    expect((await send('/api/v1/inventories')).status).toBe(200);
    const health = await (await send('/health')).json();
    expect(health).toMatchObject({
      status: 'degraded',
      services: { products: { status: 'failed' }, inventory: { status: 'ok' } },
    });
    expect((await send('/health/ready')).status).toBe(200);
  });

  test('breaks off within its answer breaks the answer', async () => {
    const { send, inventory } = await startGateway();
    inventory.behave((_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half');
      setTimeout(() => response.destroy(), 20);
    });
    const half = await send('/api/v1/inventories');
    await expect(half.text()).rejects.toThrow('terminated');
  });

  test('hangs delays the first requests by the timeout, and later ones not at all until it is back', async () => {
    const { send, inventory } = await startGateway({}, { answerWithinMs: 1_000 });
    inventory.hang(true);
    const first = await send('/api/v1/inventories');
    expect(await codeOf(first)).toBe('service-unavailable');
    await vi.waitFor(async () => {
      const forwarded = inventory.received.length;
      expect((await send('/api/v1/inventories')).status).toBe(503);
      expect(inventory.received).toHaveLength(forwarded);
    }, 30_000);
    inventory.hang(false);
    await vi.waitFor(async () => {
      expect((await send('/api/v1/inventories')).status).toBe(200);
    }, 30_000);
  });

  test('takes too long for one request still gets the others', async () => {
    const { send, inventory } = await startGateway({}, { answerWithinMs: 1_000 });
    inventory.behave((incoming, response) => {
      if (incoming.url !== '/api/v1/audit') answerEmpty(incoming, response);
    });
    const headers = { 'x-api-key': 'k' };
    const slow = Array.from({ length: 5 }, () => send('/api/v1/audit', { headers }));
    const change = send('/api/v1/audit', { ...purchase, headers });
    let isOver = false;
    const over = Promise.all(slow).finally(() => (isOver = true));
    while (!isOver) {
      expect((await send('/api/v1/inventories')).status).toBe(200);
      await sleep(20);
    }
    for (const answer of await over) expect(answer.status).toBe(503);
    expect((await change).status).toBe(504);
    expect((await send('/api/v1/inventories')).status).toBe(200);
  });
});

describe("a service that refuses the gateway's key", () => {
  const refusals: [number, Record<string, string>][] = [
    [401, { 'www-authenticate': 'ApiKey realm="anaquel"' }],
    [429, { 'www-authenticate': 'ApiKey realm="anaquel"', 'retry-after': '60' }],
  ];

  test.each(refusals)(
    'with %i is unavailable, and the log names the setting once',
    async (status, headers) => {
      const { send, inventory, products, cookieOf, log } = await startGateway({
        STOREFRONT: 'open',
      });
      const cookie = await cookieOf('operator');
      for (const service of [inventory, products])
        service.behave((_request, response) => {
          response.writeHead(status, headers).end('{"errors":[{"code":"key-unknown"}]}');
        });
      const own = { 'sec-fetch-site': 'same-origin' };
      for (const more of [{}, {}, { cookie }]) {
        const init = { ...purchase, headers: { ...purchase.headers, ...own, ...more } };
        const answers = [
          await send('/api/v1/purchases', init),
          await send('/api/v1/products', { headers: more }),
        ];
        for (const answer of answers) {
          expect(answer.status).toBe(503);
          expect(answer.headers.get('www-authenticate')).toBeNull();
          expect(await codeOf(answer)).toBe('service-unavailable');
        }
      }
      const warnings = log.filter((line) => line.includes('does not know the key'));
      expect(warnings.map((line) => JSON.parse(line) as object)).toEqual(
        ['STOREFRONT_API_KEY', 'OPERATOR_API_KEY'].flatMap((setting) =>
          ['inventory', 'products'].map((target) =>
            expect.objectContaining({ level: 'warn', target, setting }),
          ),
        ),
      );
      const answer = await send('/api/v1/purchases', { headers: { 'x-api-key': 'wrong' } });
      expect(answer.status, 'a wrong key of the caller is told as it is').toBe(status);
    },
  );
});

test('a service that refuses the host name in its base URL is unavailable for everybody, and the log names the setting', async () => {
  const { send, products, log } = await startGateway();
  products.behave((_request, response) => {
    response.writeHead(421).end('{"errors":[{"code":"host-not-allowed"}]}');
  });
  for (const headers of [{}, { 'x-api-key': 'k' }]) {
    const answer = await send('/api/v1/products', { headers });
    expect([answer.status, await codeOf(answer)]).toEqual([503, 'service-unavailable']);
  }
  const warnings = log.filter((line) => line.includes('ALLOWED_HOSTS'));
  expect(warnings.map((line) => JSON.parse(line) as object)).toEqual([
    expect.objectContaining({ level: 'warn', target: 'products', setting: 'PRODUCTS_BASE_URL' }),
  ]);
});

describe('a missing answer', () => {
  const key = { 'x-api-key': 'k' };
  const silences: [string, Parameters<FakeService['behave']>[0]][] = [
    ['the connection breaks', (_request, response) => void response.destroy()],
    ['nothing comes in time', () => {}],
    [
      'its headers come and nothing more',
      (_request, response) => response.writeHead(201, { 'content-length': '9' }).flushHeaders(),
    ],
    [
      'its headers come and the connection breaks',
      (_request, response) => {
        response.writeHead(201, { location: '/x', 'content-length': '9' }).flushHeaders();
        setTimeout(() => response.destroy(), 20);
      },
    ],
  ];
  const changes = ['POST', 'PATCH', 'PUT', 'DELETE'];

  test.each(silences)('is an unknown outcome for a change when %s', async (_, silence) => {
    const { send, inventory } = await startGateway({}, { answerWithinMs: 300 });
    inventory.behave(silence);
    const pendingAnswers = changes.map((method) =>
      send('/api/v1/purchases', { ...purchase, method, headers: key }),
    );
    for (const answer of await Promise.all(pendingAnswers)) {
      expect(answer.status).toBe(504);
      expect(answer.headers.get('location')).toBeNull();
      const { errors } = (await answer.json()) as { errors: { code: string; detail: string }[] };
      expect(errors[0]?.code).toBe('outcome-unknown');
      expect(errors[0]?.detail).toContain('same Idempotency-Key');
    }
  });

  test('is an unknown outcome at Products too, with other advice, since it has no idempotency keys', async () => {
    const { send, products } = await startGateway({}, { answerWithinMs: 300 });
    products.behave(() => {});
    const answer = await send('/api/v1/products', { ...purchase, headers: key });
    expect(answer.status).toBe(504);
    const { errors } = (await answer.json()) as { errors: { detail: string }[] };
    expect(errors[0]?.detail).toContain('Check before you repeat it');
    expect(errors[0]?.detail).not.toContain('Idempotency-Key');
  });

  test.each(silences)('is service-unavailable for a read when %s', async (_, silence) => {
    const { send, inventory } = await startGateway({}, { answerWithinMs: 300 });
    inventory.behave(silence);
    const pendingAnswers = ['GET', 'OPTIONS'].map((method) =>
      send('/api/v1/purchases', { method, headers: key }),
    );
    for (const answer of await Promise.all(pendingAnswers)) {
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(await codeOf(answer)).toBe('service-unavailable');
    }
  });

  test('to a change that was not sent is a 503 that says so', async () => {
    const { send, inventory } = await startGateway();
    await inventory.stop();
    for (let call = 0; call < 5; call += 1) {
      const answer = await send('/api/v1/purchases', { ...purchase, headers: key });
      expect(answer.status).toBe(503);
      expect(await codeOf(answer)).toBe('service-unavailable');
    }
  });

  test('in the middle of a body cuts the connection', async () => {
    const { send, inventory } = await startGateway({}, { answerWithinMs: 300 });
    inventory.behave((_request, response) => {
      response.writeHead(201, { 'content-length': '100' }).write('half');
    });
    const half = await send('/api/v1/purchases', { ...purchase, headers: key });
    expect(half.status).toBe(201);
    await expect(half.text()).rejects.toThrow('terminated');
  });

  test('is not taken for an answer without a body', async () => {
    const { send, inventory } = await startGateway();
    inventory.behave((_request, response) => void response.writeHead(202).end());
    const answer = await send('/api/v1/purchases', { ...purchase, headers: key });
    expect(answer.status).toBe(202);
    expect(await answer.text()).toBe('');
  });
});

describe('a stream', () => {
  const events = { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' };

  test('passes each event as it comes, and its end', async () => {
    const { send, inventory } = await startGateway();
    const chunks: string[] = [];
    inventory.behave(async (_request, response) => {
      response.writeHead(200, events);
      for (const part of ['id: 1\n\n', 'id: 2\n\n']) {
        response.write(part);
        // The next event is sent only once this one has arrived.
        await vi.waitFor(() => expect(chunks.at(-1)).toBe(part), 30_000);
      }
      response.end();
    });
    const answer = await send('/api/v1/stock-events/stream');
    expect(answer.headers.get('x-accel-buffering')).toBe('no');
    for await (const chunk of answer.body ?? []) chunks.push(Buffer.from(chunk).toString());
    expect(chunks).toEqual(['id: 1\n\n', 'id: 2\n\n']);
  });

  test('may be silent for longer than any other answer', async () => {
    const { send, inventory } = await startGateway({}, { answerWithinMs: 300 });
    inventory.behave(async (_request, response) => {
      response.writeHead(200, events).flushHeaders();
      await sleep(700);
      response.write('id: 1\n\n');
      await sleep(700);
      response.end('id: 2\n\n');
    });
    const answer = await send('/api/v1/stock-events/stream?filter[productId]=1');
    expect(await answer.text()).toBe('id: 1\n\nid: 2\n\n');
  });

  test('is opened at most fifty times by one client, who then gets 429', async () => {
    const { send, inventory } = await startGateway();
    let open = 0;
    inventory.behave((_request, response) => {
      open += 1;
      response.once('close', () => (open -= 1));
      response.writeHead(200, events).write('id: 1\n\n');
    });
    const readers = Array.from({ length: 50 }, () => new AbortController());
    const answers = await Promise.all(
      readers.map(({ signal }) => send('/api/v1/stock-events/stream', { signal })),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const refused = await send('/api/v1/stock-events/stream');
    expect(refused.status).toBe(429);
    expect(await codeOf(refused)).toBe('too-many-requests');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await vi.waitFor(() => expect(open).toBe(50), 30_000);
    readers[0]?.abort();
    await vi.waitFor(() => expect(open).toBe(49), 30_000);
    const signal = readers[1]?.signal ?? null;
    expect((await send('/api/v1/stock-events/stream', { ...(signal && { signal }) })).status).toBe(
      200,
    );
    for (const reader of readers) reader.abort();
  });

  test("ends cleanly with the operator's session, and goes on with a shopper's session or a key", async () => {
    let nowMs = Date.now();
    const { send, inventory, cookieOf } = await startGateway({}, { clock: () => new Date(nowMs) });
    const operator = await cookieOf('operator');
    const streams = [
      { cookie: operator },
      { cookie: await cookieOf('shopper') },
      { 'x-api-key': 'k' },
    ];
    // The session is so close to the end of its 12 hours that the stream lasts until then.
    nowMs += 12 * 3_600_000 - 300;
    const open: ServerResponse[] = [];
    inventory.behave((_request, response) => {
      response.writeHead(200, events).write('id: 1\n\n');
      open.push(response);
    });
    const texts = [];
    for (const headers of streams) {
      const answer = await send('/api/v1/stock-events/stream', { headers });
      texts.push(answer.text());
    }
    nowMs += 300;
    expect(await texts[0]).toBe('id: 1\n\n');
    await vi.waitFor(() => expect(open[0]?.closed).toBe(true), 30_000);
    for (const response of open.slice(1)) response.end('id: 2\n\n');
    expect(await Promise.all(texts.slice(1))).toEqual(['id: 1\n\nid: 2\n\n', 'id: 1\n\nid: 2\n\n']);
  });

  test('is closed at the service when its reader goes, even before it began', async () => {
    const { send, inventory } = await startGateway();
    for (const begins of [true, false]) {
      const arrived = Promise.withResolvers<void>();
      const cut = Promise.withResolvers<void>();
      inventory.behave((_request, response) => {
        if (begins) response.writeHead(200, events).write('id: 1\n\n');
        response.once('close', cut.resolve);
        arrived.resolve();
      });
      const reader = new AbortController();
      const answer = send('/api/v1/stock-events/stream', { signal: reader.signal });
      answer.catch(() => undefined);
      await arrived.promise;
      if (begins) await answer;
      reader.abort();
      await cut.promise;
    }
    expect((await send('/health')).status).toBe(200);
  });

  test('ends cleanly when the gateway stops, and does not delay it', async () => {
    const { send, service, inventory } = await startGateway();
    const cut = Promise.withResolvers<void>();
    inventory.behave((_request, response) => {
      response.writeHead(200, events).write('id: 1\n\n');
      response.once('close', cut.resolve);
    });
    const answer = await send('/api/v1/stock-events/stream');
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect(await reader?.read()).toEqual({ done: false, value: 'id: 1\n\n' });
    await service.close();
    expect(await reader?.read()).toEqual({ done: true, value: undefined });
    await cut.promise;
  });
});
