import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  BY_CURSOR,
  creation,
  expectBadParameter,
  expectRefusal,
  expectStatus,
  hrefOf,
  lists,
  MT,
  NO_ID,
  openConformanceShop,
  receipt,
  RELATIONSHIPS,
  SERVICES,
  withQuery,
} from './shop.ts';
import type { ConformanceShop, Document, Reply } from './shop.ts';

// B. Document structure and C. Resource objects:
// https://jsonapi.org/format/1.1/#document-structure. As in every other test, each answer is
// checked by all rules of packages/jsonapi/src/rules.ts.

let shop: ConformanceShop;
beforeAll(async () => {
  shop = await openConformanceShop();
});
afterAll(() => shop?.remove());

/** One document of each kind that a service sends. */
async function everyKind(service: (typeof SERVICES)[number]): Promise<Reply[]> {
  const replies: Reply[] = [];
  for (const { path, id, ...list } of lists(shop)) {
    if (list.service !== service) continue;
    const paths = [path, `${path}?page[size]=1&page[number]=2`, `${path}/${id}`];
    if (service === 'inventory')
      paths.push(`${path}?include=${Object.keys(RELATIONSHIPS[list.type as 'purchases']).join()}`);
    for (const one of paths) replies.push(await shop.get(service, one));
    replies.push(await shop.get(service, path, BY_CURSOR));
    replies.push(await shop.ask(service, 'GET', `${path}/${NO_ID}`));
    replies.push(await shop.ask(service, 'GET', `${path}?zzz=1`));
  }
  const { path, data } = creation(service);
  replies.push(await shop.ask(service, 'POST', path, { body: { data } }));
  return replies;
}

function resourcesIn(json: Document): Document[] {
  return [json.data ?? [], json.included ?? []].flat();
}

const singleOf = { products: '/api/v1/products/1', inventory: '/api/v1/inventories/1' };

describe.each(SERVICES)('%s', (service) => {
  const { path, data } = creation(service);
  const create = (body: unknown) => shop.ask(service, 'POST', path, { body });

  test('15: the root of answers and requests is an object with a top-level member', async () => {
    for (const { json } of await everyKind(service))
      expect(['data', 'errors'].filter((name) => name in json)).toHaveLength(1);
    for (const body of ['[]', '"x"', 'null', '{}', '1']) {
      const single = singleOf[service];
      for (const [method, address] of [
        ['POST', path],
        ['PATCH', single],
      ] as const)
        expectRefusal(await shop.ask(service, method, address, { body }), 400);
    }
  });

  test('16: data and errors are never together, and included comes with data only', async () => {
    const missing = `${singleOf[service].replace(/1$/, NO_ID)}${service === 'inventory' ? '?include=product' : ''}`;
    const { json } = await shop.ask(service, 'GET', missing);
    expect(json).toHaveProperty('errors');
    for (const name of ['data', 'included']) expect(json).not.toHaveProperty(name);
  });

  test('17, 21, 22, 26: no document has members beyond the specification, and its own are well formed', async () => {
    const replies = await everyKind(service);
    // The HTTP caller has already checked each document by the rules.
    expect(replies.length).toBeGreaterThan(5);
    for (const { json } of replies) expect(json.jsonapi.version).toBe('1.1');
  });

  test('18: members of a request that the specification does not have are ignored', async () => {
    const { relationships } = data;
    const odd = (identifier: Document) => ({ ...identifier, method: 'update', foo: { bar: [] } });
    const body = {
      meta: {},
      jsonapi: {},
      links: {},
      included: [{ type: 'x', id: '1' }],
      foo: 1,
      data: {
        ...data,
        foo: 1,
        meta: {},
        links: { self: '/x' },
        ...(relationships && {
          relationships: {
            product: { foo: 1, meta: {}, data: odd(relationships.product.data) },
          },
        }),
      },
    };
    expectStatus(await create(body), 201);
  });

  test('19: @-members are ignored', async () => {
    const attributes = { ...data.attributes, '@context': 'x', '@a b': { c: 1 } };
    const reply = await create({ '@x': 1, data: { ...data, '@type': 'y', attributes } });
    expectStatus(reply, 201);
    expect(reply.text).not.toContain('@');
  });

  test('20: a collection is an array, with one resource or none', async () => {
    const [first] = lists(shop).filter((list) => list.service === service);
    for (const [id, length] of [
      ['1', 1],
      [NO_ID, 0],
    ] as const) {
      const { json } = await shop.get(service, `${first?.path}?filter[id]=${id}`);
      expect(json.data).toBeInstanceOf(Array);
      expect(json.data).toHaveLength(length);
    }
  });

  test('23: the self link repeats the whole request', async () => {
    for (const list of lists(shop).filter((one) => one.service === service)) {
      const queries = ['page[size]=2&page[number]=2', 'sort=-createdAt', `fields[${list.type}]=`];
      for (const query of list.type === 'inventories' ? [queries[0], 'sort=-onHand'] : queries) {
        const supportedQuery =
          query === 'sort=-createdAt' && list.type === 'stock-movements' ? 'sort=-position' : query;
        const { json } = await shop.get(service, `${list.path}?${supportedQuery}`);
        const again = await shop.follow(json.links.self);
        expect(again.json).toEqual(json);
        const [name, value = ''] = String(supportedQuery).split('=');
        expect(new URL(hrefOf(json.links.self)).searchParams.get(name ?? '')).toBe(
          value.split('&')[0],
        );
      }
    }
    const { json } = await shop.get(service, singleOf[service]);
    expect((await shop.follow(json.links.self)).json).toEqual(json);
  });

  test('23: with a profile the self link has the media type of the answer', async () => {
    for (const list of lists(shop).filter((one) => one.service === service)) {
      const { json, headers } = await shop.get(service, `${list.path}?page[size]=1`, BY_CURSOR);
      expect(json.links.self).toMatchObject({ type: headers['content-type'] });
      const again = await shop.follow(json.links.self, { accept: json.links.self.type });
      expect(again.json).toEqual(json);
    }
  });

  test('25: describedby of every document with data leads to the OpenAPI document, which has the address', async () => {
    const replies = (await everyKind(service)).filter(({ json }) => 'data' in json);
    const target = hrefOf(replies[0]?.json.links.describedby);
    expect(new URL(target).pathname).toBe('/openapi.json');
    const described = await shop.follow(target);
    expectStatus(described, 200);
    for (const { path: listPath, ...list } of lists(shop))
      if (list.service === service) expect(described.json.paths).toHaveProperty([listPath, 'get']);
    for (const { json } of replies) expect(hrefOf(json.links.describedby)).toBe(target);
  });

  test('27: names of fields are legal, and case matters', async () => {
    for (const { json } of await everyKind(service)) {
      for (const { type, attributes, relationships } of resourcesIn(json)) {
        expect(type).toMatch(/^[a-z]+(-[a-z]+)*$/);
        for (const name of Object.keys({ ...attributes, ...relationships }))
          expect(name).toMatch(/^[a-z][A-Za-z0-9]*$/);
      }
    }
    const [first] = lists(shop).filter((list) => list.service === service);
    const [small, capital] = service === 'products' ? ['name', 'Name'] : ['onHand', 'onhand'];
    await shop.get(service, `${first?.path}?sort=${small}`);
    expectBadParameter(await shop.ask(service, 'GET', `${first?.path}?sort=${capital}`), 'sort');
  });

  test('28: a type or an id that is no text is malformed', async () => {
    for (const { json } of await everyKind(service)) {
      for (const { type, id } of resourcesIn(json))
        expect([typeof type, typeof id]).toEqual(['string', 'string']);
    }
    const single = singleOf[service];
    const type = service === 'products' ? 'products' : 'inventories';
    const patch = (identity: object) =>
      shop.ask(service, 'PATCH', single, { body: { data: { ...identity, attributes: {} } } });
    expectRefusal(await patch({ type, id: 1 }), 400, { source: { pointer: '/data/id' } });
    expectRefusal(await patch({ type: 1, id: '1' }), 400, { source: { pointer: '/data/type' } });
    const wrong = { data: { ...data, type: 5 } };
    expectRefusal(await create(wrong), 400, { source: { pointer: '/data/type' } });
  });

  test('30: attributes, relationships, type and id have different names', async () => {
    for (const { json } of await everyKind(service)) {
      for (const { attributes = {}, relationships = {} } of resourcesIn(json)) {
        const names = ['type', 'id', ...Object.keys(attributes), ...Object.keys(relationships)];
        expect(new Set(names).size).toBe(names.length);
      }
    }
  });

  test('31: no attribute is a foreign key', async () => {
    for (const { json } of await everyKind(service)) {
      for (const { attributes = {} } of resourcesIn(json))
        expect(Object.keys(attributes).filter((name) => /id$/i.test(name))).toEqual([]);
    }
  });

  test('35: the self link of a resource leads to it', async () => {
    for (const list of lists(shop).filter((one) => one.service === service)) {
      const { json } = await shop.get(service, `${list.path}?page[size]=3`);
      for (const resource of json.data) {
        const reply = await shop.follow(resource.links.self);
        expectStatus(reply, 200);
        expect(reply.json.data).toEqual(resource);
      }
    }
  });

  test('36: a local id is text', async () => {
    expectRefusal(await create({ data: { ...data, lid: 5 } }), 400, {
      source: { pointer: '/data/lid' },
    });
    expectStatus(await create({ data: { ...data, lid: '5' } }), 201);
  });
});

test('24: a document about a relationship links to the related resources', async () => {
  for (const { path, type, id, service } of lists(shop)) {
    if (service === 'products') continue;
    const { json } = await shop.get(service, `${path}/${id}`);
    for (const name of Object.keys(RELATIONSHIPS[type])) {
      const { links } = json.data.relationships[name];
      const linkage = await shop.follow(links.self);
      expectStatus(linkage, 200);
      expect(hrefOf(linkage.json.links.related)).toBe(hrefOf(links.related));
    }
  }
  for (const path of ['inventory', 'relationships/inventory'])
    expectRefusal(await shop.ask('products', 'GET', `/api/v1/products/1/${path}`), 404);
});

test('29: type and id identify one resource in every document', async () => {
  // Product 4 has little stock.
  const listed = await shop.get('inventory', '/api/v1/stock-movements?filter[product]=4');
  const { id: first } = listed.json.data[0];
  const movement = (await shop.get('inventory', `/api/v1/stock-movements/${first}`)).json.data;
  const related = await shop.get('inventory', '/api/v1/inventories/4/movements?page[size]=100');
  const included = await shop.get('inventory', '/api/v1/inventories/4?include=movements');
  const all = [...listed.json.data, ...related.json.data, ...included.json.included];
  const met = all.filter(({ id }) => id === movement.id);
  expect(met).toHaveLength(3);
  for (const { attributes, links } of met)
    expect({ attributes, links }).toEqual({
      attributes: movement.attributes,
      links: movement.links,
    });

  const product = (await shop.get('products', '/api/v1/products/1')).json.data;
  const ofProducts = (await shop.get('products', '/api/v1/products?filter[id]=1')).json.data[0];
  expect(ofProducts).toEqual(product);
  const products = [
    (await shop.get('inventory', '/api/v1/inventories/1/product')).json.data,
    (await shop.get('inventory', '/api/v1/inventories/1?include=product')).json.included[0],
  ];
  for (const { type, id, attributes, links } of products) {
    expect({ type, id }).toEqual({ type: 'products', id: '1' });
    // Inventory may have fewer attributes of a product, and none with other values.
    expect(product.attributes).toMatchObject(attributes);
    expect(attributes.name).toBe('Anvil');
    expect(hrefOf(links.self)).toBe(hrefOf(product.links.self));
  }
});

describe('relationships', () => {
  test('32, 33: each has both links; one to one always has linkage, one to many when it is requested', async () => {
    for (const { path, type, id, service } of lists(shop)) {
      if (service === 'products') {
        const { json } = await shop.get(service, `${path}/${id}`);
        expect(json.data).not.toHaveProperty('relationships');
        continue;
      }
      const relationships = RELATIONSHIPS[type];
      const plain = (await shop.get(service, `${path}/${id}`)).json.data;
      const query = { include: Object.keys(relationships).join() };
      const compound = (await shop.get(service, withQuery(`${path}/${id}`, query))).json.data;
      expect(Object.keys(plain.relationships).toSorted()).toEqual(
        Object.keys(relationships).toSorted(),
      );
      for (const [name, kind] of Object.entries(relationships)) {
        const self = hrefOf(plain.links.self);
        const { links, data } = plain.relationships[name];
        expect(hrefOf(links.self)).toBe(`${self}/relationships/${name}`);
        expect(hrefOf(links.related)).toBe(`${self}/${name}`);
        if (kind === 'many') expect(plain.relationships[name]).not.toHaveProperty('data');
        else expect(data === null || typeof data === 'object').toBe(true);
        expect(Array.isArray(compound.relationships[name].data)).toBe(kind === 'many');
      }
    }
  });

  test('33: an empty one is null or []', async () => {
    const { json } = await shop.get('inventory', '/api/v1/stock-movements/1');
    const { purchase, reservation } = json.data.relationships;
    expect([purchase.data, reservation.data]).toEqual([null, null]);
    const id = await shop.product({}, 0);
    const tracked = await shop.get('inventory', `/api/v1/inventories/${id}`);
    const movements = await shop.follow(tracked.json.data.relationships.movements.links.self);
    expect(movements.json.data.length).toBeLessThanOrEqual(1);
  });

  test('34: the related link is valid when nothing is related, and stays the same when something is', async () => {
    const lines = [{ productId: '7', quantity: 1 }];
    const attributes = { lines, expiresInSeconds: 600 };
    const reserved = await shop.ask('inventory', 'POST', '/api/v1/reservations', {
      body: { data: { type: 'reservations', attributes } },
    });
    const { id, relationships, links } = reserved.json.data;
    const before = relationships.purchase.links.related;
    const empty = await shop.follow(before);
    expectStatus(empty, 200);
    expect(empty.json.data).toBeNull();
    const confirmed = await shop.ask('inventory', 'PATCH', new URL(links.self).pathname, {
      body: { data: { type: 'reservations', id, attributes: { status: 'confirmed' } } },
    });
    expectStatus(confirmed, 200);
    const { purchase } = confirmed.json.data.relationships;
    expect(purchase.links.related).toEqual(before);
    expect((await shop.follow(before)).json.data.id).toBe(purchase.data.id);
  });

  test('36: an identifier in a request has a type and an id that are text', async () => {
    const create = (identifier: object) =>
      shop.ask('inventory', 'POST', '/api/v1/stock-movements', {
        body: { data: { ...receipt('1', 1), relationships: { product: { data: identifier } } } },
      });
    const at = '/data/relationships/product/data';
    expectRefusal(await create({ type: 'products', id: 1 }), 400, {
      source: { pointer: `${at}/id` },
    });
    expectRefusal(await create({ type: 1, id: '1' }), 400, { source: { pointer: `${at}/type` } });
    expectRefusal(await create({ type: 'products' }), 400, { source: { pointer: at } });
    expectRefusal(await create({ type: 'products', lid: 1 }), 400);
    expectStatus(await create({ type: 'products', id: '1', meta: {} }), 201);
  });

  test('21: the answer to a request under the plain media type names no extension', async () => {
    const { json, headers } = await shop.get('inventory', '/api/v1/inventories');
    expect([headers['content-type'], json.jsonapi]).toEqual([MT, { version: '1.1' }]);
  });
});
