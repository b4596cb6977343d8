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
  | { readonly status: number; readonly body?: string }
  /** Fails this many times, then works. */
  | { readonly failures: number };

export interface FakeProducts {
  readonly baseUrl: string;
  readonly key: string;
  /** The ids of each call, in the order of arrival. */
  readonly calls: (readonly number[])[];
  mood: Mood;
  /** Adds or changes a product. */
  put(id: number, product?: Partial<FakeProduct>): void;
  remove(id: number): void;
  close(): Promise<void>;
}

/** The most ids that Products accepts in one call. */
const MAX_IDS = 1_000;

/** The routes of Products that Inventory uses: real HTTP on a port of its own. */
export async function startFakeProducts(): Promise<FakeProducts> {
  const products = new Map<number, FakeProduct>();
  const calls: (readonly number[])[] = [];
  const key = 'key-of-products';

  function answer(ids: readonly number[], response: ServerResponse): void {
    const data = ids.flatMap((id) => {
      const product = products.get(id);
      return product
        ? [
            {
              type: 'products',
              id: String(id),
              attributes: {
                ...product,
                price: product.priceMinor / 10 ** product.currencyDecimals,
                description: null,
                imageUrl: null,
                tags: [],
                createdAt: '2026-01-01T00:00:00.000Z',
                updatedAt: '2026-01-01T00:00:00.000Z',
              },
            },
          ]
        : [];
    });
    send(response, 200, JSON.stringify({ jsonapi: { version: '1.1' }, data }));
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://fake');
    const ids = (url.searchParams.get('filter[id]') ?? '').split(',').map(Number);
    calls.push(ids);
    const { mood } = fake;
    if (mood === 'hanging') return;
    if (mood === 'down') return void request.socket.destroy();
    if (mood === 'halfway') {
      response.writeHead(200, { 'content-length': '1000' }).write('{"data":[');
      return void setTimeout(() => request.socket.destroy(), 5);
    }
    if (mood === 'huge') return send(response, 200, `{"data":[${' '.repeat(9 * 1_048_576)}]}`);
    if (typeof mood === 'object' && 'status' in mood)
      return send(response, mood.status, mood.body ?? '{"errors":[]}');
    if (typeof mood === 'object' && 'failures' in mood && mood.failures > 0) {
      fake.mood = { failures: mood.failures - 1 };
      return send(response, 500, '{"errors":[]}');
    }
    if (request.headers['x-api-key'] !== key) return send(response, 401, '{"errors":[]}');
    if (url.pathname !== '/internal/products') return send(response, 404, '{"errors":[]}');
    if (ids.length > MAX_IDS) return send(response, 400, '{"errors":[]}');
    const delayMs = typeof mood === 'object' && 'delayMs' in mood ? mood.delayMs : 0;
    if (delayMs > 0) setTimeout(() => answer(ids, response), delayMs);
    else answer(ids, response);
  });

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const fake: FakeProducts = {
    baseUrl: `http://127.0.0.1:${port}`,
    key,
    calls,
    mood: 'well',
    put(id, product) {
      const usual = {
        name: `Product ${id}`,
        sku: null,
        status: 'active',
        priceMinor: 1_999,
        currency: 'USD',
      } as const;
      products.set(id, { ...usual, currencyDecimals: 2, ...products.get(id), ...product });
    },
    remove: (id) => void products.delete(id),
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
