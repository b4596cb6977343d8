import { randomUUID } from 'node:crypto';
import type { CloudEvent, EventText } from '@anaquel/events';
import { MEDIA_TYPE } from '@anaquel/jsonapi';
import { PATIENT } from '@anaquel/runtime/postgres-server';
import { expect, vi } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createService, type InventoryService, type Overrides } from '../../src/service.ts';
import { startFakeProducts, type FakeProduct, type FakeProducts } from './fake-products.ts';
import { expectDocumented, expectJsonApi } from './json-api-rules.ts';
import { createLedgerPlace, type LedgerPlace } from './ledger-place.ts';
import {
  environment,
  headersOf,
  type KeyName,
  type Settings,
  writeKeysFile,
} from './shop-settings.ts';

export { environment, MASTER_KEY, type KeyName, type Settings } from './shop-settings.ts';

export interface RequestOptions {
  /** The API key; by default the service's own. */
  readonly as?: KeyName;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** An `Idempotency-Key`; a new one for every canonical POST when left out, none when null. */
  readonly key?: string | null;
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | undefined>;
  readonly text: string;
  /** The parsed body. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into documents of every shape
  readonly json: any;
  /** The codes of its errors. */
  readonly codes: string[];
}

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Shop {
  readonly service: InventoryService;
  readonly products: FakeProducts;
  /** The published events. */
  readonly events: CloudEvent[];
  /**
   * Sends a request through the app and checks the JSON:API rules at the addresses that follow
   * them.
   */
  ask(method: Method, url: string, options?: RequestOptions): Promise<Answer>;
  /** Creates a product and stocks it. */
  stock(productId: number, onHand: number): Promise<void>;
  /** Stocks a product before it exists in Products, so that it is not in Inventory's cache. */
  stockUnseen(productId: number, onHand: number, product?: Partial<FakeProduct>): Promise<void>;
  buy(lines: readonly object[], options?: RequestOptions): Promise<Answer>;
  /** Makes Products work again, and resolves once the service has noticed. */
  mend(): Promise<void>;
  /** Runs statements on the database. */
  run(...statements: readonly string[]): Promise<unknown[]>;
  readonly holdWrites: LedgerPlace['holdWrites'];
  close(): Promise<void>;
}

/** The real service on a new database, with a fake Products beside it. */
export async function openShop(settings: Settings = {}, overrides: Overrides = {}): Promise<Shop> {
  const [place, products] = await Promise.all([createLedgerPlace(), startFakeProducts()]);
  const keysFile = await writeKeysFile(place.folder);
  const events: CloudEvent[] = [];
  const publisher = {
    name: 'test',
    publish: async (more: readonly EventText[]) =>
      void events.push(...more.map(({ json }): CloudEvent => JSON.parse(json))),
  };
  const env = { ...environment(place.url, products), KEYS_FILE: keysFile, ...settings };
  const service = await createService(readConfig(env, place.folder), {
    publisher,
    postgres: { limits: PATIENT },
    ...overrides,
  });
  await service.app.ready();

  const ask = (method: Method, url: string, options: RequestOptions = {}) =>
    send(service, method, url, options);
  return {
    service,
    products,
    events,
    ask,
    async stock(productId, onHand) {
      products.put(productId);
      const body = { data: { type: 'inventories', id: String(productId), attributes: { onHand } } };
      expect((await ask('POST', '/api/v1/inventories', { body })).status).toBe(201);
    },
    async stockUnseen(productId, onHand, product) {
      // A level of zero needs no movement; the count below makes its first one.
      await place.run(
        `INSERT INTO levels VALUES (${productId}, 'main', 0, 0, NULL, 0, 0, '2026-03-01T12:00:00.000Z')`,
      );
      const body = { data: { type: 'inventories', id: String(productId), attributes: { onHand } } };
      expect((await ask('PATCH', `/api/v1/inventories/${productId}`, { body })).status).toBe(200);
      products.put(productId, product);
    },
    buy: (lines, options = {}) =>
      ask('POST', '/api/v1/purchases', { ...options, body: purchaseBody(lines) }),
    async mend() {
      products.mood = 'well';
      await vi.waitFor(
        async () => {
          const { json } = await ask('GET', '/health/ready');
          expect(json).toMatchObject({ checks: { products: 'ok' } });
        },
        { timeout: 30_000, interval: 20 },
      );
    },
    run: place.run,
    holdWrites: place.holdWrites,
    async close() {
      await service.close();
      await products.close();
      await place.remove();
    },
  };
}

export function purchaseBody(lines: readonly object[], more: object = {}): object {
  return { data: { type: 'purchases', attributes: { lines, ...more } } };
}

export function movementBody(productId: number | string, attributes: object): object {
  const product = { data: { type: 'products', id: String(productId) } };
  return { data: { type: 'stock-movements', attributes, relationships: { product } } };
}

export function reservationBody(
  lines: readonly object[],
  expiresInSeconds: number,
  more: object = {},
): object {
  return { data: { type: 'reservations', attributes: { lines, expiresInSeconds, ...more } } };
}

/** A return, or a movement of another kind that names a purchase; none when it is null. */
export function returnBody(
  purchaseId: string | null,
  productId: string,
  quantity: number,
  kind = 'return',
): object {
  const product = { data: { type: 'products', id: productId } };
  const purchase = purchaseId !== null && { data: { type: 'purchases', id: purchaseId } };
  const relationships = { product, ...(purchase && { purchase }) };
  return { data: { type: 'stock-movements', attributes: { kind, quantity }, relationships } };
}

/** Whether successful answers of an address are JSON:API too. */
function isCanonical(url: string): boolean {
  return /^\/api\/v1\/(?!inventory(?:[/?]|$)|stock-events\/stream)/.test(url);
}

async function send(
  service: InventoryService,
  method: Method,
  url: string,
  options: RequestOptions,
): Promise<Answer> {
  const { as = 'master', body, headers = {}, key } = options;
  const canonical = isCanonical(url);
  const idempotencyKey = key === undefined && canonical && method === 'POST' ? randomUUID() : key;
  const response = await service.app.inject({
    method,
    url,
    headers: {
      ...headersOf(as),
      ...(body !== undefined && { 'content-type': canonical ? MEDIA_TYPE : 'application/json' }),
      ...(idempotencyKey !== undefined &&
        idempotencyKey !== null && { 'idempotency-key': idempotencyKey }),
      ...headers,
    },
    ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const { statusCode: status, payload: text } = response;
  const answer = answerOf(status, response.headers as Answer['headers'], text);
  if (canonical || status >= 400) expectJsonApi(answer, { method, url, body });
  await expectDocumented(service.app, answer, { method, url });
  return answer;
}

export function answerOf(status: number, headers: Answer['headers'], text: string): Answer {
  const json: unknown = text === '' || !text.startsWith('{') ? undefined : JSON.parse(text);
  const errors = (json as { errors?: { code: string }[] } | undefined)?.errors ?? [];
  return { status, headers, text, json, codes: errors.map(({ code }) => code) };
}
