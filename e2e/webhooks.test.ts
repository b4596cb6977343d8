import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { CloudEvent } from '@anaquel/events';
import { times } from '@anaquel/runtime/soak-counts';
import { Webhook as Verifier } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Services } from './services.ts';
import { openStockedShop, purchaseCall, resourceIn } from './stocked-shop.ts';

// A shop that tells a partner's endpoint of its sales, and dies while it does.

const PRODUCTS = 4;
const BUYERS = 8;
const KILLS = times({ test: 1, soak: 10 });
const PATIENCE = { timeout: 60_000, interval: 50 };

let shop: Services;
let server: Server;
let url: string;
/** What came by each path, as it was signed, in its order. */
const taken = new Map<string, CloudEvent[]>();
const secrets = new Map<string, string>();
let bought = 0;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const path = request.url ?? '';
    const body = await text(request);
    const events: unknown = new Verifier(secrets.get(path) ?? '').verify(body, {
      'webhook-id': String(request.headers['webhook-id']),
      'webhook-timestamp': String(request.headers['webhook-timestamp']),
      'webhook-signature': String(request.headers['webhook-signature']),
    });
    taken.set(path, [...(taken.get(path) ?? []), ...([events].flat() as CloudEvent[])]);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  shop = await openStockedShop(
    Array.from({ length: PRODUCTS }, () => 1_000_000),
    {
      WEBHOOKS_SECRET_KEY: randomBytes(32).toString('base64'),
      WEBHOOKS_ALLOW_PRIVATE: 'true',
    },
  );
});

afterAll(async () => {
  await shop?.remove();
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve) ?? resolve(undefined));
});

async function makeWebhook(path: string, attributes: object): Promise<void> {
  const { attributes: made } = resourceIn(
    await shop.call('inventory', {
      method: 'POST',
      path: '/api/v1/stock-webhooks',
      headers: { 'content-type': 'application/vnd.api+json' },
      body: {
        data: { type: 'stock-webhooks', attributes: { url: `${url}${path}`, ...attributes } },
      },
    }),
  );
  secrets.set(path, String(made['secret']));
}

/** Buys until it is told to stop, two products at a time; what fails meanwhile is not sold. */
async function buyOnAndOn(buyer: number, signal: AbortSignal): Promise<void> {
  for (let turn = 0; !signal.aborted; turn += 1) {
    const lines = [buyer, buyer + 1].map((product) => {
      return { productId: String(1 + (product % PRODUCTS)), quantity: 1 };
    });
    const answer = await shop
      .call('inventory', purchaseCall(lines, `${buyer}-${turn}`))
      .catch(() => null);
    if (answer?.status === 201) bought += 1;
    else await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function feed(): Promise<CloudEvent[]> {
  const events: CloudEvent[] = [];
  for (let after = 0; ;) {
    const path = `/api/v1/stock-events?page[size]=1000&page[after]=${after}`;
    const { body } = await shop.call('inventory', { path });
    const { data } = body as { data: { attributes: { position: number; event: CloudEvent } }[] };
    if (data.length === 0) return events;
    events.push(...data.map(({ attributes }) => attributes.event));
    after = data.at(-1)?.attributes.position ?? 0;
  }
}

function ordersOf(events: readonly CloudEvent[], product: string): string[] {
  return events.filter(({ subject }) => subject === product).map(({ order }) => order);
}

/** Each one when it came first. */
function firsts(events: readonly CloudEvent[] = []): CloudEvent[] {
  return [...new Map(events.toReversed().map((event) => [event.id, event])).values()].toReversed();
}

test('an endpoint is told of every sale in order, signed, whenever Inventory is killed', async () => {
  await makeWebhook('/single', { eventTypes: ['stock.sold'] });
  await makeWebhook('/batches', { batch: 20 });
  const end = new AbortController();
  const buyers = Array.from({ length: BUYERS }, (_, buyer) => buyOnAndOn(buyer, end.signal));
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = taken.get('/single')?.length ?? 0;
    await vi.waitFor(
      () => expect(taken.get('/single')?.length ?? 0).toBeGreaterThan(before + 100),
      PATIENCE,
    );
    await shop.stop('inventory', 'SIGKILL');
    await shop.start('inventory');
  }
  const { length } = taken.get('/batches') ?? [];
  await vi.waitFor(() => expect(taken.get('/batches')?.length).toBeGreaterThan(length), PATIENCE);
  end.abort();
  await Promise.all(buyers);
  expect(bought).toBeGreaterThan(50);
  const events = await feed();
  const sold = events.filter(({ type }) => type === 'stock.sold');
  const [first] = sold;
  const sinceFirst = events.slice(events.findIndex(({ id }) => id === first?.id));
  await vi.waitFor(() => {
    expect(firsts(taken.get('/single')).length).toBe(sold.length);
    expect(firsts(taken.get('/batches')).length).toBe(sinceFirst.length);
  }, PATIENCE);
  for (let product = 1; product <= PRODUCTS; product += 1) {
    const [single, batches] = [firsts(taken.get('/single')), firsts(taken.get('/batches'))];
    expect(ordersOf(single, String(product))).toEqual(ordersOf(sold, String(product)));
    expect(ordersOf(batches, String(product))).toEqual(ordersOf(sinceFirst, String(product)));
  }
});
