import { hash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ServiceName } from '../../services/manifest.ts';
import type { Answer } from '../http-caller.ts';
import { startServices } from '../services.ts';
import type { Services } from '../services.ts';

/**
 * The shop of the conformance tests: both services as processes, with a few resources of every
 * type.
 */

export const MT = 'application/vnd.api+json';
export const ATOMIC = 'https://jsonapi.org/ext/atomic';
export const ATOMIC_MT = `${MT};ext="${ATOMIC}"`;
export const CURSOR = 'https://jsonapi.org/profiles/ethanresnick/cursor-pagination/';
/** The request header for pages by cursor. */
export const BY_CURSOR = { accept: `${MT};profile="${CURSOR}"` };
export const SERVICES = ['products', 'inventory'] as const;
/** No resource has this id. */
export const NO_ID = '999999';

// Documents have many shapes here.
export type Document = ReturnType<typeof JSON.parse>;

export interface Reply extends Answer {
  readonly json: Document;
}

export interface RequestOptions {
  /** The body has the JSON:API media type unless the headers say otherwise. */
  readonly body?: unknown;
  /** Undefined: not sent. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** An `Idempotency-Key`; a new one for each POST to Inventory when left out, none when null. */
  readonly key?: string | null;
  /** The API key; by default the service's own. */
  readonly as?: 'anonymous' | 'buyer';
}

export interface ConformanceShop {
  readonly services: Services;
  /** The ids of the purchases and reservations, oldest first. */
  readonly purchases: readonly string[];
  readonly reservations: readonly string[];
  ask(service: ServiceName, method: string, path: string, options?: RequestOptions): Promise<Reply>;
  /** A GET that must answer 200. */
  get(service: ServiceName, path: string, headers?: Record<string, string>): Promise<Reply>;
  /** A GET of a link, from the service that the link belongs to. */
  follow(link: unknown, headers?: Record<string, string>): Promise<Reply>;
  /** A new product, tracked when it gets stock. */
  product(attributes?: object, onHand?: number): Promise<string>;
  remove(): Promise<void>;
}

/** A valid body for creating something in each service. */
export function creation(service: ServiceName): { path: string; data: Document } {
  if (service === 'products') {
    const data = { type: 'products', attributes: { name: 'New', price: 1 } };
    return { path: '/api/v1/products', data };
  }
  return { path: '/api/v1/stock-movements', data: receipt('1', 1) };
}

export function receipt(productId: string, quantity: number, more: object = {}) {
  return {
    type: 'stock-movements',
    attributes: { kind: 'receipt', quantity, ...more },
    relationships: { product: { data: { type: 'products', id: productId } } },
  };
}

/** The lists of both services, each with the id of one of its resources. */
export function lists(shop: ConformanceShop) {
  return [
    { service: 'products', path: '/api/v1/products', type: 'products', id: '1' },
    { service: 'inventory', path: '/api/v1/inventories', type: 'inventories', id: '1' },
    { service: 'inventory', path: '/api/v1/stock-movements', type: 'stock-movements', id: '1' },
    { service: 'inventory', path: '/api/v1/purchases', type: 'purchases', id: shop.purchases[0] },
    {
      service: 'inventory',
      path: '/api/v1/reservations',
      type: 'reservations',
      id: shop.reservations[0],
    },
  ] as const;
}

/** The relationships that resources of Inventory have. */
export const RELATIONSHIPS = {
  inventories: { product: 'one', movements: 'many' },
  'stock-movements': { product: 'one', purchase: 'one', reservation: 'one' },
  purchases: { products: 'many', movements: 'many' },
  reservations: { purchase: 'one', products: 'many' },
} as const;

export function hrefOf(link: Document): string {
  return typeof link === 'string' ? link : link.href;
}

export function ids(reply: Reply): string[] {
  return reply.json.data.map(({ id }: { id: string }) => id);
}

/** A path whose query is not percent-encoded. */
export function withQuery(path: string, query: Readonly<Record<string, string | number>>): string {
  const pairs = Object.entries(query).map(
    ([name, value]) => `${name}=${encodeURIComponent(String(value))}`,
  );
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}

export function expectStatus(reply: Reply, status: number): void {
  expect([reply.status, reply.status === status ? '' : reply.text]).toEqual([status, '']);
}

/** Checks the status and code of a refusal. */
export function expectRefusal(reply: Reply, status: number, error: object = {}): void {
  expectStatus(reply, status);
  expect(reply.json.errors).toEqual(
    expect.arrayContaining([expect.objectContaining({ status: String(status), ...error })]),
  );
}

/** Checks for 400 with this parameter as the source. */
export function expectBadParameter(reply: Reply, parameter: string): void {
  expectRefusal(reply, 400, { code: 'invalid-parameter', source: { parameter } });
}

const BUYER_KEY = 'key-of-buyer';

export async function openConformanceShop(): Promise<ConformanceShop> {
  const folder = mkdtempSync(join(tmpdir(), 'anaquel-conformance-'));
  const keysFile = join(folder, 'keys.json');
  const buyer = { name: 'buyer', scopes: ['purchases:write'], sha256: hash('sha256', BUYER_KEY) };
  writeFileSync(keysFile, JSON.stringify({ keys: [buyer] }));
  // Short, so that Inventory soon notices that Products is down.
  const env = { LOG_LEVEL: 'warn', KEYS_FILE: keysFile, HTTP_TIMEOUT_SECONDS: '1' };
  const services = await startServices({ env });
  const purchases: string[] = [];
  const reservations: string[] = [];

  async function ask(
    service: ServiceName,
    method: string,
    path: string,
    options: RequestOptions = {},
  ): Promise<Reply> {
    const { body, headers = {}, key, as } = options;
    const needsKey = service === 'inventory' && method === 'POST';
    const all = {
      'x-api-key':
        as === 'buyer' ? BUYER_KEY : as === undefined ? services.keys[service] : undefined,
      'content-type': body === undefined ? undefined : MT,
      'idempotency-key': key === undefined && needsKey ? randomUUID() : (key ?? undefined),
      ...headers,
    };
    const headerEntries = Object.entries(all).filter(
      (header): header is [string, string] => header[1] !== undefined,
    );
    const answer = await services.request(service, {
      method,
      path,
      ...(body !== undefined && { body }),
      headers: Object.fromEntries(headerEntries),
    });
    return { ...answer, json: answer.body };
  }

  async function get(service: ServiceName, path: string, headers?: Record<string, string>) {
    const reply = await ask(service, 'GET', path, { ...(headers && { headers }) });
    expectStatus(reply, 200);
    return reply;
  }

  async function created(service: ServiceName, path: string, data: object): Promise<string> {
    const reply = await ask(service, 'POST', path, { body: { data } });
    expectStatus(reply, 201);
    return reply.json.data.id;
  }

  async function product(attributes: object = {}, onHand?: number): Promise<string> {
    const all = { name: 'Product', price: 1, ...attributes };
    const id = await created('products', '/api/v1/products', { type: 'products', attributes: all });
    if (onHand === undefined) return id;
    const tracked = { type: 'inventories', id, attributes: { onHand } };
    return created('inventory', '/api/v1/inventories', tracked);
  }

  const shop: ConformanceShop = {
    services,
    purchases,
    reservations,
    ask,
    get,
    product,
    follow(link, headers) {
      const { origin, pathname, search } = new URL(hrefOf(link));
      const service = SERVICES.find((name) => services.origins[name] === origin);
      if (service === undefined) throw new Error(`${origin} is none of the services`);
      return ask(service, 'GET', pathname + search, { ...(headers && { headers }) });
    },
    async remove() {
      await services.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await fill(shop, created, purchases, reservations);
  } catch (error) {
    await shop.remove();
    throw error;
  }
  return shop;
}

/** Products 1 to 7; 5 is not tracked. Some prices, names and stocks are equal. */
async function fill(
  shop: ConformanceShop,
  created: (service: ServiceName, path: string, data: object) => Promise<string>,
  purchases: string[],
  reservations: string[],
): Promise<void> {
  await shop.product({ name: 'Anvil', price: 30, sku: 'A-1', tags: ['iron', 'tool'] }, 40);
  await shop.product({ name: 'Bucket', price: 5.5, tags: ['tool'] }, 40);
  await shop.product({ name: 'Candle', price: 5.5, currency: 'EUR' }, 0);
  await shop.product({ name: 'Drum', price: 120, status: 'draft' }, 8);
  await shop.product({ name: 'Easel', price: 30, sku: 'E-1', status: 'archived' });
  await shop.product({ name: 'Flute of 50% elder_wood', price: 0.1, sku: 'F-1' }, 40);
  await shop.product({ name: 'anvil', price: 5.5 }, 100);

  const move = (data: object) => created('inventory', '/api/v1/stock-movements', data);
  await move(receipt('1', 10, { reason: 'Delivery 1' }));
  await move(receipt('2', -3, { kind: 'adjustment', reason: 'Broken' }));
  // More than a page.
  for (let count = 1; count <= 24; count += 1) await move(receipt('7', count));

  const line = (productId: string, quantity: number) => ({ productId, quantity });
  const buy = async (attributes: object) =>
    purchases.push(
      await created('inventory', '/api/v1/purchases', { type: 'purchases', attributes }),
    );
  await buy({ lines: [line('1', 2), line('6', 1)], reference: 'order-1' });
  await buy({ lines: [line('2', 1)] });
  await buy({ lines: [line('6', 3)], reference: 'order-3' });
  const returned = receipt('1', 1, { kind: 'return' });
  const purchase = { data: { type: 'purchases', id: purchases[0] } };
  await move({ ...returned, relationships: { ...returned.relationships, purchase } });

  const reserve = async (attributes: object) =>
    reservations.push(
      await created('inventory', '/api/v1/reservations', { type: 'reservations', attributes }),
    );
  await reserve({ lines: [line('1', 1), line('6', 2)], expiresInSeconds: 3_600, reference: 'r-1' });
  await reserve({ lines: [line('2', 1)], expiresInSeconds: 3_000 });
  await reserve({ lines: [line('2', 2)], expiresInSeconds: 2_000 });
  const [, confirmed = '', released = ''] = reservations;
  const path = (id: string) => `/api/v1/reservations/${id}`;
  const data = { type: 'reservations', id: confirmed, attributes: { status: 'confirmed' } };
  expectStatus(await shop.ask('inventory', 'PATCH', path(confirmed), { body: { data } }), 200);
  expectStatus(await shop.ask('inventory', 'DELETE', path(released)), 204);
  await buy({ lines: [line('6', 1)], reference: 'order-5' });
  for (const [id, lowStockThreshold] of [
    ['2', 50],
    ['6', 5],
  ] as const) {
    const low = { type: 'inventories', id, attributes: { lowStockThreshold } };
    const body = { data: low };
    expectStatus(await shop.ask('inventory', 'PATCH', `/api/v1/inventories/${id}`, { body }), 200);
  }
  const { json } = await shop.get('inventory', '/api/v1/purchases?sort=createdAt');
  purchases.splice(0, purchases.length, ...json.data.map(({ id }: { id: string }) => id));
}
