import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  creation,
  expectRefusal,
  expectStatus,
  hrefOf,
  MT,
  NO_ID,
  openConformanceShop,
  receipt,
  RELATIONSHIPS,
  SERVICES,
} from './shop.ts';
import type { RequestOptions, ConformanceShop, Document, Reply } from './shop.ts';

// K. Creating, L. Updating, M. Deleting and errors: https://jsonapi.org/format/1.1/#crud

let shop: ConformanceShop;
beforeAll(async () => {
  shop = await openConformanceShop();
});
afterAll(() => shop?.remove());

type Service = (typeof SERVICES)[number];

const P = '/api/v1/products';
const I = '/api/v1/inventories';

function create(service: Service, body: unknown, path = creation(service).path): Promise<Reply> {
  return shop.ask(service, 'POST', path, { body });
}

/** A valid update for each service. */
const CHANGED = {
  products: { path: P, type: 'products', attributes: { description: 'New' } },
  inventory: { path: I, type: 'inventories', attributes: { lowStockThreshold: 2 } },
} as const;

function change(
  service: Service,
  id: string,
  data: object,
  options: RequestOptions = {},
): Promise<Reply> {
  const { path, type } = CHANGED[service];
  const body = { data: { type, id, ...data } };
  return shop.ask(service, 'PATCH', `${path}/${id}`, { body, ...options });
}

async function readOne(service: Service, id: string): Promise<Document> {
  return (await shop.get(service, `${CHANGED[service].path}/${id}`)).json.data;
}

/** The counts of everything that a request could have left behind. */
async function everything(): Promise<unknown> {
  const total = async (service: Service, path: string) =>
    (await shop.get(service, path)).json.meta.page.total;
  const head = async (service: Service, path: string) =>
    (await shop.get(service, path)).json.meta.page.head;
  return {
    products: await total('products', P),
    productEvents: await head('products', '/api/v1/product-events'),
    movements: await total('inventory', '/api/v1/stock-movements'),
    purchases: await total('inventory', '/api/v1/purchases'),
    reservations: await total('inventory', '/api/v1/reservations'),
    stockEvents: await head('inventory', '/api/v1/stock-events'),
  };
}

/** What Inventory can create, each with a valid body. */
const MADE = [
  { path: '/api/v1/stock-movements', data: receipt('1', 1) },
  {
    path: '/api/v1/purchases',
    data: { type: 'purchases', attributes: { lines: [{ productId: '1', quantity: 1 }] } },
  },
  {
    path: '/api/v1/reservations',
    data: {
      type: 'reservations',
      attributes: { lines: [{ productId: '1', quantity: 1 }], expiresInSeconds: 600 },
    },
  },
];

describe('K. creating', () => {
  test('82: a created resource is answered with 201 and can be read at its Location', async () => {
    const all = [{ service: 'products', ...creation('products') } as const].concat(
      MADE.map((one) => ({ service: 'inventory', ...one }) as never),
    );
    for (const { service, path, data } of all) {
      const reply = await create(service, { data }, path);
      expectStatus(reply, 201);
      const self = hrefOf(reply.json.data.links.self);
      expect(reply.headers.location).toBe(self);
      expect((await shop.follow(self)).json.data).toEqual(reply.json.data);
    }
    const id = await shop.product();
    const data = { type: 'inventories', id, attributes: { onHand: 3 } };
    const reply = await create('inventory', { data }, I);
    expectStatus(reply, 201);
    expect(reply.headers.location).toBe(hrefOf(reply.json.data.links.self));
    expect(await readOne('inventory', id)).toEqual(reply.json.data);
  });

  describe.each(SERVICES)('%s', (service) => {
    const { data } = creation(service);

    test.each([
      ['no data', {}],
      ['null', { data: null }],
      ['a list', { data: [] }],
      ['a list of one', { data: [data] }],
      ['text', { data: 'x' }],
    ])('83: %s is refused, and points at what is there', async (_name, body) => {
      const reply = await create(service, body);
      expectRefusal(reply, 400);
      expect(['', '/data']).toContain(reply.json.errors[0].source.pointer);
    });

    test('83: a resource without a type, or with attributes that are not an object, is refused', async () => {
      const { type: _, ...untyped } = data;
      expectRefusal(await create(service, { data: untyped }), 400, {
        source: { pointer: '/data' },
      });
      const reply = await create(service, { data: { ...data, attributes: [] } });
      expect(reply.status).toBeGreaterThanOrEqual(400);
      expect(reply.json.errors[0].source).toEqual({ pointer: '/data/attributes' });
    });

    test('84: a resource of another type is refused', async () => {
      const reply = await create(service, { data: { ...data, type: 'others' } });
      expectRefusal(reply, 409, { code: 'type-conflict', source: { pointer: '/data/type' } });
    });

    test('87: a null id, a local id and empty relationships are accepted', async () => {
      const { path, data: plain } = service === 'products' ? creation(service) : MADE[1]!;
      const body = { data: { ...plain, id: null, lid: 'a', relationships: {} } };
      expectStatus(await create(service, body, path), 201);
    });
  });

  test('83: a relationship without data is refused', async () => {
    const data = { ...receipt('1', 1), relationships: { product: { meta: {} } } };
    expectRefusal(await create('inventory', { data }), 400, {
      source: { pointer: '/data/relationships/product' },
    });
    const { relationships: _, ...without } = receipt('1', 1);
    expectRefusal(await create('inventory', { data: without }), 400);
  });

  test('85: an id from the client is refused', async () => {
    const uuid = '2f1d4c1e-6c1a-4b0e-9d53-0c5b8f7a1e42';
    const refusal = { code: 'client-generated-id', source: { pointer: '/data/id' } };
    for (const id of [uuid, '77']) {
      const { data } = creation('products');
      expectRefusal(await create('products', { data: { ...data, id } }), 403, refusal);
      for (const { path, data: document } of MADE)
        expectRefusal(await create('inventory', { data: { ...document, id } }, path), 403, refusal);
    }
  });

  test("85: the stock of a product takes the product's id, and is tracked once", async () => {
    const data = { type: 'inventories', id: '1', attributes: {} };
    expectRefusal(await create('inventory', { data }, I), 409, {
      code: 'already-tracked',
      source: { pointer: '/data/id' },
    });
    const unknown = { ...data, id: NO_ID };
    expectRefusal(await create('inventory', { data: unknown }, I), 404, {
      source: { pointer: '/data/id' },
    });
    expectRefusal(await create('inventory', { data: { ...data, id: undefined } }, I), 400);
  });

  test('86: a related resource must exist', async () => {
    const reply = await create('inventory', { data: receipt(NO_ID, 1) });
    expectRefusal(reply, 404);
    expect(reply.json.errors[0].source.pointer).toMatch(/^\/data\/relationships\/product\/data/);
    const returned = receipt('1', 1, { kind: 'return' });
    const purchase = { data: { type: 'purchases', id: NO_ID } };
    const data = { ...returned, relationships: { ...returned.relationships, purchase } };
    const none = await create('inventory', { data });
    expectRefusal(none, 404);
    expect(none.json.errors[0].source.pointer).toMatch(/^\/data\/relationships\/purchase\/data/);
  });

  test('88: a refused request leaves nothing behind', async () => {
    const before = await everything();
    const lines = [
      { productId: '1', quantity: 1 },
      { productId: '3', quantity: 1 },
    ];
    for (const [path, data] of [
      ['/api/v1/purchases', { type: 'purchases', attributes: { lines } }],
      [
        '/api/v1/reservations',
        { type: 'reservations', attributes: { lines, expiresInSeconds: 60 } },
      ],
      ['/api/v1/stock-movements', receipt(NO_ID, 1)],
      ['/api/v1/stock-movements', receipt('1', -1_000, { kind: 'adjustment', reason: 'Lost' })],
    ] as const)
      expect((await create('inventory', { data }, path)).status).toBeGreaterThanOrEqual(400);
    const attributes = { name: 'Good', price: 1, tags: [5] };
    expectRefusal(await create('products', { data: { type: 'products', attributes } }), 422);
    const duplicate = { name: 'Good', price: 1, sku: 'A-1' };
    expectRefusal(
      await create('products', { data: { type: 'products', attributes: duplicate } }),
      409,
    );
    expect(await everything()).toEqual(before);
  });
});

describe('L. updating', () => {
  test('89: an attribute that is left out stays; null sets null', async () => {
    const sku = 'KEEP-1';
    const id = await shop.product({ sku, description: 'Old', tags: ['a'] }, 12);
    const before = (await readOne('products', id)).attributes;
    const changed = await change('products', id, { attributes: { description: null } });
    expectStatus(changed, 200);
    const { updatedAt: _, ...rest } = before;
    expect(changed.json.data.attributes).toMatchObject({ ...rest, description: null });
    expectStatus(await change('inventory', id, { attributes: { lowStockThreshold: 5 } }), 200);
    const counted = await change('inventory', id, { attributes: { onHand: 7 } });
    expect(counted.json.data.attributes).toMatchObject({ onHand: 7, lowStockThreshold: 5 });
    const off = await change('inventory', id, { attributes: { lowStockThreshold: null } });
    expect(off.json.data.attributes).toMatchObject({ onHand: 7, lowStockThreshold: null });
  });

  test('89: a product without attributes keeps all of them', async () => {
    const before = await readOne('products', '1');
    for (const data of [{}, { attributes: {} }]) {
      const reply = await change('products', '1', data);
      expectStatus(reply, 200);
      expect(reply.json.data).toEqual(before);
    }
  });

  describe.each(SERVICES)('%s', (service) => {
    const { path, type, attributes } = CHANGED[service];
    const patch = (data: object, id = '1') =>
      shop.ask(service, 'PATCH', `${path}/${id}`, { body: { data } });

    test('90: the resource must be the one in the address, and exist', async () => {
      expectRefusal(await patch({ type, id: '2', attributes }), 409, {
        source: { pointer: '/data/id' },
      });
      expectRefusal(await patch({ type: 'others', id: '1', attributes }), 409, {
        source: { pointer: '/data/type' },
      });
      expectRefusal(await patch({ type, attributes }), 400, { source: { pointer: '/data' } });
      expectRefusal(await patch({ id: '1', attributes }), 400, { source: { pointer: '/data' } });
      expectRefusal(await patch({ type, id: NO_ID, attributes }, NO_ID), 404);
    });

    test('91: an update is answered with the resource, since other attributes changed too', async () => {
      const id = await shop.product({}, 1);
      const before = await readOne(service, id);
      const reply = await change(service, id, { attributes });
      expectStatus(reply, 200);
      const after = reply.json.data;
      expect(after.attributes).toMatchObject(attributes);
      expect(after.attributes.updatedAt >= before.attributes.updatedAt).toBe(true);
      expect(reply.headers.etag).toBeDefined();
      expect(after).toEqual(await readOne(service, id));
    });

    test('92: a read-only attribute may be sent back as it is', async () => {
      const id = await shop.product({ tags: ['x'] }, 20);
      const before = await readOne(service, id);
      const all = { ...before.attributes, ...attributes };
      const reply = await change(service, id, { attributes: all });
      expectStatus(reply, 200);
      expect(reply.json.data.attributes).toMatchObject(attributes);
    });

    const EARLY = '2020-01-01T00:00:00.000Z';
    const readOnlyChanges: Record<string, unknown>[] =
      service === 'products'
        ? [{ createdAt: EARLY }, { updatedAt: EARLY }]
        : [{ available: -1 }, { reserved: 1_000 }, { updatedAt: EARLY }];

    test.each(readOnlyChanges)(
      '92: a changed read-only attribute is refused: %j',
      async (readOnly) => {
        const [name] = Object.keys(readOnly);
        const before = await readOne(service, '1');
        const reply = await change(service, '1', { attributes: { ...attributes, ...readOnly } });
        expectRefusal(reply, 403, {
          code: 'read-only-attribute',
          source: { pointer: `/data/attributes/${name}` },
        });
        expect(await readOne(service, '1')).toEqual(before);
      },
    );

    test('92: an unknown attribute is refused', async () => {
      expectRefusal(await change(service, '1', { attributes: { ...attributes, zzz: 1 } }), 422, {
        code: 'invalid-attribute',
        source: { pointer: '/data/attributes/zzz' },
      });
    });
  });

  test('92: new resources have no attribute that only the server sets', async () => {
    const stamp = { createdAt: '2020-01-01T00:00:00.000Z' };
    for (const { service, path, data } of [
      { service: 'products', ...creation('products') } as const,
      ...MADE.map((one) => ({ service: 'inventory' as const, ...one })),
    ]) {
      const attributes = { ...data.attributes, ...stamp };
      expectRefusal(await create(service, { data: { ...data, attributes } }, path), 403, {
        code: 'read-only-attribute',
        source: { pointer: '/data/attributes/createdAt' },
      });
    }
  });

  test("92: a confirmation may send the reservation's own attributes back", async () => {
    const reservation = await create('inventory', { data: MADE[2]?.data }, MADE[2]?.path);
    const { id, attributes } = reservation.json.data;
    const confirm = (more: object) =>
      shop.ask('inventory', 'PATCH', `/api/v1/reservations/${id}`, {
        body: { data: { type: 'reservations', id, attributes: { status: 'confirmed', ...more } } },
      });
    expectRefusal(await confirm({ createdAt: '2020-01-01T00:00:00.000Z' }), 403);
    const { createdAt, total, currency, expiresAt } = attributes;
    expectStatus(await confirm({ createdAt, total, currency, expiresAt }), 200);
  });

  test('93: a conflict has a pointer', async () => {
    expectRefusal(await change('products', '2', { attributes: { sku: 'A-1' } }), 409, {
      code: 'sku-taken',
      source: { pointer: '/data/attributes/sku' },
    });
    expectRefusal(await change('inventory', '1', { attributes: { onHand: 0 } }), 409, {
      code: 'count-below-reserved',
      source: { pointer: '/data/attributes/onHand' },
    });
  });

  test('94, 95: relationships are read-only at every address and method', async () => {
    const owners = {
      inventories: '1',
      'stock-movements': '1',
      purchases: shop.purchases[0],
      reservations: shop.reservations[0],
    };
    const before = await everything();
    for (const [type, relationships] of Object.entries(RELATIONSHIPS)) {
      for (const [name, kind] of Object.entries(relationships)) {
        const owner = `/api/v1/${type}/${owners[type as keyof typeof owners]}`;
        const path = `${owner}/relationships/${name}`;
        const linkage = (await shop.get('inventory', path)).json.data;
        const bodies = kind === 'one' ? [{ data: null }, { data: linkage }] : [{ data: linkage }];
        for (const method of kind === 'one' ? ['PATCH'] : ['PATCH', 'POST', 'DELETE']) {
          for (const body of bodies) {
            expectRefusal(await shop.ask('inventory', method, path, { body }), 403, {
              code: 'relationship-read-only',
            });
          }
        }
        expect((await shop.get('inventory', path)).json.data).toEqual(linkage);
      }
    }
    expect(await everything()).toEqual(before);
    const path = `${P}/1/relationships/inventory`;
    expectRefusal(await shop.ask('products', 'PATCH', path, { body: { data: null } }), 404);
  });

  test('94: an update of their resource cannot change them, and may repeat them', async () => {
    const to = (id: string) => ({ product: { data: { type: 'products', id } } });
    const same = await change('inventory', '1', {
      attributes: { lowStockThreshold: 4 },
      relationships: to('1'),
    });
    expectStatus(same, 200);
    const other = await change('inventory', '1', {
      attributes: { lowStockThreshold: 6 },
      relationships: to('2'),
    });
    expectRefusal(other, 403);
    expect((await readOne('inventory', '1')).attributes.lowStockThreshold).toBe(4);
  });
});

describe('M. deleting', () => {
  const requests: [string, (id: string) => RequestOptions][] = [
    ['nothing', () => ({})],
    ['the media type and no body', () => ({ headers: { 'content-type': MT } })],
    ['a body', (id) => ({ body: { data: { type: 'products', id } } })],
  ];

  test.each(requests)(
    '96: a product, with %s; the second time it is 404',
    async (_name, optionsOf) => {
      const id = await shop.product();
      const path = `${P}/${id}`;
      const reply = await shop.ask('products', 'DELETE', path, optionsOf(id));
      expect([reply.status, reply.text]).toEqual([204, '']);
      expectRefusal(await shop.ask('products', 'DELETE', path, optionsOf(id)), 404);
      expectRefusal(await shop.ask('products', 'GET', path), 404);
      expectRefusal(await shop.ask('products', 'DELETE', `${P}/${NO_ID}`), 404);
    },
  );

  test.each(requests)(
    '96: a reservation, with %s; it can still be read',
    async (_name, optionsOf) => {
      const { path, data } = MADE[2]!;
      const { id } = (await create('inventory', { data }, path)).json.data;
      const reply = await shop.ask('inventory', 'DELETE', `${path}/${id}`, optionsOf(id));
      expect([reply.status, reply.text]).toEqual([204, '']);
      const { json } = await shop.get('inventory', `${path}/${id}`);
      expect(json.data.attributes.status).toBe('released');
      expectRefusal(await shop.ask('inventory', 'DELETE', `${path}/${NO_ID}`), 404);
    },
  );

  test('96: levels, movements and purchases cannot be deleted', async () => {
    for (const path of [
      `${I}/1`,
      '/api/v1/stock-movements/1',
      `/api/v1/purchases/${shop.purchases[0]}`,
    ]) {
      const reply = await shop.ask('inventory', 'DELETE', path);
      expectRefusal(reply, 405);
      expect(reply.headers.allow).not.toContain('DELETE');
    }
  });
});

describe('M. errors', () => {
  test.each(SERVICES)(
    '97: %s: each code has one status and one title, as documented',
    async (service) => {
      const { json } = await shop.get(service, '/openapi.json');
      const rows = [...json.info.description.matchAll(/^\| (\d+) \| `([^`]+)` \| (.*) \|$/gm)];
      const catalogue = new Map(rows.map(([, status, code, title]) => [code, { status, title }]));
      const { path, data } = creation(service);
      const replies = [
        await create(service, '{'),
        await create(service, {}),
        await create(service, { data: { ...data, type: 'x' } }),
        await create(service, { data: { ...data, id: '1' } }),
        await create(service, { data: { ...data, attributes: { zzz: 1 } } }),
        await shop.ask(service, 'GET', `${path}/${NO_ID}`),
        await shop.ask(service, 'GET', `${path}?zzz=1`),
        await shop.ask(service, 'PUT', path),
        await shop.ask(service, 'GET', path, { headers: { accept: 'text/x' } }),
        await shop.ask(service, 'POST', path, { body: 'x', headers: { 'content-type': 'text/x' } }),
        await shop.ask(service, 'POST', path, { body: { data }, as: 'anonymous' }),
        await shop.ask(service, 'GET', path, { headers: { 'x-api-key': 'x' } }),
        await change(service, '1', { attributes: {} }, { headers: { 'if-match': '"0"' } }),
      ];
      const codes = new Set<string>();
      for (const reply of replies) {
        expect(reply.status).toBeGreaterThanOrEqual(400);
        for (const { code, status, title } of reply.json.errors) {
          codes.add(code);
          expect({ code, ...catalogue.get(code) }).toEqual({ code, status, title });
        }
      }
      expect(codes.size).toBeGreaterThan(10);
    },
  );

  test('98: several errors come in one answer, under the most general status', async () => {
    const attributes = { name: '', price: -1 };
    const two = await create('products', { data: { type: 'products', attributes } });
    expectRefusal(two, 422);
    expect(two.json.errors.map(({ source }: Document) => source.pointer).toSorted()).toEqual([
      '/data/attributes/name',
      '/data/attributes/price',
    ]);
    const kinds = receipt('1', 1.5, { kind: 'x' });
    const both = await create('inventory', { data: kinds });
    expectRefusal(both, 422);
    expect(both.json.errors).toHaveLength(2);
    for (const [service, path] of [
      ['products', P],
      ['inventory', I],
    ] as const) {
      const reply = await shop.ask(service, 'GET', `${path}?zzz=1&page[size]=0`);
      expectRefusal(reply, 400);
      expect(reply.json.errors).toHaveLength(2);
    }
    // One line lacks stock, the other a product.
    const lines = [
      { productId: '1', quantity: 1_000 },
      { productId: NO_ID, quantity: 1 },
    ];
    const data = { type: 'purchases', attributes: { lines } };
    const mixed = await create('inventory', { data }, '/api/v1/purchases');
    const statuses = new Set<string>(mixed.json.errors.map(({ status }: Document) => status));
    expect(String(mixed.status)).toBe(statuses.size > 1 ? '400' : [...statuses][0]);
  });

  describe.each(SERVICES)('%s', (service) => {
    const { path } = creation(service);

    test('99: broken JSON, a body that is too large and a broken address are error documents', async () => {
      for (const body of ['{', '{"data":', '', 'data', '{"data":{}}}', '\u0000'])
        expectRefusal(await create(service, body), 400);
      const large = { data: { type: 'x', attributes: { text: 'x'.repeat(1_100_000) } } };
      expectRefusal(await create(service, large), 413, { code: 'payload-too-large' });
      for (const address of ['/api/v1/products/%zz', '/api/v1/inventories/%', '/%ff'])
        expectRefusal(await shop.ask(service, 'GET', address), 400, { code: 'invalid-request' });
      for (const value of ['%ff', '%E0%A4'])
        expectRefusal(await shop.ask(service, 'GET', `${path}?filter[search]=${value}&zzz=1`), 400);
    });
  });

  test('99: while Products is down the answer is a quick 503 with Retry-After', async () => {
    const id = await shop.product();
    shop.services.pause('products');
    try {
      const data = { type: 'inventories', id, attributes: {} };
      const reply = await create('inventory', { data }, I);
      expectRefusal(reply, 503, { code: 'catalogue-unavailable' });
      expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0);
      // After its restart Inventory has no product in its cache.
      await shop.services.stop('inventory');
      await shop.services.start('inventory');
      expectRefusal(await shop.ask('inventory', 'GET', `${I}/1?include=product`), 503, {
        code: 'catalogue-unavailable',
      });
      expectStatus(await shop.ask('inventory', 'GET', `${I}/1`), 200);
    } finally {
      shop.services.resume('products');
    }
  });
});
