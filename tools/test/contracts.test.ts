import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAskProducts } from '../../services/inventory/src/adapters/products/ask-products.ts';
import { createClient, type Client } from '../../web/src/api/client.ts';
import { productCalls } from '../../web/src/api/products.ts';
import { isDeclared, recordReads } from './recorded-reads.ts';
import { KEY, startService } from './start-service.ts';

/**
 * Products declares, in its OpenAPI document, whatever Inventory and the web app read of its
 * answers. What they read is recorded while they read real answers.
 */

/** Every list has these; packages/jsonapi makes them. */
const OF_EVERY_LIST = /^(?:links\b|meta\.page\b|data\[\]\.relationships$)/;

interface Reader {
  readonly reader: string;
  /** Without its query. */
  readonly address: string;
  readonly query: string;
  /** Fails when it can't use the answer. */
  read(document: unknown): unknown;
}

const clock = (): Date => new Date('2026-01-01T00:00:00Z');

function inventory(document: unknown) {
  const client = { getJson: async () => ({ ok: true, status: 200, body: document }) as const };
  return createAskProducts(client, clock);
}

async function use(answer: Promise<{ ok: boolean; products?: ReadonlyMap<number, unknown> }>) {
  const { ok, products } = await answer;
  expect({ ok, ids: [...(products?.keys() ?? [])] }).toEqual({ ok: true, ids: [1, 2] });
}

function web(document: unknown) {
  const answer = { status: 200, document, etag: null, isReplay: false, clockAheadMs: 0 };
  const ask: Client['ask'] = async (_request, read) => ({ ok: true, value: read(answer) });
  return productCalls({ ...createClient({}), ask });
}

const ids = '?filter[id]=1,2';
const READERS: readonly Reader[] = [
  {
    reader: 'Inventory, which prices purchases,',
    address: '/internal/products',
    query: ids,
    read: (document) => use(inventory(document).snapshots([1, 2])),
  },
  {
    reader: 'Inventory, which includes products,',
    address: '/internal/products',
    query: ids,
    read: (document) => use(inventory(document).descriptions([1, 2])),
  },
  {
    reader: 'The web app, which lists products,',
    address: '/api/v1/products',
    query: '',
    read: (document) => web(document).products({}),
  },
  {
    reader: 'The web app, which compares shops,',
    address: '/api/v1/products',
    query: '',
    read: (document) => web(document).shop(),
  },
  {
    reader: 'The web app, which lists tags,',
    address: '/api/v1/product-tags',
    query: '',
    read: (document) => web(document).productTags({}),
  },
];

let folder: string;
let products: Awaited<ReturnType<typeof startService>>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'anaquel-contracts-'));
  products = await startService('products', folder);
  const mug = {
    sku: 'MUG-1',
    description: 'Holds 350 ml.',
    imageUrl: '/mug.png',
    tags: ['kitchen'],
  };
  for (const attributes of [
    { name: 'Mug', price: 14.5, ...mug },
    { name: 'Lamp', price: 0 },
  ]) {
    await products.app.inject({
      method: 'POST',
      url: '/api/v1/products',
      headers: { 'x-api-key': KEY, 'content-type': 'application/vnd.api+json' },
      payload: { data: { type: 'products', attributes } },
    });
  }
});

afterAll(async () => {
  await products.close();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(READERS)('$reader reads $address', ({ reader, address, query, read }) => {
  test('as Products declares and answers it', async () => {
    const answer = await products.app.inject({
      url: address + query,
      headers: { 'x-api-key': KEY },
    });
    const reads = new Set<string>();
    await read(recordReads(answer.json(), reads));
    expect(reads.size).toBeGreaterThan(2);
    const schema = declaredAnswer(address);
    const undeclared = [...reads]
      .filter((path) => !isDeclared(schema, path) && !OF_EVERY_LIST.test(path))
      .map((path) => `${reader} reads ${path}, which Products does not declare`);
    expect(undeclared).toEqual([]);
  });
});

interface Operation {
  readonly responses: Record<string, { readonly content: Record<string, { schema: object }> }>;
}

function declaredAnswer(address: string): object | undefined {
  const paths = (products.app.swagger().paths ?? {}) as Record<string, { get: Operation }>;
  const content = paths[address]?.get.responses['200']?.content ?? {};
  return Object.values(content)[0]?.schema;
}

test('a member that is renamed is missed by its reader', async () => {
  const reads = new Set<string>();
  const data = [{ type: 'products', id: '1', attributes: { title: 'Mug' } }];
  const listed = web(recordReads({ data }, reads)).products({});
  await expect(listed).rejects.toThrow('the attribute name');
  const declared = { properties: { attributes: { properties: { title: {} } } } };
  const schema = { properties: { data: { items: declared } } };
  expect(isDeclared(schema, 'data[].attributes.title')).toBe(true);
  expect([...reads].filter((path) => !isDeclared(schema, path))).toContain('data[].attributes.sku');
});
