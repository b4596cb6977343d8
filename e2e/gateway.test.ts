import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, afterAll, describe, expect, test, vi } from 'vitest';
import type { Answer, Call } from './http-caller.ts';
import { gatewaySecrets, startServices } from './services.ts';
import type { Services } from './services.ts';
import { withinMs } from '@anaquel/runtime/soak-counts';
import { startTraceReceiver, type TraceReceiver } from '@anaquel/runtime/trace-receiver';

// The gateway with both services as processes: behaviour that shows only when they work together.

const MEDIA_TYPE = 'application/vnd.api+json';

let shop: Services;
let traces: TraceReceiver;
let readers: AbortController[] = [];

beforeAll(async () => {
  traces = await startTraceReceiver();
  shop = await startServices({
    demo: true,
    env: { HOLD_MAX_ACTIVE: '1', OTEL_EXPORTER_OTLP_ENDPOINT: traces.url },
    gateway: { STOREFRONT: 'open' },
  });
});

afterAll(async () => {
  await shop?.remove();
  traces?.close();
});

afterEach(() => {
  for (const reader of readers) reader.abort();
  readers = [];
});

interface Document {
  data: { id: string; attributes: Record<string, unknown>; links?: { self: string } };
  links: { self: string; describedby: string };
}

const send = (call: Call): Promise<Answer> => shop.request('gateway', call);
const documentOf = ({ body }: Answer): Document => body as Document;
const codeOf = ({ body }: Answer) => (body as { errors: { code: string }[] }).errors[0]?.code;

function cookieIn(answer: Answer): string {
  return answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

async function signIn(): Promise<string> {
  const answer = await send({
    method: 'POST',
    path: '/session',
    headers: { 'content-type': 'application/json' },
    body: { password: gatewaySecrets.OPERATOR_PASSWORD },
  });
  expect(answer.status).toBe(200);
  return cookieIn(answer);
}

function buy(cookie: string, key = randomUUID(), quantity = 1): Call {
  return {
    method: 'POST',
    path: '/api/v1/purchases',
    headers: {
      cookie,
      'sec-fetch-site': 'same-origin',
      'content-type': MEDIA_TYPE,
      'idempotency-key': key,
    },
    body: { data: { type: 'purchases', attributes: { lines: [{ productId: '1', quantity }] } } },
  };
}

test('a purchase is one trace over three services and the writer, and its events carry it', async () => {
  const strangers = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const product = { type: 'products', id: '9', attributes: { price: 33 } };
  await shop.call('products', {
    method: 'PATCH',
    path: '/api/v1/products/9',
    headers: { 'content-type': MEDIA_TYPE },
    body: { data: product },
  });
  const cookie = cookieIn(await send({ path: '/session' }));
  // Inventory asks Products, whether it has heard of the new price or not.
  const lines = [{ productId: '9', quantity: 1, expectedPrice: 33 }];
  const call = { ...buy(cookie), body: { data: { type: 'purchases', attributes: { lines } } } };
  const answer = await send({ ...call, headers: { ...call.headers, traceparent: strangers } });
  expect(answer.status).toBe(201);
  const purchaseId = documentOf(answer).data.id;

  const named = (service: string, name: string) =>
    traces.spans.findLast((span) => span.service === `anaquel-${service}` && span.name === name);
  const path = 'POST /api/v1/purchases';
  await vi.waitFor(() => expect(named('gateway', path)).toBeDefined(), 30_000);
  const { traceId } = named('gateway', path)!;
  const tree = () => {
    const spans = traces.spans.filter((span) => span.traceId === traceId);
    const nameOf = (id?: string) => spans.find(({ spanId }) => spanId === id)?.name ?? null;
    return spans.map(({ service, name, parentSpanId }) => [service, name, nameOf(parentSpanId)]);
  };
  const asked = 'GET /internal/products';
  const whole = [
    ['anaquel-gateway', path, null],
    ['anaquel-gateway', 'POST inventory', path],
    ['anaquel-inventory', path, 'POST inventory'],
    ['anaquel-inventory', asked, path],
    ['anaquel-products', asked, asked],
    ['anaquel-inventory', 'ledger batch', path],
  ];
  await vi.waitFor(() => {
    for (const span of whole) expect(tree()).toContainEqual(span);
  }, 30_000);
  expect(traceId, 'strangers decide nothing').not.toBe(strangers.split('-')[1]);
  expect(named('gateway', path)?.links).toMatchObject([{ traceId: strangers.split('-')[1] }]);
  const { spanId } = named('inventory', path)!;
  expect(named('inventory', 'ledger batch')?.links).toMatchObject([{ traceId, spanId }]);

  const feed = await shop.call('inventory', { path: '/api/v1/stock-events?page[size]=1000' });
  const { data } = feed.body as { data: { attributes: { event: Record<string, unknown> } }[] };
  const events = data.map(({ attributes }) => attributes.event);
  const ofPurchase = events.filter(
    ({ data: of }) => (of as { purchaseId?: string }).purchaseId === purchaseId,
  );
  expect(ofPurchase.map(({ type, traceparent }) => [type, traceparent])).toEqual([
    ['stock.sold', `00-${traceId}-${spanId}-01`],
    ['purchase.completed', `00-${traceId}-${spanId}-01`],
  ]);
  const background = 'GET /api/v1/product-events';
  expect(traces.spans.filter(({ name }) => name === background || name.includes('health'))).toEqual(
    [],
  );
});

test('the events of a product carry the place in a trace at which it was changed', async () => {
  const [traceId, spanId] = ['1af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
  const answer = await shop.call('products', {
    method: 'PATCH',
    path: '/api/v1/products/8',
    headers: { 'content-type': MEDIA_TYPE, traceparent: `00-${traceId}-${spanId}-01` },
    body: { data: { type: 'products', id: '8', attributes: { price: 44 } } },
  });
  expect(answer.status).toBe(200);
  const own = () => traces.spans.find((span) => span.traceId === traceId);
  await vi.waitFor(() => expect(own()).toMatchObject({ parentSpanId: spanId }), 30_000);
  const feed = await shop.call('products', { path: '/api/v1/product-events?page[size]=1000' });
  const { data } = feed.body as {
    data: { attributes: { event: { type: string; traceparent?: string } } }[];
  };
  const traced = data.filter(({ attributes }) => attributes.event.traceparent?.includes(traceId));
  expect(traced.map(({ attributes: { event } }) => [event.type, event.traceparent])).toEqual([
    ['product.updated', `00-${traceId}-${own()?.spanId}-01`],
    ['product.price-changed', `00-${traceId}-${own()?.spanId}-01`],
  ]);
});

describe('a shopper', () => {
  test('reads products, and every link leads back to the gateway', async () => {
    const answer = await send({ path: '/api/v1/products/1' });
    expect(answer.status).toBe(200);
    const { data, links } = documentOf(answer);
    const { gateway } = shop.origins;
    for (const link of [links.self, ...Object.values(data.links ?? {})])
      expect(link).toMatch(new RegExp(`^${gateway}/api/v1/`));
    const path = links.describedby.slice(gateway.length);
    expect(links.describedby.startsWith(gateway)).toBe(true);
    expect((await send({ path })).status).toBe(200);
    const etag = String(answer.headers.etag);
    const again = await send({ path: '/api/v1/products/1', headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
  });

  test('buys once however often the request is sent, sees the purchase, and nobody else does', async () => {
    const mine = cookieIn(await send({ path: '/session' }));
    const theirs = cookieIn(await send({ path: '/session' }));
    const call = buy(mine);
    const answers = await Promise.all([send(call), send(call)]);
    const ids = answers.map((answer) => documentOf(answer).data.id);
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(ids[0]).toBe(ids[1]);
    expect(answers[0]?.headers.location).toBe(`${shop.origins.gateway}/api/v1/purchases/${ids[0]}`);
    const path = `/api/v1/purchases/${ids[0]}`;
    expect((await send({ path, headers: { cookie: mine } })).status).toBe(200);
    expect((await send({ path, headers: { cookie: theirs } })).status).toBe(404);
    const other = await send({ ...call, headers: { ...call.headers, cookie: theirs } });
    expect(documentOf(other).data.id, 'the same key of another browser').not.toBe(ids[0]);
  });

  test.each([
    ['GET', '/api/v1/stock-movements'],
    ['GET', '/api/v1/product-events'],
    ['GET', '/api/v1/audit'],
    ['POST', '/api/v1/products'],
    ['PATCH', '/api/v1/inventories/1'],
  ])('has to sign in for %s %s', async (method, path) => {
    const headers = { 'content-type': MEDIA_TYPE, 'sec-fetch-site': 'same-origin' };
    const answer = await send({ method, path, headers });
    expect(answer.status).toBe(401);
    expect(codeOf(answer)).toBe('sign-in-required');
  });

  test('cannot act as an operator by sending x-actor', async () => {
    const call = buy(cookieIn(await send({ path: '/session' })));
    const bought = await send({
      ...call,
      headers: { ...call.headers, 'x-actor': 'operator:root' },
    });
    const cookie = await signIn();
    const path = `/api/v1/purchases/${documentOf(bought).data.id}/movements`;
    const { data } = (await send({ path, headers: { cookie } })).body as {
      data: Document['data'][];
    };
    expect(data[0]?.attributes['actor']).toMatch(/^shopper:[\w-]{22}$/);
  });
});

test('an operator creates a product, stocks it, and is the actor in the ledger', async () => {
  const cookie = await signIn();
  const headers = { cookie, 'sec-fetch-site': 'same-origin', 'content-type': MEDIA_TYPE };
  const attributes = { name: 'Cup', price: 4.5 };
  const created = await send({
    method: 'POST',
    path: '/api/v1/products',
    headers,
    body: { data: { type: 'products', attributes } },
  });
  expect(created.status).toBe(201);
  const { id } = documentOf(created).data;
  const stocked = await send({
    method: 'POST',
    path: '/api/v1/inventories',
    headers,
    body: { data: { type: 'inventories', id, attributes: { onHand: 5 } } },
  });
  expect(stocked.status).toBe(201);
  const ledger = await send({ path: `/api/v1/inventories/${id}/movements`, headers: { cookie } });
  const { data } = ledger.body as { data: Document['data'][] };
  expect(data[0]?.attributes['actor']).toMatch(/^operator:[\w-]{22}$/);
  for (const path of ['/api/v1/audit', '/api/v1/product-events'])
    expect((await send({ path, headers: { cookie } })).status).toBe(200);
});

test('many simultaneous changes are forwarded', async () => {
  const atomic = `${MEDIA_TYPE};ext="https://jsonapi.org/ext/atomic"`;
  const add = { op: 'add', data: { type: 'products', attributes: { name: 'Plate', price: 6 } } };
  const answer = await send({
    method: 'POST',
    path: '/api/v1/product-operations',
    headers: {
      cookie: await signIn(),
      'sec-fetch-site': 'same-origin',
      'content-type': atomic,
      accept: atomic,
    },
    body: { 'atomic:operations': [add, add] },
  });
  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toBe(atomic);
});

test("a caller's own key passes, and a wrong one is refused by the service", async () => {
  const path = '/api/v1/stock-movements';
  const own = await send({ path, headers: { 'x-api-key': shop.keys.inventory } });
  expect(own.status).toBe(200);
  const wrong = await send({ path, headers: { 'x-api-key': 'wrong', cookie: await signIn() } });
  expect(codeOf(wrong)).toBe('key-unknown');
});

test('internal routes are not forwarded', async () => {
  for (const path of ['/internal/products?filter[id]=1', '/api/v2/products'])
    expect((await send({ path, headers: { cookie: await signIn() } })).status).toBe(404);
});

test('figures are its own, and for the key of operators alone', async () => {
  const path = '/metrics';
  expect((await send({ path, headers: { cookie: await signIn() } })).status).toBe(401);
  const { status, text } = await send({
    path,
    headers: { 'x-api-key': gatewaySecrets.OPERATOR_API_KEY },
  });
  expect(status).toBe(200);
  expect(text).toContain('http_request_duration_seconds');
});

/** The text that a stream has sent so far, and its end. */
async function follow(headers: Record<string, string> = {}) {
  const reader = new AbortController();
  readers.push(reader);
  const answer = await fetch(`${shop.origins.gateway}/api/v1/stock-events/stream`, {
    headers,
    signal: reader.signal,
  });
  expect(answer.status).toBe(200);
  let text = '';
  const ended = (async () => {
    for await (const chunk of answer.body ?? []) text += Buffer.from(chunk).toString();
  })();
  ended.catch(() => undefined);
  return { text: () => text, ended, stop: () => reader.abort() };
}

describe('a live stream', () => {
  test('sends a sale within a second, and shows shoppers only what they may see', async () => {
    const [shopper, operator] = await Promise.all([follow(), follow({ cookie: await signIn() })]);
    const cookie = cookieIn(await send({ path: '/session' }));
    expect((await send(buy(cookie))).status).toBe(201);
    await vi.waitFor(() => {
      expect(shopper.text()).toContain('event: stock.changed');
      expect(operator.text()).toContain('event: purchase.completed');
    }, withinMs(1_000));
    expect(shopper.text()).not.toMatch(/purchase|actor|shopper/);
  });

  test('ends cleanly when Inventory stops, and can be resumed', async () => {
    const stream = await follow();
    expect(await shop.stop('inventory')).toBe(0);
    await stream.ended;
    await shop.start('inventory');
    await vi.waitFor(() => follow(), 30_000);
  });

  test('ends cleanly when the gateway stops, and does not delay the stop', async () => {
    const stream = await follow();
    expect(await shop.stop('gateway')).toBe(0);
    await stream.ended;
    await shop.start('gateway');
  });
});

describe('visitors of one IP address without cookies, each a new session', () => {
  const own = { 'sec-fetch-site': 'same-origin', 'content-type': MEDIA_TYPE };
  const reserve = (headers: Record<string, string> = {}) =>
    send({
      method: 'POST',
      path: '/api/v1/reservations',
      headers: { ...own, 'idempotency-key': randomUUID(), ...headers },
      body: {
        data: {
          type: 'reservations',
          attributes: { lines: [{ productId: '2', quantity: 1 }], expiresInSeconds: 600 },
        },
      },
    });

  test('together hold ten times as much as one may, and more when something is bought', async () => {
    const cookie = cookieIn(await send({ path: '/session' }));
    const mine = await reserve({ cookie });
    const answers = await Promise.all(Array.from({ length: 12 }, () => reserve()));
    const successes = answers.filter(({ status }) => status === 201);
    const refused = answers.filter(({ status }) => status === 429);
    expect([mine.status, successes.length, refused.length]).toEqual([201, 9, 3]);
    const { data } = documentOf(await send({ path: '/api/v1/inventories/2' }));
    expect(data.attributes['reserved']).toBe(10);
    const waitSeconds = Number(refused[0]?.headers['retry-after']);
    expect(waitSeconds).toBeGreaterThan(3_500);
    expect(waitSeconds).toBeLessThanOrEqual(3_600);

    const path = `/api/v1/reservations/${documentOf(mine).data.id}`;
    const { id } = documentOf(mine).data;
    const body = { data: { type: 'reservations', id, attributes: { status: 'confirmed' } } };
    const bought = await send({ method: 'PATCH', path, headers: { ...own, cookie }, body });
    expect(bought.status).toBe(200);
    const again = [await reserve(), await reserve()];
    expect(again.map(({ status }) => status)).toEqual([201, 429]);
  });
});

describe('with an Inventory that hangs', () => {
  test('a purchase is 504; the same key gets its outcome, and it was sold once', async () => {
    const cookie = cookieIn(await send({ path: '/session' }));
    const onHand = async () => {
      const { data } = documentOf(await send({ path: '/api/v1/inventories/1' }));
      return Number(data.attributes['onHand']);
    };
    const before = await onHand();
    const call = buy(cookie);
    shop.pause('inventory');
    const first = await send(call);
    expect([first.status, codeOf(first)]).toEqual([504, 'outcome-unknown']);
    shop.resume('inventory');
    await vi.waitFor(async () => expect(await onHand()).toBe(before - 1), 30_000);
    const again = await send(call);
    expect(again.status).toBe(201);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(await onHand()).toBe(before - 1);
  });
});

describe('with an API key that the services do not know', () => {
  test('clients get 503, and the log names the wrong setting', async () => {
    await shop.stop('gateway');
    await shop.start('gateway', {
      env: { STOREFRONT_API_KEY: 'a-key-that-nobody-told-the-services' },
    });
    // This is more than a service's limit of wrong keys.
    for (let call = 0; call < 40; call += 1) {
      for (const path of ['/api/v1/products', '/api/v1/inventories']) {
        const answer = await send({ path });
        expect([answer.status, codeOf(answer)]).toEqual([503, 'service-unavailable']);
      }
    }
    const bought = await send(buy(cookieIn(await send({ path: '/session' }))));
    expect([bought.status, codeOf(bought)]).toEqual([503, 'service-unavailable']);
    expect(shop.log('gateway').match(/does not know the key in STOREFRONT_API_KEY/g)).toHaveLength(
      2,
    );
    await shop.stop('gateway');
    await shop.start('gateway');
    expect((await send({ path: '/api/v1/products' })).status).toBe(200);
  });
});

describe('without Products', () => {
  test('its routes are a quick 503, the others work, and it recovers by itself', async () => {
    const health = async () => (await send({ path: '/health' })).body;
    expect(await health()).toMatchObject({ status: 'ok' });
    const cookie = await signIn();
    expect((await send(buy(cookie))).status).toBe(201);
    await shop.stop('products', 'SIGKILL');
    for (let call = 0; call < 5; call += 1) {
      const answer = await send({ path: '/api/v1/products' });
      expect(answer.status).toBe(503);
      expect(answer.headers['retry-after']).toBe('1');
    }
    expect((await send({ path: '/api/v1/inventories' })).status).toBe(200);
    expect((await send(buy(cookie))).status, 'what was priced lately still sells').toBe(201);
    expect(await health()).toMatchObject({
      status: 'degraded',
      services: { products: { status: 'failed' } },
    });
    await shop.start('products');
    await vi.waitFor(async () => {
      expect((await send({ path: '/api/v1/products' })).status).toBe(200);
      expect(await health()).toMatchObject({ status: 'ok' });
    }, 30_000);
  });
});

test('no key or password is in the log of any of them', () => {
  const all = (['gateway', 'products', 'inventory'] as const)
    .map((name) => shop.log(name))
    .join('');
  for (const secret of Object.values(gatewaySecrets)) expect(all).not.toContain(secret);
});
