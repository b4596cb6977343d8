import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  creation,
  expectBadParameter,
  expectRefusal,
  expectStatus,
  hrefOf,
  ids,
  lists,
  MT,
  NO_ID,
  openConformanceShop,
  receipt,
  RELATIONSHIPS,
  SERVICES,
} from './shop.ts';
import type { ConformanceShop, Document } from './shop.ts';

// D. Fetching, E. include, F. Sparse fieldsets: https://jsonapi.org/format/1.1/#fetching

let shop: ConformanceShop;
beforeAll(async () => {
  shop = await openConformanceShop();
});
afterAll(() => shop?.remove());

/** Every link in a value that leads to an address of the API. */
function linksIn(value: Document): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = ['self', 'related', 'first', 'last', 'prev', 'next', 'describedby']
    .map((name) => value.links?.[name])
    .filter((link) => link !== undefined && link !== null);
  return [...own.map(hrefOf), ...Object.values(value).flatMap(linksIn)];
}

function names(resources: Document): string[] {
  return resources.map(({ type, id }: Document) => `${type} ${id}`);
}

describe('D. fetching', () => {
  test('37: every link in an answer can be followed', async () => {
    const visitedLinks = new Set<string>();
    const waiting = lists(shop).map(
      ({ service, path }) => `${shop.services.origins[service]}${path}?page[size]=3`,
    );
    const kindOf = (link: string) =>
      new URL(link).pathname.replace(/^(\/api\/v1\/[^/]+)\/[^/]+/, '$1/:id');
    const perKind = new Map<string, number>();
    for (let link = waiting.pop(); link !== undefined; link = waiting.pop()) {
      const kind = kindOf(link);
      if (visitedLinks.has(link) || (perKind.get(kind) ?? 0) >= 12) continue;
      visitedLinks.add(link);
      perKind.set(kind, (perKind.get(kind) ?? 0) + 1);
      const reply = await shop.follow(link);
      expect([link, reply.status]).toEqual([link, 200]);
      // The OpenAPI document is not a JSON:API document.
      if (reply.headers['content-type']?.startsWith(MT)) waiting.push(...linksIn(reply.json));
    }
    for (const [type, relationships] of Object.entries(RELATIONSHIPS)) {
      for (const name of Object.keys(relationships)) {
        expect([...perKind.keys()]).toContain(`/api/v1/${type}/:id/${name}`);
        expect([...perKind.keys()]).toContain(`/api/v1/${type}/:id/relationships/${name}`);
      }
    }
  });

  test('38: a collection is a list, an empty one too', async () => {
    for (const { service, path } of lists(shop)) {
      expect((await shop.get(service, path)).json.data).toBeInstanceOf(Array);
      const beyond = await shop.get(service, `${path}?page[number]=1000`);
      expect(beyond.json.data).toEqual([]);
    }
  });

  test('39: an unknown id or address is 404', async () => {
    for (const { service, path } of lists(shop)) {
      for (const id of [NO_ID, 'none', '0', '01', '-1', '%20', '1'.repeat(30)])
        expectRefusal(await shop.ask(service, 'GET', `${path}/${id}`), 404);
      expectRefusal(await shop.ask(service, 'GET', `${path}/`), 404);
    }
    for (const service of SERVICES) {
      for (const path of ['/zzz', '/api/v1/zzz', '/api/v2/products', '/api/v1'])
        expectRefusal(await shop.ask(service, 'GET', path), 404, { code: 'not-found' });
    }
  });

  test('40: the related address of an empty relationship to one has data null', async () => {
    for (const name of ['purchase', 'reservation']) {
      const { json } = await shop.get('inventory', `/api/v1/stock-movements/1/${name}`);
      expect(json.data).toBeNull();
    }
    const reservation = `/api/v1/reservations/${shop.reservations[0]}`;
    expect((await shop.get('inventory', `${reservation}/purchase`)).json.data).toBeNull();
    // A caller without products:write does not see a draft.
    const draft = await shop.ask('inventory', 'GET', '/api/v1/inventories/4/product', {
      as: 'anonymous',
    });
    expectStatus(draft, 200);
    expect(draft.json.data).toBeNull();
    expect((await shop.get('inventory', '/api/v1/inventories/4/product')).json.data.id).toBe('4');
    expectRefusal(await shop.ask('products', 'GET', '/api/v1/products/1/inventory'), 404);
  });

  test('41: the address of a relationship answers linkage', async () => {
    const [purchase = '', other = ''] = shop.purchases;
    const linkage = async (path: string) =>
      (await shop.get('inventory', path.replace('/', '/api/v1/').replace('!', 'relationships')))
        .json.data;
    expect(await linkage('/inventories/1/!/product')).toEqual({ type: 'products', id: '1' });
    expect(await linkage('/stock-movements/1/!/purchase')).toBeNull();
    expect(names(await linkage(`/purchases/${purchase}/!/products`)).toSorted()).toEqual([
      'products 1',
      'products 6',
    ]);
    expect(await linkage(`/reservations/${shop.reservations[0]}/!/purchase`)).toBeNull();
    const movements = await linkage(`/purchases/${other}/!/movements`);
    expect(movements).toEqual([{ type: 'stock-movements', id: expect.any(String) }]);
    const [{ id }] = movements;
    expect(await linkage(`/stock-movements/${id}/!/purchase`)).toEqual({
      type: 'purchases',
      id: other,
    });
  });

  test('42: a relationship of a missing resource, or an unknown one, is 404', async () => {
    for (const { service, path, type, id } of lists(shop)) {
      const own = service === 'products' ? ['inventory'] : Object.keys(RELATIONSHIPS[type]);
      for (const name of own) {
        for (const part of [name, `relationships/${name}`])
          expectRefusal(await shop.ask(service, 'GET', `${path}/${NO_ID}/${part}`), 404);
      }
      for (const part of ['zzz', 'relationships/zzz', 'relationships'])
        expectRefusal(await shop.ask(service, 'GET', `${path}/${id}/${part}`), 404);
    }
  });

  test('43: HEAD is GET without the body; other methods are refused with Allow', async () => {
    for (const { service, path, id } of lists(shop)) {
      for (const address of [path, `${path}/${id}`, `${path}/${NO_ID}`, `${path}?zzz=1`]) {
        const head = await shop.ask(service, 'HEAD', address);
        const get = await shop.ask(service, 'GET', address);
        // Of each answer by itself.
        const { date: _, 'x-request-id': __, ...headers } = get.headers;
        expect([head.status, head.text]).toEqual([get.status, '']);
        expect(head.headers).toMatchObject(headers);
      }
      const put = await shop.ask(service, 'PUT', path);
      expectRefusal(put, 405, { code: 'method-not-allowed' });
      expect(put.headers.allow?.split(', ')).toEqual(
        expect.arrayContaining(['GET', 'HEAD', 'POST', 'OPTIONS']),
      );
      expectRefusal(await shop.ask(service, 'POST', `${path}/${id}`), 405);
      const options = await shop.ask(service, 'OPTIONS', path);
      expectStatus(options, 204);
      expect(options.headers.allow).toBe(put.headers.allow);
    }
  });
});

const I = '/api/v1/inventories';
const M = '/api/v1/stock-movements';

describe('E. include', () => {
  test('44: included is present when requested, if only as an empty list', async () => {
    const reply = await shop.get('inventory', `${I}?include=product&page[size]=2`);
    expect(names(reply.json.included).toSorted()).toEqual(
      ids(reply)
        .map((id) => `products ${id}`)
        .toSorted(),
    );
    const empty = await shop.get('inventory', `${M}?filter[kind]=receipt&include=purchase`);
    expect(empty.json.included).toEqual([]);
    const none = await shop.get('inventory', `${I}?filter[id]=${NO_ID}&include=product`);
    expect([none.json.data, none.json.included]).toEqual([[], []]);
  });

  test('45, 46: every included resource is linked, and included once', async () => {
    const { json } = await shop.get(
      'inventory',
      `${M}?include=product,purchase.products,purchase.movements&page[size]=100`,
    );
    const all = names([...json.data, ...json.included]);
    expect(new Set(all).size).toBe(all.length);
    // There are more movements than products, so some share a product.
    const products = json.included.filter(({ type }: Document) => type === 'products');
    expect(products.length).toBeLessThan(json.data.length / 2);
    expect(products.length).toBeGreaterThan(3);
  });

  test('47: nothing is included that was not requested', async () => {
    for (const { service, path, type } of lists(shop)) {
      expect((await shop.get(service, path)).json).not.toHaveProperty('included');
      if (service === 'products') continue;
      for (const name of Object.keys(RELATIONSHIPS[type])) {
        const { json } = await shop.get(service, `${path}?include=${name}`);
        const linked = json.data.flatMap(({ relationships }: Document) =>
          [relationships[name].data ?? []].flat(),
        );
        const unasked = new Set(names(json.included)).difference(new Set(names(linked)));
        expect([...unasked]).toEqual([]);
      }
    }
  });

  test('48: the resources along a path are included too', async () => {
    const { json } = await shop.get('inventory', `${I}/1?include=movements.purchase.products`);
    const included = (type: string) =>
      json.included.filter((resource: Document) => resource.type === type);
    const linked = json.data.relationships.movements.data;
    expect(names(included('stock-movements')).toSorted()).toEqual(names(linked).toSorted());
    const [purchase = ''] = shop.purchases;
    expect(names(included('purchases'))).toContain(`purchases ${purchase}`);
    expect(names(included('products')).toSorted()).toEqual(['products 1', 'products 6']);
  });

  test('49: an empty include includes nothing', async () => {
    for (const path of [I, `${I}/1`, `${M}/1`]) {
      const { json } = await shop.get('inventory', `${path}?include=`);
      expect(json.included).toEqual([]);
    }
  });

  test.each([
    'zzz',
    'product.zzz',
    'product.product',
    'Product',
    'products',
    'product,,movements',
    'product,',
    ',product',
    '.product',
    'movements.',
    'movements.purchase.movements.purchase',
    'product movements',
  ])('50: include=%s is refused', async (include) => {
    for (const path of [I, `${I}/1`]) {
      const query = `include=${encodeURIComponent(include)}`;
      expectBadParameter(await shop.ask('inventory', 'GET', `${path}?${query}`), 'include');
    }
  });

  test('50: a path of three names is accepted', async () => {
    await shop.get('inventory', `${I}/1?include=movements.purchase.movements`);
  });

  test.each(['inventory', 'zzz', ''])(
    '51: Products includes nothing, not even "%s"',
    async (name) => {
      for (const path of ['/api/v1/products', '/api/v1/products/1', '/api/v1/product-events'])
        expectBadParameter(await shop.ask('products', 'GET', `${path}?include=${name}`), 'include');
      for (const path of ['/api/v1/stock-events', '/api/v1/audit'])
        expectBadParameter(
          await shop.ask('inventory', 'GET', `${path}?include=${name}`),
          'include',
        );
      const { path, data } = creation('products');
      const body = { data };
      const created = await shop.ask('products', 'POST', `${path}?include=${name}`, { body });
      expectBadParameter(created, 'include');
    },
  );

  test('52: related and relationship addresses take include too', async () => {
    const [purchase = ''] = shop.purchases;
    const related = await shop.get(
      'inventory',
      `/api/v1/purchases/${purchase}/movements?include=product`,
    );
    expect(names(related.json.included).toSorted()).toEqual(['products 1', 'products 6']);
    const linkage = await shop.get(
      'inventory',
      `/api/v1/purchases/${purchase}/relationships/movements?include=movements.product`,
    );
    const included = names(linkage.json.included);
    expect(included).toEqual(expect.arrayContaining([...names(linkage.json.data), 'products 6']));
    expectBadParameter(
      await shop.ask('inventory', 'GET', `${I}/1/product?include=inventory`),
      'include',
    );
  });

  test('52: so do the answers to POST and PATCH', async () => {
    const created = await shop.ask('inventory', 'POST', `${M}?include=product`, {
      body: { data: receipt('1', 1) },
    });
    expectStatus(created, 201);
    expect(names(created.json.included)).toEqual(['products 1']);
    const data = { type: 'inventories', id: '1', attributes: { lowStockThreshold: 3 } };
    const changed = await shop.ask('inventory', 'PATCH', `${I}/1?include=product`, {
      body: { data },
    });
    expectStatus(changed, 200);
    expect(names(changed.json.included)).toEqual(['products 1']);
    const refused = await shop.ask('inventory', 'POST', `${M}?include=zzz`, {
      body: { data: receipt('1', 1) },
    });
    expectBadParameter(refused, 'include');
  });
});

describe('F. sparse fieldsets', () => {
  test('53: a resource has only the chosen attributes and relationships', async () => {
    const product = (await shop.get('products', '/api/v1/products/1?fields[products]=name,price'))
      .json.data;
    expect(product).toMatchObject({ attributes: { name: 'Anvil', price: 30 } });
    expect(Object.keys(product.attributes).toSorted()).toEqual(['name', 'price']);
    for (const path of [I, `${I}/1`]) {
      const { json } = await shop.get('inventory', `${path}?fields[inventories]=onHand,product`);
      for (const { attributes, relationships } of [json.data].flat()) {
        expect(Object.keys(attributes)).toEqual(['onHand']);
        expect(Object.keys(relationships)).toEqual(['product']);
      }
    }
  });

  test('54: with an empty choice it has none', async () => {
    for (const { service, path, type, id } of lists(shop)) {
      for (const address of [path, `${path}/${id}`]) {
        const { json } = await shop.get(service, `${address}?fields[${type}]=`);
        expect([json.data].flat().length).toBeGreaterThan(0);
        for (const resource of [json.data].flat()) {
          expect(resource.attributes ?? {}).toEqual({});
          expect(resource.relationships ?? {}).toEqual({});
          expect(resource.links.self).toBeDefined();
        }
      }
    }
  });

  test('55: fields hold for included resources, and for the answers to POST and PATCH', async () => {
    const { json } = await shop.get(
      'inventory',
      `${I}/1?include=product,movements&fields[products]=name&fields[stock-movements]=kind`,
    );
    for (const { type, attributes, relationships = {} } of json.included) {
      expect(Object.keys(attributes)).toEqual([type === 'products' ? 'name' : 'kind']);
      expect(relationships).toEqual({});
    }
    for (const service of SERVICES) {
      const { path, data } = creation(service);
      const name = service === 'products' ? 'name' : 'kind';
      const created = await shop.ask(service, 'POST', `${path}?fields[${data.type}]=${name}`, {
        body: { data },
      });
      expectStatus(created, 201);
      expect(Object.keys(created.json.data.attributes)).toEqual([name]);
      expect(created.json.data).not.toHaveProperty('relationships');
      expect(created.headers.location).toBe(hrefOf(created.json.data.links.self));
    }
    const patch = { type: 'products', id: '2', attributes: { description: 'Of zinc' } };
    const path = '/api/v1/products/2?fields[products]=description';
    const changed = await shop.ask('products', 'PATCH', path, { body: { data: patch } });
    expect(changed.json.data.attributes).toEqual({ description: 'Of zinc' });
  });

  test('56: an included resource stays when fields leaves out its relationship', async () => {
    const { json } = await shop.get(
      'inventory',
      `${I}/1?include=product&fields[inventories]=onHand`,
    );
    expect(json.data).not.toHaveProperty('relationships');
    expect(names(json.included)).toEqual(['products 1']);
  });

  test.each([
    ['products', 'products', 'zzz'],
    ['products', 'products', 'Name'],
    ['products', 'products', 'name,,price'],
    ['products', 'products', 'id'],
    ['products', 'zzz', 'name'],
    ['inventory', 'inventories', 'zzz'],
    ['inventory', 'inventories', 'onHand,name'],
    ['inventory', 'zzz', ''],
  ] as const)(
    '57: in %s fields[%s]=%s names nothing and is refused',
    async (service, type, names_) => {
      const [list] = lists(shop).filter((one) => one.service === service);
      for (const path of [list?.path, `${list?.path}/1`]) {
        const reply = await shop.ask(service, 'GET', `${path}?fields[${type}]=${names_}`);
        expectBadParameter(reply, `fields[${type}]`);
      }
    },
  );
});
