import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { MEDIA_TYPE } from '@anaquel/jsonapi';
import { endpointUrlProblems, failureCodes } from '@anaquel/webhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAskProducts } from '../../services/inventory/src/adapters/products/ask-products.ts';
import {
  createApi,
  deliveryCauses,
  deliveryStatuses,
  movementKinds,
  pausedReasons,
  productStatuses,
  reservationStatuses,
  urlProblems,
  webhookEventTypes,
  webhookStatuses,
} from '../../web/src/api/index.ts';
import { createClient, type Client } from '../../web/src/api/client.ts';
import { priceChangeCalls } from '../../web/src/api/price-changes.ts';
import { productCalls } from '../../web/src/api/products.ts';
import { deliveryFailures, webhookDeliveryCalls } from '../../web/src/api/webhook-deliveries.ts';
import { webhookCalls } from '../../web/src/api/webhooks.ts';
import { messages } from '../../web/src/i18n/en.ts';
import { eventTypes } from '../../web/src/api/event-types.ts';
import { MAX_BARCODES, MAX_CHARACTERS, MAX_TAGS } from '../../web/src/texts.ts';
import { isDeclared, recordReads } from './recorded-reads.ts';
import { KEY, startGateway, startService, type Service } from './start-service.ts';

/**
 * Products declares, in its OpenAPI document, whatever Inventory and the web app read of its
 * answers. What they read is recorded while they read real answers. And whatever a service adds,
 * those have that keep a copy of its words.
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

function askProducts(document: unknown) {
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
  const client = { ...createClient({}), ask };
  return {
    ...productCalls(client),
    ...priceChangeCalls(client),
    ...webhookCalls(client),
    ...webhookDeliveryCalls(client),
  };
}

const ids = '?filter[id]=1,2';
const READERS: readonly Reader[] = [
  {
    reader: 'Inventory, which prices purchases,',
    address: '/internal/products',
    query: ids,
    read: (document) => use(askProducts(document).snapshots([1, 2])),
  },
  {
    reader: 'Inventory, which includes products,',
    address: '/internal/products',
    query: ids,
    read: (document) => use(askProducts(document).descriptions([1, 2])),
  },
  {
    reader: 'Inventory, which follows the changes,',
    address: '/api/v1/product-events',
    query: '?page[after]=0',
    async read(document) {
      const answer = await askProducts(document).eventsAfter(0);
      const events = [1, 2].map((id) => ({ position: id, productId: id, version: 1 }));
      expect(answer).toMatchObject({ ok: true, events, head: 2 });
    },
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
    reader: 'The web app, which shows what a product cost,',
    address: '/api/v1/product-price-changes',
    query: '',
    read: (document) => web(document).priceChanges({ productId: '1' }),
  },
  {
    reader: 'The web app, which lists tags,',
    address: '/api/v1/product-tags',
    query: '',
    read: (document) => web(document).productTags({}),
  },
  {
    reader: 'The web app, which lists webhooks,',
    address: '/api/v1/product-webhooks',
    query: '',
    read: (document) => web(document).webhooks('catalogue', {}),
  },
  {
    reader: 'The web app, which lists deliveries,',
    address: '/api/v1/product-webhook-deliveries',
    query: '',
    read: (document) => web(document).webhookDeliveries('catalogue', { webhookId: '1' }),
  },
];

let folder: string;
let products: Service;
let inventory: Service;
let gateway: Service;
let productsUrl: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'anaquel-contracts-'));
  products = await startService('products', folder, {
    WEBHOOKS_SECRET_KEY: Buffer.alloc(32).toString('base64'),
    WEBHOOKS_ALLOW_PRIVATE: 'true',
  });
  productsUrl = await products.app.listen({ host: '127.0.0.1', port: 0 });
  inventory = await startService('inventory', folder, { PRODUCTS_BASE_URL: productsUrl });
  gateway = await startGateway(folder);
  const mug = {
    sku: 'MUG-1',
    description: 'Holds 350 ml.',
    imageUrl: '/mug.png',
    tags: ['kitchen'],
    barcodes: ['4006381333931'],
    packSize: 12,
    supplier: 'Alfarería Sur',
    leadTimeDays: 7,
  };
  for (const attributes of [
    { name: 'Mug', price: 14.5, ...mug },
    { name: 'Lamp', price: 0 },
  ]) {
    await create('products', { type: 'products', attributes });
  }
  const webhook = { type: 'product-webhooks', attributes: { url: 'http://127.0.0.1:9/' } };
  const made = await create('product-webhooks', webhook);
  await create('product-webhook-deliveries', {
    type: 'product-webhook-deliveries',
    attributes: { cause: 'test' },
    relationships: { webhook: { data: { type: 'product-webhooks', id: made.data.id } } },
  });
});

/** Makes something in Products. */
async function create(path: string, data: object) {
  const answer = await products.app.inject({
    method: 'POST',
    url: `/api/v1/${path}`,
    headers: { 'x-api-key': KEY, 'content-type': MEDIA_TYPE },
    payload: { data },
  });
  expect(answer.statusCode).toBe(201);
  return answer.json() as { readonly data: { readonly id: string } };
}

afterAll(async () => {
  await gateway.close();
  await inventory.close();
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
    const schema = await declaredAnswer(address);
    const undeclared = [...reads]
      .filter((path) => !isDeclared(schema, path) && !OF_EVERY_LIST.test(path))
      .map((path) => `${reader} reads ${path}, which Products does not declare`);
    expect(undeclared).toEqual([]);
  });
});

interface Operation {
  readonly responses: Record<string, { readonly content: Record<string, { schema: object }> }>;
}

async function declaredAnswer(address: string): Promise<object | undefined> {
  const { paths: all = {} } = await products.app.openApiDocument();
  const paths = all as Record<string, { get: Operation }>;
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

describe('what a service adds is not forgotten:', () => {
  test('Inventory and the web app read every attribute of a product', async () => {
    const headers = { 'x-api-key': KEY };
    const json = { ...headers, 'content-type': MEDIA_TYPE };
    const data = { type: 'inventories', id: '1', attributes: { onHand: 5 } };
    await inventory.app.inject({
      method: 'POST',
      url: '/api/v1/inventories',
      headers: json,
      payload: { data },
    });
    const included = await inventory.app.inject({
      url: '/api/v1/inventories/1?include=product',
      headers,
    });
    const answer = await products.app.inject({ url: '/api/v1/products/1' });
    const product = (answer.json() as { data: { attributes: object } }).data;
    expect(included.json()).toMatchObject({ included: [{ attributes: expect.anything() }] });
    const [copy] = (included.json() as { included: { attributes: object }[] }).included;
    expect(copy?.attributes).toStrictEqual(product.attributes);
    const read = await createApi({ baseUrl: productsUrl }).product('1');
    expect(read.ok && read.value.value).toStrictEqual({
      id: '1',
      ...product.attributes,
      // Without a key nobody is told.
      supplier: null,
      leadTimeDays: null,
    });
  });

  test('the web app has each kind of movement and each status', async () => {
    const documents = JSON.stringify([
      await products.app.openApiDocument(),
      await inventory.app.openApiDocument(),
    ]);
    for (const values of [
      movementKinds,
      productStatuses,
      reservationStatuses,
      webhookStatuses,
      pausedReasons,
      deliveryStatuses,
      deliveryCauses,
    ])
      expect(documents).toContain(`"enum":${JSON.stringify(values)}`);
  });

  test('the web app listens to each type of event', async () => {
    const { paths = {} } = await inventory.app.openApiDocument();
    const stream = JSON.stringify(paths);
    const types = [...stream.matchAll(/`((?:stock|reservation|purchase)\.[a-z-]+)`/g)].map(
      ([, type]) => String(type),
    );
    expect(new Set(types)).toEqual(new Set(eventTypes));
  });

  test('a webhook may have each type of event, and the web app knows them', async () => {
    const typesOf = async (service: Service, address: string) =>
      JSON.stringify((await attributesOf(service, address))['eventTypes']);
    const { stock, catalogue } = webhookEventTypes;
    expect(await typesOf(inventory, '/api/v1/stock-webhooks')).toContain(
      `"enum":${JSON.stringify(stock)}`,
    );
    expect(await typesOf(products, '/api/v1/product-webhooks')).toContain(
      `"enum":${JSON.stringify(catalogue)}`,
    );
    expect(Object.keys(endpointUrlProblems)).toEqual(urlProblems);
    expect(failureCodes).toEqual(deliveryFailures);
  });

  test('the web app knows how many characters each text may have', async () => {
    const { search: _search, reason, tag, barcode, ...ofProduct } = MAX_CHARACTERS;
    const { tags, barcodes, ...attributes } = await attributesOf(products, '/api/v1/products');
    // The pattern of a currency says its length.
    const texts = Object.entries(attributes).filter(([, { maxLength }]) => maxLength !== undefined);
    expect(Object.fromEntries(texts.map(([name, { maxLength }]) => [name, maxLength]))).toEqual(
      ofProduct,
    );
    expect(tags).toMatchObject({ maxItems: MAX_TAGS, items: { maxLength: tag } });
    expect(barcodes).toMatchObject({ maxItems: MAX_BARCODES, items: { maxLength: barcode } });
    const movement = await attributesOf(inventory, '/api/v1/stock-movements');
    expect(movement['reason']).toMatchObject({ maxLength: reason });
  });

  test('the web app searches for no more characters than Products takes', async () => {
    const statusOf = async (length: number) => {
      const text = 'é'.repeat(length);
      const url = `/api/v1/products?filter[search]=${encodeURIComponent(text)}`;
      return (await products.app.inject({ url })).statusCode;
    };
    const { search } = MAX_CHARACTERS;
    expect([await statusOf(search), await statusOf(search + 1)]).toEqual([200, 400]);
  });

  test('the glossary has each kind of movement and each type of its event', () => {
    const page = readFileSync(resolve(import.meta.dirname, '../../ARCHITECTURE.md'), 'utf8');
    const rowOf = (start: string) =>
      page.split('\n').find((row) => row.startsWith(start)) ?? `no row ${start}`;
    const names = [...rowOf('| kind | what').matchAll(/`([a-z-]+)`/g)].map(([, name]) => name);
    expect(names).toEqual(movementKinds);
    const table = page.slice(page.indexOf('| step | kind of its movement | event |'));
    for (const kind of movementKinds) expect(table).toContain(`| \`${kind}\` | \`stock.`);
    for (const type of eventTypes)
      if (type !== 'stock.changed') expect(table).toContain(`\`${type}\``);
  });

  test.each(['products', 'inventory', 'gateway'])(
    'the web app has a text for each error code of %s, or knows that it needs none',
    async (name) => {
      const codes = await errorCodesOf({ products, inventory, gateway }[name]);
      expect(codes).not.toEqual([]);
      expect(codes.filter((code) => !(code in messages.problems) && !isUnseen(code))).toEqual([]);
    },
  );

  test('no code that has a text counts as one that needs none', async () => {
    expect(Object.keys(messages.problems).filter(isUnseen)).toEqual([]);
    const codes = (await Promise.all([products, inventory, gateway].map(errorCodesOf))).flat();
    expect(Object.values(UNSEEN).flat().toSorted()).toEqual(
      [...new Set(codes)].filter(isUnseen).toSorted(),
    );
  });
});

interface TextSchema {
  readonly maxLength?: number;
}

/** The attributes that a body of a POST may have. */
async function attributesOf(
  service: Service,
  address: string,
): Promise<Record<string, TextSchema>> {
  const { paths: all = {} } = await service.app.openApiDocument();
  const paths = all as Record<
    string,
    { post: { requestBody: { content: Record<string, { schema: object }> } } }
  >;
  const content = paths[address]?.post.requestBody.content[MEDIA_TYPE];
  const schema = content?.schema as {
    properties: {
      data: { properties: { attributes: { properties: Record<string, TextSchema> } } };
    };
  };
  return schema.properties.data.properties.attributes.properties;
}

/** The codes in the table of errors that a service's documentation begins with. */
async function errorCodesOf(service: Service | undefined): Promise<string[]> {
  const { description = '' } = (await service?.app.openApiDocument())?.info ?? {};
  return [...description.matchAll(/^\| \d{3} \| `([a-z-]+)` \|/gm)].map(([, code = '']) => code);
}

/** Codes without a text of their own: the web app tells them by the texts in `errors`. */
const UNSEEN: Readonly<Record<string, readonly string[]>> = {
  'it builds its requests so that no service answers them': [
    'client-generated-id',
    'header-fields-too-large',
    'id-conflict',
    'idempotency-key-required',
    'invalid-document',
    'invalid-json',
    'invalid-request',
    'method-not-allowed',
    'not-acceptable',
    'operation-not-supported',
    'payload-too-large',
    'read-only-attribute',
    'relationship-read-only',
    'type-conflict',
    'unsupported-media-type',
    'uri-too-long',
  ],
  'it has no key and no token of its own': [
    'key-required',
    'key-unknown',
    'role-missing',
    'token-invalid',
    'token-unverifiable',
  ],
  'under such a name the browser has no web app': ['host-not-allowed'],
  'only the gateway meets it, which answers 503': ['certificate-refused'],
  'the kind of the error says as much': [
    'outcome-unknown',
    'request-timeout',
    'service-unavailable',
  ],
};

function isUnseen(code: string): boolean {
  return Object.values(UNSEEN).some((codes) => codes.includes(code));
}
