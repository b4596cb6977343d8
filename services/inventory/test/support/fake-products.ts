import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeProduct {
  readonly name: string;
  readonly sku: string | null;
  readonly status: 'active' | 'draft' | 'archived';
  readonly priceMinor: number;
  readonly currency: string;
  readonly currencyDecimals: number;
}

export interface FakeChange {
  readonly productId: number;
  readonly version: number;
  readonly time: string;
  /** Such a change has a second event. */
  readonly isOfPrice?: boolean;
}

/** How the fake answers: like Products, or like a failing Products. */
export type Mood =
  | 'well'
  /** Cuts every connection. */
  | 'down'
  /** Never answers. */
  | 'hanging'
  /** Begins an answer and cuts the connection in the middle of it. */
  | 'halfway'
  /** Sends an answer that is too long. */
  | 'huge'
  /** Answers correctly, this many milliseconds later. */
  | { readonly delayMs: number }
  /** Reads what it is asked for at once, and answers once this resolves. */
  | { readonly answersOn: Promise<void> }
  | { readonly status: number; readonly body?: string }
  /** Fails this many times, then works. */
  | { readonly failures: number };

export interface FakeProducts {
  readonly baseUrl: string;
  readonly key: string;
  /** The ids of each lookup, in the order of arrival. */
  readonly calls: (readonly number[])[];
  /** How many pages of the feed were asked for. */
  readonly feedCalls: number;
  mood: Mood;
  /** Of the feed alone; `mood` when left out. */
  feedMood?: Mood | undefined;
  /** Adds or changes a product. */
  put(id: number, product?: Partial<FakeProduct>): void;
  remove(id: number): void;
  /** The changes so far: a test may cut them off, as an older copy of the database would. */
  readonly changes: FakeChange[];
  /** Names the log of changes. */
  source: string;
  close(): Promise<void>;
}

/** The most ids that Products accepts in one call. */
const MAX_IDS = 1_000;

/** The routes of Products that Inventory uses: real HTTP on a port of its own. */
export async function startFakeProducts(): Promise<FakeProducts> {
  const products = new Map<number, FakeProduct>();
  const versions = new Map<number, number>();
  const changes: FakeChange[] = [];
  const calls: (readonly number[])[] = [];
  let feedCalls = 0;
  const key = 'key-of-products';

  function change(productId: number, isOfPrice = false): void {
    const version = (versions.get(productId) ?? 0) + 1;
    versions.set(productId, version);
    changes.push({ productId, version, time: new Date().toISOString(), isOfPrice });
  }

  function lookUp(ids: readonly number[]): object {
    const data = ids.flatMap((id) => {
      const product = products.get(id);
      return product ? [{ type: 'products', id: String(id), attributes: shown(id, product) }] : [];
    });
    return { jsonapi: { version: '1.1' }, data };
  }

  function shown(id: number, product: FakeProduct): object {
    return {
      ...product,
      price: product.priceMinor / 10 ** product.currencyDecimals,
      description: null,
      imageUrl: null,
      tags: [],
      barcodes: [],
      packSize: null,
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-01-01T00:00:00.000Z',
      version: versions.get(id),
    };
  }

  function feed(after: number, size: number): object {
    const page = changes.slice(after, after + size);
    const data = page.flatMap(({ productId, version, time, isOfPrice }, index) => {
      const position = after + index + 1;
      const subject = String(productId);
      const ids = [`products/${position}`, ...(isOfPrice ? [`products/${position}/price`] : [])];
      return ids.map((id) => {
        const event = { id, source: fake.source, time, subject, data: { id: subject, version } };
        return { type: 'product-events', id, attributes: { position, event } };
      });
    });
    return { data, meta: { page: { after, size, head: changes.length } } };
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://fake');
    const isFeed = url.pathname === '/api/v1/product-events';
    const numbers = (name: string) => (url.searchParams.get(name) ?? '').split(',').map(Number);
    const ids = numbers('filter[id]');
    if (isFeed) feedCalls += 1;
    else calls.push(ids);
    const mood = (isFeed && fake.feedMood) || fake.mood;
    if (mood === 'hanging') return;
    if (mood === 'down') return void request.socket.destroy();
    if (mood === 'halfway') {
      response.writeHead(200, { 'content-length': '1000' }).write('{"data":[');
      return void setTimeout(() => request.socket.destroy(), 5);
    }
    if (mood === 'huge') return send(response, 200, `{"data":[${' '.repeat(9 * 1_048_576)}]}`);
    if (typeof mood === 'object' && 'status' in mood)
      return send(response, mood.status, mood.body ?? '{"errors":[]}');
    if (typeof mood === 'object' && 'failures' in mood && mood.failures > 0 && !isFeed) {
      fake.mood = { failures: mood.failures - 1 };
      return send(response, 500, '{"errors":[]}');
    }
    if (request.headers['x-api-key'] !== key) return send(response, 401, '{"errors":[]}');
    if (!isFeed && url.pathname !== '/internal/products')
      return send(response, 404, '{"errors":[]}');
    if (ids.length > MAX_IDS) return send(response, 400, '{"errors":[]}');
    const [after = 0, size = 0] = [...numbers('page[after]'), ...numbers('page[size]')];
    const body = JSON.stringify(isFeed ? feed(after, size) : lookUp(ids));
    const answer = (): void => send(response, 200, body);
    if (typeof mood === 'object' && 'delayMs' in mood) setTimeout(answer, mood.delayMs);
    else if (typeof mood === 'object' && 'answersOn' in mood) void mood.answersOn.then(answer);
    else answer();
  });

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const fake: FakeProducts = {
    baseUrl: `http://127.0.0.1:${port}`,
    key,
    calls,
    get feedCalls() {
      return feedCalls;
    },
    changes,
    source: '/products',
    mood: 'well',
    put(id, product) {
      const usual = {
        name: `Product ${id}`,
        sku: null,
        status: 'active',
        priceMinor: 1_999,
        currency: 'USD',
      } as const;
      const before = products.get(id);
      const after = { ...usual, currencyDecimals: 2, ...before, ...product };
      products.set(id, after);
      change(id, before !== undefined && before.priceMinor !== after.priceMinor);
    },
    remove(id) {
      products.delete(id);
      change(id);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return fake;
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/vnd.api+json' }).end(body);
}
