import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer, Call } from './http-caller.ts';
import { collectionFiles } from '../tools/collection/collection-files.ts';
import { exampleRequest } from '../tools/example-request.ts';
import { documentedResponse, nameOf, operationsOf } from '../tools/openapi-document.ts';
import type { OpenApiDocument, Operation } from '../tools/openapi-document.ts';
import { runCollection } from './run-collection.ts';
import { startServices } from './services.ts';
import type { Services } from './services.ts';

const services = ['products', 'inventory'] as const;
type ServiceName = (typeof services)[number];

const inProject = (path: string) => join(import.meta.dirname, '..', path);

const documents = {} as Record<ServiceName, OpenApiDocument>;
let shop: Services;
/** Ids of the shop. Ids of purchases can't be guessed, so the documents have no example of one. */
/** A reservation for each operation, since one operation changes it for the others. */
const reservationIds: string[] = [];
/** A webhook to read and change, one to delete, and a delivery. */
const webhookIds = {} as Record<ServiceName, { kept: string; spare: string; delivery: string }>;
const SUBJECTS = { products: 'product', inventory: 'stock' } as const;
let purchaseId: string;
let draftId: string;
let pictureId: string;

const secret = {
  actor: 'cashier-zoraida',
  reason: 'Broken in the yard',
  draft: 'Secret Prototype',
};

beforeAll(async () => {
  shop = await startServices({
    demo: true,
    env: {
      WEBHOOKS_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
      // The endpoint of the examples is not looked up then.
      WEBHOOKS_ALLOW_PRIVATE: 'true',
    },
  });
  for (const service of services) {
    const { body } = await shop.request(service, { path: '/openapi.json' });
    documents[service] = body as OpenApiDocument;
  }
  pictureId = await created('products', '/api/v1/product-pictures', {
    type: 'product-pictures',
    attributes: { content: Buffer.from('RIFF0000WEBP').toString('base64') },
  });
  purchaseId = await created(
    'inventory',
    '/api/v1/purchases',
    { type: 'purchases', attributes: { lines: [{ productId: '2', quantity: 1 }] } },
    { 'idempotency-key': 'purchase-1' },
  );
  const lines = [{ productId: '3', quantity: 1 }];
  for (const key of ['get', 'patch', 'delete']) {
    const reservation = { type: 'reservations', attributes: { lines, expiresInSeconds: 600 } };
    const headers = { 'idempotency-key': `reservation-${key}` };
    reservationIds.push(await created('inventory', '/api/v1/reservations', reservation, headers));
  }
  for (const service of services) webhookIds[service] = await makeWebhooks(service);
});

async function makeWebhooks(service: ServiceName) {
  const type = `${SUBJECTS[service]}-webhooks`;
  const attributes = { url: 'http://127.0.0.9:9/', status: 'paused' };
  const make = () => created(service, `/api/v1/${type}`, { type, attributes });
  const kept = await make();
  const deliveries = `${SUBJECTS[service]}-webhook-deliveries`;
  const delivery = await created(service, `/api/v1/${deliveries}`, {
    type: deliveries,
    attributes: { cause: 'test' },
    relationships: { webhook: { data: { type, id: kept } } },
  });
  return { kept, spare: await make(), delivery };
}

/** The id of a webhook or a delivery for this operation; undefined when it takes none. */
function webhookIdFor(service: ServiceName, { method, path }: Operation): string | undefined {
  const { kept, spare, delivery } = webhookIds[service];
  if (path.includes('-webhook-deliveries/{id}')) return delivery;
  if (!path.includes('-webhooks/{id}')) return undefined;
  return method === 'DELETE' ? spare : kept;
}

/**
 * The request that the documentation page would send, with the id that a reader would put into its
 * address, and the same into its body. A reader would also ask for a test of a webhook that is
 * there.
 */
function exampleCall(service: ServiceName, operation: Operation, idOf: () => string): Call {
  let id: string | undefined;
  const known = (example: unknown) =>
    example === UNKNOWN_WEBHOOK ? webhookIds[service].kept : example;
  const { path, query, headers, body } = exampleRequest(operation, {
    parameter({ in: place, example }) {
      if (place !== 'path') return example === undefined ? undefined : String(known(example));
      id = example === undefined ? idOf() : String(example);
      return encodeURIComponent(id);
    },
    member(name, example, type) {
      return name === 'id' && type === 'reservations' ? id : known(example);
    },
  });
  const search = query.map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
  return { method: operation.method, path: `${path}${search && `?${search}`}`, headers, body };
}

/** Of the examples. */
const UNKNOWN_WEBHOOK = '0193a7c4-0000-7000-8000-000000000000';

afterAll(() => shop?.remove());

/** Differences between an answer and its documentation. */
const ajv = formats.default(new Ajv2020({ strict: false, allErrors: true }));

function expectDocumented(service: ServiceName, operation: Operation, answer: Answer): void {
  const name = nameOf(operation);
  const type = answer.headers['content-type']?.replace(/; charset=utf-8$/, '');
  const content = documentedResponse(operation, answer.status).content;
  if (content === undefined) {
    expect([name, answer.text, type]).toEqual([name, '', undefined]);
    return;
  }
  expect(Object.keys(content), `the types of ${name}`).toContain(type);
  const valid = ajv.validate(withShared(service, content[type ?? '']?.schema ?? {}), answer.body);
  expect(valid ? [] : [name, ajv.errors, answer.text.slice(0, 500)]).toEqual([]);
}

/** A schema of a document together with the schemas that it refers to. */
function withShared(service: ServiceName, schema: object): object {
  const { components } = documents[service];
  return { ...schema, components };
}

async function created(service: ServiceName, path: string, data: object, headers = {}) {
  const answer = await shop.call(service, {
    method: 'POST',
    path,
    headers: { 'content-type': 'application/vnd.api+json', ...headers },
    body: { data },
  });
  expect(answer.status, `answered ${answer.text}`).toBe(201);
  return (answer.body as { data: { id: string } }).data.id;
}

describe.each(services)('the document of %s', (service) => {
  test('is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate({ ...structuredClone(documents[service]) });
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
    expect(documents[service].openapi).toMatch(/^3\.1\./);
  });

  test('names its server, and each operation uniquely', () => {
    const { servers } = documents[service];
    expect(servers.map(({ url }) => url)).toEqual(['/']);
    const ids = operationsOf(documents[service]).map(({ operationId }) => operationId);
    expect(
      ids.filter((id) => !/^(?:get|post|put|patch|delete)[A-Z][A-Za-z0-9]+$/.test(id)),
    ).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('lists the answers of each operation one by one, refusals with their codes', () => {
    for (const operation of operationsOf(documents[service])) {
      const name = nameOf(operation);
      const statuses = Object.keys(operation.responses);
      expect([name, statuses.filter((status) => !/^[1-5][0-9]{2}$/.test(status))]).toEqual([
        name,
        [],
      ]);
      if (operation.path.startsWith('/health')) continue;
      expect([name, statuses]).toEqual([
        name,
        expect.arrayContaining(['401', '403', '421', '429', '500', '503']),
      ]);
      if (operation.requestBody)
        expect([name, statuses]).toEqual([name, expect.arrayContaining(['400', '413', '422'])]);
      for (const status of statuses.filter((one) => one >= '400')) {
        const { description } = documentedResponse(operation, Number(status));
        expect([name, status, description]).toEqual([
          name,
          status,
          expect.stringMatching(/^`[a-z-]+`: .*\.$/),
        ]);
      }
    }
  });

  test('has examples that fit their own schemas', () => {
    let count = 0;
    const expectFit = (name: string, schema: object | undefined, example: unknown) => {
      if (schema === undefined || example === undefined) return;
      count += 1;
      const fits = ajv.validate(withShared(service, schema), example);
      expect([name, example, fits ? [] : ajv.errors]).toEqual([name, example, []]);
    };
    for (const operation of operationsOf(documents[service])) {
      for (const { name, schema, example } of operation.parameters)
        expectFit(`${nameOf(operation)} ${name}`, schema, example);
      for (const { schema, example } of Object.values(operation.requestBody?.content ?? {}))
        expectFit(nameOf(operation), schema, example);
    }
    expect(count).toBeGreaterThan(10);
  });

  test('marks optional members as optional, so that the page sends requests without them', () => {
    const required = operationsOf(documents[service]).flatMap((operation) =>
      operation.parameters
        .filter((parameter) => parameter.in !== 'path' && parameter.required)
        .map(({ name }) => `${nameOf(operation)}: ${name}`),
    );
    expect(required).toEqual(
      {
        products: ['GET /internal/products: filter[id]'],
        inventory: [
          'POST /api/v1/stock-movements: idempotency-key',
          'POST /api/v1/stock-operations: idempotency-key',
          'POST /api/v1/purchases: idempotency-key',
          'POST /api/v1/reservations: idempotency-key',
          'POST /inventory/{id}: quantity',
          'POST /api/v1/inventory/{id}: quantity',
        ],
      }[service],
    );
  });
});

describe('over the demo catalogue', () => {
  test('every example of both documents can be sent as it is, in order, and is answered as documented', async () => {
    const examples = { products: 0, inventory: 0 };
    const [someReservationId = ''] = reservationIds;
    for (const service of services) {
      for (const operation of operationsOf(documents[service])) {
        const call = exampleCall(service, operation, () => {
          const webhookId = webhookIdFor(service, operation);
          if (webhookId !== undefined) return webhookId;
          if (operation.path === '/api/v1/reservations/{id}') return reservationIds[0] ?? '';
          if (operation.path.startsWith('/api/v1/reservations/{id}/')) return someReservationId;
          expect(nameOf(operation)).toMatch(/^GET \/api\/v1\/purchases\/\{id\}/);
          return purchaseId;
        });
        const answer = await shop.call(service, call);
        if (operation.path === '/api/v1/reservations/{id}') reservationIds.shift();
        const name = `${nameOf(operation)} answered ${answer.status}`;
        expect([name, answer.status < 300 ? '' : answer.text]).toEqual([name, '']);
        expectDocumented(service, operation, answer);
        expect([name, answer.headers['idempotency-replayed']]).toEqual([name, undefined]);
        examples[service] += 1;
      }
    }
    expect(examples.products).toBeGreaterThanOrEqual(18);
    expect(examples.inventory).toBeGreaterThanOrEqual(28);
  });
});

function existingIdOf({ path }: Operation): string {
  // The id of a tag is its text.
  if (path.includes('/product-tags/')) return 'kitchen';
  return path.includes('/product-pictures/') ? pictureId : '1';
}

describe('without a key', () => {
  /**
   * This list is written by hand, because a wrong scope in a route would be wrong in the document
   * too.
   */
  const allowed = {
    products: [
      'GET /health',
      'GET /health/live',
      'GET /health/ready',
      'GET /api/v1/products',
      'GET /api/v1/products/{id}',
      'GET /api/v1/product-pictures/{id}',
      'GET /api/v1/product-tags',
      'GET /api/v1/product-tags/{id}',
      'GET /products',
      'GET /products/',
      'GET /products/{id}',
    ],
    inventory: [
      'GET /health',
      'GET /health/live',
      'GET /health/ready',
      'GET /api/v1/inventories',
      'GET /api/v1/inventories/{id}',
      'GET /api/v1/inventories/{id}/product',
      'GET /api/v1/inventories/{id}/relationships/product',
      'GET /inventory/{id}',
      'GET /api/v1/inventory/{id}',
    ],
  };

  beforeAll(async () => {
    const actor = { 'x-actor': secret.actor };
    draftId = await created('products', '/api/v1/products', {
      type: 'products',
      attributes: { name: secret.draft, price: 1234.56, status: 'draft' },
    });
    await created(
      'inventory',
      '/api/v1/inventories',
      { type: 'inventories', id: draftId, attributes: { onHand: 8 } },
      actor,
    );
    await created(
      'inventory',
      '/api/v1/stock-movements',
      {
        type: 'stock-movements',
        attributes: { kind: 'adjustment', quantity: -1, reason: secret.reason },
        relationships: { product: { data: { type: 'products', id: draftId } } },
      },
      { ...actor, 'idempotency-key': 'adjust-1' },
    );
  });

  /** Sends an operation's example without a key, once for each of the ids. */
  async function callAnonymously(
    anonymous: Services,
    service: ServiceName,
    operation: Operation,
    ids: readonly string[],
  ) {
    const withId = (id: string) => ({
      ...operation,
      parameters: operation.parameters.map((parameter) =>
        parameter.in === 'path' ? { ...parameter, example: id } : parameter,
      ),
    });
    const targets = operation.path.includes('{') ? ids.map(withId) : [operation];
    return Promise.all(
      targets.map((target) =>
        anonymous.request(
          service,
          exampleCall(service, target, () => ''),
        ),
      ),
    );
  }

  test.each(services)('%s serves exactly what its document opens', async (service) => {
    const served: string[] = [];
    const opened: string[] = [];
    for (const operation of operationsOf(documents[service])) {
      const { security } = operation;
      if (
        security.length === 0 ||
        security.some((requirement) => Object.keys(requirement).length === 0)
      )
        opened.push(nameOf(operation));
      const existingId = existingIdOf(operation);
      const ids = [existingId, draftId, purchaseId, '999999', 'x'];
      const answers = await callAnonymously(shop, service, operation, ids);
      for (const answer of answers) {
        expectDocumented(service, operation, answer);
        expectNothingLeaks(nameOf(operation), answer);
      }
      if (answers.some(({ status }) => status !== 401)) {
        served.push(nameOf(operation));
        // An open route must not contain an id that needs a key, either.
        expect(answers.map(({ status }) => status)).not.toContain(401);
        expect(answers[0]?.status).toBe(200);
      } else {
        for (const { body, headers } of answers) {
          expect(body).toMatchObject({ errors: [{ status: '401', code: 'key-required' }] });
          expect(headers['www-authenticate']).toMatch(/^ApiKey/);
        }
      }
    }
    expect(served.toSorted()).toEqual(opened.toSorted());
    expect(served.toSorted()).toEqual(allowed[service].toSorted());
  });

  function expectNothingLeaks(name: string, { text }: Answer): void {
    for (const word of [...Object.values(secret), '1234.56', '"actor"', '"reason"', '"owner"'])
      expect([name, word, text.includes(word)]).toEqual([name, word, false]);
    // Stacks, paths and SQL.
    expect([name, text]).toEqual([
      name,
      expect.not.stringMatching(/\bat .*\.[jt]s:|node_modules|\/src\/|sqlite|SELECT |constraint/i),
    ]);
  }

  test('drafts are hidden in lists and searches and by their id', async () => {
    for (const path of [
      `/api/v1/products/${draftId}`,
      `/products/${draftId}`,
      `/api/v1/products?filter%5Bid%5D=${draftId}`,
      `/api/v1/products?filter%5Bstatus%5D=draft`,
      `/api/v1/products?filter%5Bsearch%5D=prototype`,
      '/products/',
      '/products?limit=100',
    ]) {
      const answer = await shop.request('products', { path });
      expect([path, [200, 404].includes(answer.status)]).toEqual([path, true]);
      expectNothingLeaks(path, answer);
    }
  });

  test('addresses that do not exist are 404 and show nothing else', async () => {
    for (const service of services) {
      const answer = await shop.request(service, { path: '/api/v1/nowhere' });
      expect([answer.status, answer.headers['content-type']]).toEqual([
        404,
        'application/vnd.api+json',
      ]);
      expectNothingLeaks('/api/v1/nowhere', answer);
    }
  });

  test('ANONYMOUS_SCOPES opens and closes the operations of its scopes', async () => {
    const strict = await startServices({ env: { ANONYMOUS_SCOPES: 'products:read' } });
    try {
      const reads = async (service: ServiceName, path: string) =>
        (await strict.request(service, { path })).status;
      expect(await reads('products', '/api/v1/products')).toBe(200);
      expect(await reads('products', '/products/')).toBe(200);
      for (const path of [
        '/api/v1/inventories',
        '/api/v1/inventories/1',
        '/inventory/1',
        '/api/v1/inventory/1',
      ])
        expect([path, await reads('inventory', path)]).toEqual([path, 401]);
      const { body } = await strict.request('inventory', { path: '/openapi.json' });
      const open = operationsOf(body as OpenApiDocument).filter(({ security }) =>
        security.every((requirement) => Object.keys(requirement).length === 0),
      );
      expect(open.map(nameOf)).toEqual(['GET /health', 'GET /health/live', 'GET /health/ready']);
    } finally {
      await strict.remove();
    }
  });
});

describe('with a wrong key', () => {
  const wrong = { 'x-api-key': 'guessed' };

  test.each(services)('%s refuses everything but health and docs', async (service) => {
    for (const operation of operationsOf(documents[service])) {
      const call = exampleCall(service, operation, () => '1');
      const answer = await shop.request(service, {
        ...call,
        headers: { ...call.headers, ...wrong },
      });
      const name = nameOf(operation);
      if (operation.path.startsWith('/health')) expect([name, answer.status]).toEqual([name, 200]);
      else {
        expect([name, answer.status]).toEqual([name, 401]);
        expect(answer.body).toMatchObject({
          errors: [{ code: 'key-unknown', source: { header: 'x-api-key' } }],
        });
      }
    }
    for (const path of ['/docs', '/docs/json', '/openapi.json'])
      expect([path, (await shop.request(service, { path, headers: wrong })).status]).toEqual([
        path,
        200,
      ]);
    const nowhere = await shop.request(service, { path: '/nowhere', headers: wrong });
    expect(nowhere.status).toBe(401);
  });

  test("the other service's key is refused", async () => {
    const call = { path: '/api/v1/products', headers: { 'x-api-key': shop.keys.inventory } };
    expect((await shop.request('products', call)).status).toBe(401);
  });
});

describe.each(services)('the documentation page of %s', (service) => {
  test('loads nothing but its own files, and all of them without a key', async () => {
    const docs = await shop.request(service, { path: '/docs' });
    expect([docs.status, docs.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const assets = [...docs.text.matchAll(/\b(?:src|href)="([^"]*)"/g)].map(
      ([, address = '']) => address,
    );
    expect(assets.length).toBeGreaterThanOrEqual(5);
    const base = new URL('/docs', shop.origins[service]);
    for (const address of [...assets, '/docs/json', '/docs/static/oauth2-redirect.html']) {
      const url = new URL(address, base);
      expect([address, url.origin]).toEqual([address, base.origin]);
      const answer = await shop.request(service, { path: url.pathname });
      expect([address, answer.status, answer.text === '']).toEqual([address, 200, false]);
      // URLs that a style sheet fetches, not those that it only names.
      if (address.endsWith('.css'))
        expect(answer.text).not.toMatch(/@import|url\(["']?(?:https?:)?\/\//);
      if (address.endsWith('initializer.js')) {
        expect(answer.text).toContain("url: resolveUrl('./json')");
        expect(answer.text).not.toMatch(/["'](?:https?:)?\/\/(?!stackoverflow)/);
      }
    }
    const policy = docs.headers['content-security-policy'];
    expect(policy).toContain("default-src 'self'");
    expect(policy).not.toMatch(/https?:|\*/);
  });

  test('shows the document that /openapi.json serves', async () => {
    const answer = await shop.request(service, { path: '/docs/json' });
    expect(answer.body).toEqual(documents[service]);
  });
});

describe('the Postman collection', () => {
  const [collection = '', environment = ''] = [
    'docs/anaquel.postman_collection.json',
    'docs/anaquel.postman_environment.json',
  ].map(inProject);

  test('is that of the documents: npm run collection makes it', () => {
    for (const [path, text] of Object.entries(collectionFiles(documents)))
      expect([path, readFileSync(inProject(path), 'utf8')]).toEqual([path, text]);
  });

  test('passes as a whole, and again on the same shop', async () => {
    const variables = {
      productsUrl: shop.origins.products,
      inventoryUrl: shop.origins.inventory,
      productsApiKey: shop.keys.products,
      inventoryApiKey: shop.keys.inventory,
      webhookUrl: 'http://127.0.0.9:9/',
    };
    const runs = [];
    for (let round = 1; round <= 2; round += 1)
      runs.push(await runCollection({ collection, environment }, variables));
    expect(runs.map(({ failures }) => failures)).toEqual([[], []]);
    for (const { requests, assertions } of runs) {
      expect(requests).toBeGreaterThan(90);
      expect(assertions).toBeGreaterThan(2 * requests);
    }
  });
});

describe('docs/api.md', () => {
  const markdown = readFileSync(inProject('docs/api.md'), 'utf8');

  test('lists the error codes of both documents and of the gateway, no other', () => {
    const rows = (text: string) =>
      [...text.matchAll(/^\| (\d{3}) \| `([a-z-]+)` \| (.*?) \|/gm)].map(
        ([, status, code, title]) => `${status} ${code} ${title}`,
      );
    const gateway = readFileSync(inProject('services/gateway/src/http/problems.ts'), 'utf8');
    const known = [
      ...services.flatMap((service) => rows(documents[service].info.description)),
      ...[...gateway.matchAll(/'([a-z-]+)': \{ status: (\d{3}), title: '(.*)' \}/g)].map(
        ([, code, status, title]) => `${status} ${code} ${title}`,
      ),
    ];
    expect(rows(markdown)).toEqual([...new Set(known)].toSorted());
  });
});
