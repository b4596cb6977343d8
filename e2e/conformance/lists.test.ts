import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  BY_CURSOR,
  CURSOR,
  expectBadParameter,
  expectRefusal,
  expectStatus,
  hrefOf,
  ids,
  lists,
  NO_ID,
  openConformanceShop,
  receipt,
  SERVICES,
  withQuery,
} from './shop.ts';
import type { ConformanceShop, Document, Reply } from './shop.ts';

// G. Sorting, H. Pagination, I. The cursor profile, J. Filters and names of parameters:
// https://jsonapi.org/format/1.1/#fetching-sorting

let shop: ConformanceShop;
beforeAll(async () => {
  shop = await openConformanceShop();
});
afterAll(() => shop?.remove());

type List = ReturnType<typeof lists>[number];
type Query = Readonly<Record<string, string | number>>;

function listOf(type: List['type']): List {
  const list = lists(shop).find((one) => one.type === type);
  if (list === undefined) throw new Error(`There is no list of ${type}`);
  return list;
}

function ask({ service, path }: List, query: Query, headers = {}): Promise<Reply> {
  return shop.ask(service, 'GET', withQuery(path, query), { headers });
}

async function read(list: List, query: Query, headers = {}): Promise<Reply> {
  const reply = await ask(list, query, headers);
  expect([query, reply.status === 200 ? '' : reply.text]).toEqual([query, '']);
  return reply;
}

/** The whole list in its default order; each has fewer than 100 rows. */
async function all(list: List): Promise<Document[]> {
  const { json } = await read(list, { 'page[size]': 100 });
  expect(json.meta.page.total).toBe(json.data.length);
  return json.data;
}

const TYPES = [
  'products',
  'inventories',
  'stock-movements',
  'purchases',
  'reservations',
] as const satisfies List['type'][];

const SORTS = {
  products: ['id', 'name', 'price', 'createdAt', 'updatedAt', 'sku'],
  inventories: ['id', 'onHand', 'reserved', 'available', 'updatedAt'],
  'stock-movements': ['position'],
  purchases: ['createdAt'],
  reservations: ['createdAt', 'expiresAt'],
} as const;

/** The value by which a row is sorted; the case of names doesn't count. */
function sortKey(field: string, { id, attributes }: Document): string | number {
  if (field === 'id') return /^\d+$/.test(id) ? Number(id) : id;
  return field === 'name' ? attributes.name.toLowerCase() : attributes[field];
}

function compare(field: string, a: Document, b: Document): number {
  const [left, right] = [sortKey(field, a), sortKey(field, b)];
  return left < right ? -1 : Number(left > right);
}

/** A query that matches no row. */
const NOTHING = {
  products: { 'filter[id]': NO_ID },
  inventories: { 'filter[id]': NO_ID },
  'stock-movements': { 'filter[product]': NO_ID },
  purchases: { 'filter[reference]': 'none' },
  reservations: { 'filter[reference]': 'none' },
} as const satisfies Record<List['type'], Query>;

describe('G. sorting', () => {
  test.each(TYPES)('58: %s are sorted by each field, ascending and descending', async (type) => {
    const list = listOf(type);
    const rows = await all(list);
    for (const field of SORTS[type]) {
      const up = await read(list, { sort: field, 'page[size]': 100 });
      const down = await read(list, { sort: `-${field}`, 'page[size]': 100 });
      expect([field, ids(down)]).toEqual([field, ids(up).toReversed()]);
      const rowsWithValue = up.json.data.filter((row: Document) => row.attributes[field] !== null);
      const inOrder = rowsWithValue.toSorted(
        (a: Document, b: Document) => compare(field, a, b) || compare('id', a, b),
      );
      expect([field, rowsWithValue.map(({ id }: Document) => id)]).toEqual([
        field,
        inOrder.map(({ id }: Document) => id),
      ]);
      expect(up.json.data).toHaveLength(rows.length);
    }
  });

  test.each([
    ['products', 'price,-name'],
    ['products', '-price,name'],
    ['products', 'name,-price'],
    ['inventories', 'onHand,-available'],
    ['inventories', '-onHand,id'],
  ] as const)(
    '58: %s by %s: the first field decides, then the next, then the id',
    async (type, sort) => {
      const list = listOf(type);
      const fields = sort.split(',');
      const last = fields.at(-1) ?? '';
      const order = [...fields, last.startsWith('-') ? '-id' : 'id'];
      const expected = (await all(list)).toSorted((a, b) => {
        for (const field of order) {
          const comparison = compare(field.replace('-', ''), a, b);
          if (comparison !== 0) return field.startsWith('-') ? -comparison : comparison;
        }
        return 0;
      });
      const sorted = await read(list, { sort, 'page[size]': 100 });
      expect(ids(sorted)).toEqual(expected.map(({ id }) => id));
    },
  );

  test.each(['zzz', '', '-', 'id,,id', '--id', 'id,zzz', '+id', ' id', 'type'])(
    '59: sort=%s is refused',
    async (sort) => {
      for (const list of lists(shop)) {
        const [field] = SORTS[list.type];
        expectBadParameter(await ask(list, { sort: sort.replaceAll('id', field) }), 'sort');
      }
    },
  );

  test('59: sort on a single resource is refused', async () => {
    for (const { service, path, id } of lists(shop))
      expectBadParameter(await shop.ask(service, 'GET', `${path}/${id}?sort=id`), 'sort');
  });

  test.each([
    ['inventories', 'product.name'],
    ['stock-movements', 'product.name'],
    ['products', 'inventory.onHand'],
  ] as const)('60: %s are not sorted by fields of what is related (%s)', async (type, sort) => {
    expectBadParameter(await ask(listOf(type), { sort }), 'sort');
  });
});

/** The parameters of a page link. */
function queryOf(link: Document): URLSearchParams {
  return new URL(hrefOf(link)).searchParams;
}

const PAGE_LINKS = ['first', 'last', 'prev', 'next'];

describe('H. pagination', () => {
  test.each(TYPES)(
    '61: %s: first, last, prev and next are links, or null where there is no page',
    async (type) => {
      const list = listOf(type);
      const size = Math.ceil((await all(list)).length / 3);
      const shape = async (query: Query) => {
        const { json } = await read(list, query);
        const extra = Object.keys(json.links).filter((name) => !PAGE_LINKS.includes(name));
        expect(extra.toSorted()).toEqual(['describedby', 'self']);
        return PAGE_LINKS.map((name) => {
          const link = json.links[name] ?? null;
          return link && Number(queryOf(link).get('page[number]'));
        });
      };
      const page = (number: number, of: Query = {}) =>
        shape({ ...of, 'page[size]': size, 'page[number]': number });
      expect(await page(1)).toEqual([1, 3, null, 2]);
      expect(await page(2)).toEqual([1, 3, 1, 3]);
      expect(await page(3)).toEqual([1, 3, 2, null]);
      expect(await shape({ 'page[size]': 100 })).toEqual([1, 1, null, null]);
      expect(await page(1, NOTHING[type])).toEqual([1, 1, null, null]);
    },
  );

  test('62: page links are beside the data that they page; a relationship has its own', async () => {
    const path = '/api/v1/inventories/7?include=movements';
    const { json } = await shop.get('inventory', path);
    expect(Object.keys(json.links).filter((name) => PAGE_LINKS.includes(name))).toEqual([]);
    const { links, data } = json.data.relationships.movements;
    expect(data).toHaveLength(20);
    expect(links.prev ?? null).toBeNull();
    const met: string[] = data.map(({ id }: Document) => id);
    let { next } = links;
    while (next) {
      const page = await shop.follow(next);
      expectStatus(page, 200);
      // The page has linkage, as the relationship does, and no resources.
      for (const one of page.json.data) expect(one).not.toHaveProperty('attributes');
      met.push(...ids(page));
      next = page.json.links.next;
    }
    const query = '/api/v1/stock-movements?filter[product]=7&page[size]=100';
    const movements = await shop.get('inventory', query);
    expect(ids(movements).length).toBeGreaterThan(20);
    expect(met).toEqual(ids(movements));
  });

  test.each(TYPES)('63: %s: following next meets each row once, in order', async (type) => {
    const list = listOf(type);
    const sort = `-${SORTS[type][0]}`;
    const expected = ids(await read(list, { sort, 'page[size]': 100 }));
    const query = { sort, [`fields[${type}]`]: '', 'page[size]': 3 };
    let page = await read(list, query);
    const met: string[] = [];
    for (let count = 0; count < 50; count += 1) {
      met.push(...ids(page));
      const { next } = page.json.links;
      if (!next) break;
      for (const [name, value] of Object.entries(query))
        expect([name, queryOf(next).get(name)]).toEqual([name, String(value)]);
      page = await shop.follow(next);
      expectStatus(page, 200);
    }
    expect(met).toEqual(expected);
  });

  test('63: next keeps filters and includes', async () => {
    const list = listOf('stock-movements');
    const query = { 'filter[product]': 7, include: 'product', 'page[size]': 10 };
    let page = await read(list, query);
    let count = page.json.data.length;
    while (page.json.links.next) {
      page = await shop.follow(page.json.links.next);
      expect(page.json.included.map(({ id }: Document) => id)).toEqual(['7']);
      count += page.json.data.length;
    }
    expect(count).toBe(25);
  });

  test.each(['0', '-1', '1.5', 'abc', '', '1e2', ' 1', '9'.repeat(30)])(
    '64: a page of number or size "%s" is refused',
    async (value) => {
      for (const list of lists(shop)) {
        for (const name of ['page[number]', 'page[size]'])
          expectBadParameter(await ask(list, { [name]: value }), name);
      }
    },
  );

  test('64: a size past the limit, an unknown member, pages of a single resource, and two kinds of pages are refused', async () => {
    for (const list of lists(shop)) {
      await read(list, { 'page[size]': 100 });
      expectBadParameter(await ask(list, { 'page[size]': 101 }), 'page[size]');
      for (const name of ['page[limit]', 'page[offset]', 'page[cursor]', 'page[Number]'])
        expectBadParameter(await ask(list, { [name]: 1 }), name);
      const single = await shop.ask(list.service, 'GET', `${list.path}/${list.id}?page[size]=1`);
      expectBadParameter(single, 'page[size]');
      const [row] = (await read(list, { 'page[size]': 1 }, BY_CURSOR)).json.data;
      const both = { 'page[number]': 1, 'page[after]': row.meta.page.cursor };
      const mixed = await ask(list, both);
      expectRefusal(mixed, 400);
      expect(Object.keys(both)).toContain(mixed.json.errors[0].source.parameter);
    }
  });

  test('65: a page past the end is empty, and has a link back', async () => {
    for (const list of lists(shop)) {
      const { json } = await read(list, { 'page[number]': 1_000, 'page[size]': 2 });
      expect([json.data, json.links.next ?? null]).toEqual([[], null]);
      const back = await shop.follow(json.links.prev);
      expectStatus(back, 200);
      expect(back.json.data.length).toBeGreaterThan(0);
    }
  });

  test('66: first and last, prev and next follow the requested order', async () => {
    for (const list of lists(shop)) {
      const [sort] = SORTS[list.type];
      const up = await read(list, { sort, 'page[size]': 1 });
      const down = await read(list, { sort: `-${sort}`, 'page[size]': 1 });
      const [last] = ids(await shop.follow(up.json.links.last));
      expect(ids(down)).toEqual([last]);
      expect(ids(await shop.follow(down.json.links.last))).toEqual(ids(up));
    }
  });
});

const PROBLEM = {
  range: `${CURSOR}range-pagination-not-supported`,
  size: `${CURSOR}max-size-exceeded`,
  sort: `${CURSOR}unsupported-sort`,
};

/** The type of the first error, by the profile. */
function problemOf(reply: Reply): string {
  return hrefOf(reply.json.errors[0].links.type);
}

function cursors({ json }: Reply): string[] {
  return json.data.map(({ meta }: Document) => meta.page.cursor);
}

describe.each(TYPES)('I. %s by cursor', (type) => {
  const page = (query: Query) => read(listOf(type), query, BY_CURSOR);
  const refused = (query: Query) => ask(listOf(type), query, BY_CURSOR);
  const sort = SORTS[type][0];

  test('67: prev and next are always present, null where there is no page; first and last are absent', async () => {
    const count = (await all(listOf(type))).length;
    const first = await page({ 'page[size]': count - 1 });
    expect(first.json.links).toMatchObject({ prev: null, next: expect.anything() });
    const second = await shop.follow(first.json.links.next, BY_CURSOR);
    expect(second.json.links).toMatchObject({ prev: expect.anything(), next: null });
    expect(second.json.data).toHaveLength(1);
    const whole = await page({ 'page[size]': 100 });
    expect(whole.json.links).toMatchObject({ prev: null, next: null });
    const empty = await page(NOTHING[type]);
    expect([empty.json.data, empty.json.links.prev, empty.json.links.next]).toEqual([
      [],
      null,
      null,
    ]);
    for (const { json } of [first, second, whole, empty]) {
      expect(json.links).not.toHaveProperty('first');
      expect(json.links).not.toHaveProperty('last');
    }
    // Without the header, the parameter alone requests the profile.
    const plain = await shop.follow(first.json.links.next);
    expect(plain.headers['content-type']).toContain(`profile="${CURSOR}"`);
    expect(plain.json.data).toEqual(second.json.data);
  });

  test('68: the size is a number above zero, leading zeros or not', async () => {
    for (const size of ['0', '00', '-1', '+1', '1.5', 'abc', '', '1e1'])
      expectBadParameter(await refused({ 'page[size]': size }), 'page[size]');
    expect((await page({ 'page[size]': '02' })).json.data).toHaveLength(2);
  });

  test('69: a size past the limit is refused with the limit', async () => {
    const reply = await refused({ 'page[size]': 101 });
    expectRefusal(reply, 400, { source: { parameter: 'page[size]' } });
    expect(reply.json.errors[0].meta).toMatchObject({ page: { maxSize: 100 } });
    expect(problemOf(reply)).toBe(PROBLEM.size);
  });

  test('70: page[after] begins at the next row, page[before] ends at the one before, and pages are full', async () => {
    const whole = ids(await page({ sort, 'page[size]': 100 }));
    const marks = cursors(await page({ sort, 'page[size]': 100 }));
    for (const [index, mark] of marks.entries()) {
      const after = await page({ sort, 'page[size]': 2, 'page[after]': mark });
      expect(ids(after)).toEqual(whole.slice(index + 1, index + 3));
      const before = await page({ sort, 'page[size]': 2, 'page[before]': mark });
      expect(ids(before)).toEqual(whole.slice(Math.max(0, index - 2), index));
    }
    // Following prev meets the same rows.
    let at = await page({ sort, 'page[size]': 2, 'page[after]': marks.at(-2) ?? '' });
    const met = ids(at);
    while (at.json.links.prev) {
      at = await shop.follow(at.json.links.prev, BY_CURSOR);
      met.unshift(...ids(at));
    }
    expect(met).toEqual(whole);
  });

  test('71: a cursor of another order, or a text that is no cursor, is refused', async () => {
    const [mark = ''] = cursors(await page({ sort, 'page[size]': 1 }));
    for (const name of ['page[after]', 'page[before]']) {
      for (const value of ['', 'garbage', '%', '0', mark.slice(0, -3), `${mark}x`, '[]', 'bnVsbA'])
        expectBadParameter(await refused({ sort, [name]: value }), name);
    }
    const other = SORTS[type][1];
    if (other !== undefined)
      expectBadParameter(await refused({ sort: other, 'page[after]': mark }), 'page[after]');
  });

  test('73: a range is refused as unsupported', async () => {
    const [from = '', to = ''] = cursors(await page({ 'page[size]': 2 }));
    const reply = await refused({ 'page[after]': from, 'page[before]': to });
    expectRefusal(reply, 400);
    expect(problemOf(reply)).toBe(PROBLEM.range);
  });

  test('74: an unsupported order is refused as the profile says', async () => {
    const reply = await refused({ sort: 'zzz' });
    expectRefusal(reply, 400, { source: { parameter: 'sort' } });
    expect(problemOf(reply)).toBe(PROBLEM.sort);
  });

  test('75: every row has its own cursor, and the total is counted', async () => {
    const whole = await page({ 'page[size]': 100 });
    expect(cursors(whole).every((cursor) => typeof cursor === 'string' && cursor !== '')).toBe(
      true,
    );
    expect(new Set(cursors(whole)).size).toBe(whole.json.data.length);
    const one = await page({ 'page[size]': 1 });
    expect(one.json.meta.page.total).toBe(whole.json.data.length);
    // Rows of numbered pages have no cursor.
    const { json } = await read(listOf(type), {});
    expect(json.data[0].meta?.page?.cursor).toBeUndefined();
  });
});

describe('I. by cursor, while the list changes', () => {
  test('72: each row that stays is met once, with equal sort keys and while other rows come and go', async () => {
    const createdIds: string[] = [];
    for (let count = 0; count < 6; count += 1) createdIds.push(await shop.product({ price: 777 }));
    const stays = new Set(createdIds);
    const query = { sort: '-price', 'filter[price][gte]': 777, 'page[size]': 2 };
    const list = listOf('products');
    let page = await read(list, query, BY_CURSOR);
    const met = ids(page);
    // One row that was read and one that was not are deleted; two are added.
    for (const deletedId of [met[1] ?? '', createdIds.find((id) => !met.includes(id)) ?? '']) {
      expectStatus(await shop.ask('products', 'DELETE', `/api/v1/products/${deletedId}`), 204);
      stays.delete(deletedId);
    }
    await shop.product({ price: 999 });
    await shop.product({ price: 777 });
    for (let count = 0; page.json.links.next && count < 20; count += 1) {
      page = await shop.follow(page.json.links.next, BY_CURSOR);
      met.push(...ids(page));
    }
    expect(new Set(met).size).toBe(met.length);
    expect(met).toEqual(expect.arrayContaining([...stays]));
  });

  test('72: the same holds for the ledger', async () => {
    const list = listOf('stock-movements');
    const before = ids(await read(list, { 'page[size]': 100 }));
    let page = await read(list, { 'page[size]': 7 }, BY_CURSOR);
    const met = ids(page);
    while (page.json.links.next) {
      const body = { data: receipt('1', 1) };
      expectStatus(await shop.ask('inventory', 'POST', list.path, { body }), 201);
      page = await shop.follow(page.json.links.next, BY_CURSOR);
      met.push(...ids(page));
    }
    expect(met).toEqual(before);
  });
});

/** A filter, and the rows that match it. */
type Case = [type: List['type'], query: Query, keeps: (row: Document) => boolean];

const attribute = (name: string, holds: (value: Document) => boolean) => (row: Document) =>
  holds(row.attributes[name]);
const related = (name: string, holds: (id: string | null) => boolean) => (row: Document) =>
  holds(row.relationships[name].data?.id ?? null);

describe('J. filters', () => {
  test.each<Case>([
    ['products', { 'filter[id]': '1,3,999999' }, ({ id }) => id === '1' || id === '3'],
    ['products', { 'filter[id][eq]': '2' }, ({ id }) => id === '2'],
    ['products', { 'filter[id][ne]': '2' }, ({ id }) => id !== '2'],
    ['products', { 'filter[id][in]': '2,4' }, ({ id }) => id === '2' || id === '4'],
    ['products', { 'filter[price]': '5.5' }, attribute('price', (value) => value === 5.5)],
    ['products', { 'filter[price][eq]': '0.1' }, attribute('price', (value) => value === 0.1)],
    ['products', { 'filter[price][ne]': '30' }, attribute('price', (value) => value !== 30)],
    ['products', { 'filter[price][lt]': '30' }, attribute('price', (value) => value < 30)],
    ['products', { 'filter[price][lte]': '30' }, attribute('price', (value) => value <= 30)],
    ['products', { 'filter[price][gt]': '5.499' }, attribute('price', (value) => value > 5.499)],
    ['products', { 'filter[price][gte]': '5.5' }, attribute('price', (value) => value >= 5.5)],
    [
      'products',
      { 'filter[price][gte]': '5', 'filter[price][lt]': '30', 'filter[currency]': 'EUR' },
      ({ attributes: { price, currency } }) => price >= 5 && price < 30 && currency === 'EUR',
    ],
    [
      'products',
      { 'filter[price][in]': '120,5.5' },
      attribute('price', (value) => value === 120 || value === 5.5),
    ],
    ['products', { 'filter[name]': 'Anvil' }, attribute('name', (value) => value === 'Anvil')],
    ['products', { 'filter[name][ne]': 'Anvil' }, attribute('name', (value) => value !== 'Anvil')],
    [
      'products',
      { 'filter[name][contains]': 'nvil' },
      attribute('name', (value) => value.includes('nvil')),
    ],
    [
      'products',
      { 'filter[name][contains]': '%' },
      attribute('name', (value) => value.includes('%')),
    ],
    [
      'products',
      { 'filter[name][contains]': '_' },
      attribute('name', (value) => value.includes('_')),
    ],
    [
      'products',
      { 'filter[name][startsWith]': 'A' },
      attribute('name', (value) => value.startsWith('A')),
    ],
    [
      'products',
      { 'filter[name][in]': 'Anvil,Drum' },
      attribute('name', (value) => value === 'Anvil' || value === 'Drum'),
    ],
    ['products', { 'filter[sku]': 'A-1' }, attribute('sku', (value) => value === 'A-1')],
    ['products', { 'filter[sku][ne]': 'A-1' }, attribute('sku', (value) => value !== 'A-1')],
    ['products', { 'filter[sku][null]': 'true' }, attribute('sku', (value) => value === null)],
    ['products', { 'filter[sku][null]': 'false' }, attribute('sku', (value) => value !== null)],
    [
      'products',
      { 'filter[sku][contains]': '-' },
      attribute('sku', (value) => value?.includes('-') === true),
    ],
    ['products', { 'filter[status]': 'draft' }, attribute('status', (value) => value === 'draft')],
    [
      'products',
      { 'filter[status][ne]': 'active' },
      attribute('status', (value) => value !== 'active'),
    ],
    [
      'products',
      { 'filter[status][in]': 'draft,archived' },
      attribute('status', (value) => value !== 'active'),
    ],
    ['products', { 'filter[tags]': 'tool' }, attribute('tags', (value) => value.includes('tool'))],
    [
      'products',
      { 'filter[tags][contains]': 'iron' },
      attribute('tags', (value) => value.includes('iron')),
    ],
    ['products', { 'filter[tags]': 'too' }, () => false],
    ['products', { 'filter[createdAt][gte]': '2020-01-01T00:00:00Z' }, () => true],
    ['products', { 'filter[updatedAt][lt]': '2020-01-01T00:00:00.000+02:00' }, () => false],
    ['products', { 'filter[search]': 'ANVIL' }, attribute('name', (value) => /anvil/i.test(value))],
    ['inventories', { 'filter[id]': '1,6' }, ({ id }) => id === '1' || id === '6'],
    ['inventories', { 'filter[onHand][gt]': '40' }, attribute('onHand', (value) => value > 40)],
    ['inventories', { 'filter[reserved][ne]': '0' }, attribute('reserved', (value) => value !== 0)],
    [
      'inventories',
      { 'filter[available][in]': '0,8' },
      attribute('available', (value) => value === 0 || value === 8),
    ],
    [
      'inventories',
      { 'filter[lowStockThreshold][null]': 'false' },
      attribute('lowStockThreshold', (value) => value !== null),
    ],
    [
      'inventories',
      { 'filter[lowStockThreshold][lte]': '50' },
      attribute('lowStockThreshold', (value) => value !== null && value <= 50),
    ],
    [
      'inventories',
      { 'filter[lowStockThreshold][ne]': '9' },
      attribute('lowStockThreshold', (value) => value !== 9),
    ],
    [
      'inventories',
      { 'filter[lowStock]': 'true' },
      ({ attributes: { lowStockThreshold, available } }) =>
        lowStockThreshold !== null && available <= lowStockThreshold,
    ],
    [
      'inventories',
      { 'filter[lowStock]': 'false' },
      ({ attributes: { lowStockThreshold, available } }) =>
        lowStockThreshold === null || available > lowStockThreshold,
    ],
    ['inventories', { 'filter[updatedAt][gt]': '2020-01-01T00:00:00Z' }, () => true],
    [
      'stock-movements',
      { 'filter[product]': '1,6' },
      related('product', (id) => id === '1' || id === '6'),
    ],
    ['stock-movements', { 'filter[product][ne]': '7' }, related('product', (id) => id !== '7')],
    [
      'stock-movements',
      { 'filter[kind]': 'receipt' },
      attribute('kind', (value) => value === 'receipt'),
    ],
    [
      'stock-movements',
      { 'filter[kind][ne]': 'receipt' },
      attribute('kind', (value) => value !== 'receipt'),
    ],
    [
      'stock-movements',
      { 'filter[quantity][lt]': '0' },
      attribute('quantity', (value) => value < 0),
    ],
    [
      'stock-movements',
      { 'filter[quantity]': '-3' },
      attribute('quantity', (value) => value === -3),
    ],
    [
      'stock-movements',
      { 'filter[actor]': 'inventory' },
      attribute('actor', (value) => value === 'inventory'),
    ],
    [
      'stock-movements',
      { 'filter[reason][startsWith]': 'Deliv' },
      attribute('reason', (value) => value?.startsWith('Deliv') === true),
    ],
    [
      'stock-movements',
      { 'filter[reason][null]': 'true' },
      attribute('reason', (value) => value === null),
    ],
    [
      'stock-movements',
      { 'filter[purchase][null]': 'false' },
      related('purchase', (id) => id !== null),
    ],
    ['stock-movements', { 'filter[createdAt][lte]': '2020-01-01T00:00:00Z' }, () => false],
    [
      'purchases',
      { 'filter[reference]': 'order-1' },
      attribute('reference', (value) => value === 'order-1'),
    ],
    [
      'purchases',
      { 'filter[reference][null]': 'true' },
      attribute('reference', (value) => value === null),
    ],
    [
      'purchases',
      { 'filter[reference][ne]': 'order-1' },
      attribute('reference', (value) => value !== 'order-1'),
    ],
    ['purchases', { 'filter[total][gte]': '5.5' }, attribute('total', (value) => value >= 5.5)],
    ['purchases', { 'filter[total]': '0.3' }, attribute('total', (value) => value === 0.3)],
    [
      'purchases',
      { 'filter[currency][ne]': 'USD' },
      attribute('currency', (value) => value !== 'USD'),
    ],
    ['purchases', { 'filter[createdAt][gte]': '2020-01-01T00:00:00Z' }, () => true],
    [
      'reservations',
      { 'filter[status]': 'active' },
      attribute('status', (value) => value === 'active'),
    ],
    [
      'reservations',
      { 'filter[status][ne]': 'active' },
      attribute('status', (value) => value !== 'active'),
    ],
    [
      'reservations',
      { 'filter[status][in]': 'confirmed,released' },
      attribute('status', (value) => value === 'confirmed' || value === 'released'),
    ],
    [
      'reservations',
      { 'filter[reference]': 'r-1' },
      attribute('reference', (value) => value === 'r-1'),
    ],
    ['reservations', { 'filter[expiresAt][gt]': '2020-01-01T00:00:00Z' }, () => true],
    ['reservations', { 'filter[createdAt][lt]': '2020-01-01T00:00:00Z' }, () => false],
  ])('76: %s by %j', async (type, query, keeps) => {
    const list = listOf(type);
    const expected = (await all(list)).filter(keeps).map(({ id }) => id);
    const { json } = await read(list, { ...query, 'page[size]': 100 });
    expect(json.data.map(({ id }: Document) => id)).toEqual(expected);
    expect(json.meta.page.total).toBe(expected.length);
  });

  test('76: instants are compared to the millisecond, whatever their offset', async () => {
    const list = listOf('purchases');
    const rows = await all(list);
    const { createdAt } = rows[1].attributes;
    const shifted = new Date(Date.parse(createdAt) + 2 * 3_600_000).toISOString();
    for (const instant of [createdAt, shifted.replace('Z', '+02:00')]) {
      const equalRows = await read(list, { 'filter[createdAt]': instant });
      expect(ids(equalRows)).toContain(rows[1].id);
      const later = await read(list, { 'filter[createdAt][gt]': instant });
      expect(ids(later)).not.toContain(rows[1].id);
    }
    const [purchase = ''] = shop.purchases;
    const movements = await read(listOf('stock-movements'), { 'filter[purchase]': purchase });
    expect(ids(movements)).toHaveLength(3);
  });

  test.each<[List['type'], string, string]>([
    ['products', 'filter[zzz]', '1'],
    ['products', 'filter[Name]', 'x'],
    ['products', 'filter[price][zzz]', '1'],
    ['products', 'filter[price][GTE]', '1'],
    ['products', 'filter[price][gte]', 'abc'],
    ['products', 'filter[price][gte]', ''],
    ['products', 'filter[price][contains]', '5'],
    ['products', 'filter[price][null]', 'true'],
    ['products', 'filter[price][in]', '1,,2'],
    ['products', 'filter[price][in]', Array.from({ length: 101 }, (_, index) => index).join()],
    ['products', 'filter[price][gte][lte]', '1'],
    ['products', 'filter[name][gte]', 'a'],
    ['products', 'filter[name][null]', 'true'],
    ['products', 'filter[sku][null]', 'maybe'],
    ['products', 'filter[status]', 'sold'],
    ['products', 'filter[status][contains]', 'act'],
    ['products', 'filter[id]', 'x'],
    ['products', 'filter[id][gt]', '1'],
    ['products', 'filter[tags][eq]', 'tool'],
    ['products', 'filter[createdAt][gte]', 'yesterday'],
    ['products', 'filter[createdAt][gte]', '2026-02-30T00:00:00Z'],
    ['products', 'filter[createdAt][contains]', '2026'],
    ['inventories', 'filter[onHand]', '1.x'],
    ['inventories', 'filter[lowStock]', 'maybe'],
    ['inventories', 'filter[lowStock][ne]', 'true'],
    ['inventories', 'filter[product]', '1'],
    ['stock-movements', 'filter[kind]', 'zzz'],
    ['stock-movements', 'filter[product]', 'x'],
    ['stock-movements', 'filter[product.name]', 'x'],
    ['stock-movements', 'filter[purchase][contains]', 'x'],
    ['purchases', 'filter[lines]', '1'],
    ['reservations', 'filter[status]', 'zzz'],
  ])('76: %s by %s=%s are refused', async (type, name, value) => {
    expectBadParameter(await ask(listOf(type), { [name]: value }), name);
  });
});

describe('J. names of parameters', () => {
  test.each(['foo', 'stats[total]', 'pageSize', 'Sort', 'Page[size]', 'q', 'limit', 'ext:foo'])(
    '77: %s is refused everywhere',
    async (name) => {
      for (const list of lists(shop)) {
        expectBadParameter(await ask(list, { [name]: 1 }), name);
        const single = `${list.path}/${list.id}`;
        const reply = await shop.ask(list.service, 'GET', withQuery(single, { [name]: 1 }));
        expectBadParameter(reply, name);
      }
    },
  );

  test.each(SERVICES)(
    '78: %s has no parameter with a name that the standard reserves',
    async (service) => {
      const { json } = await shop.get(service, '/openapi.json');
      const families = ['page', 'filter', 'sort', 'include', 'fields'];
      const names = new Set<string>();
      for (const [path, operations] of Object.entries<Document>(json.paths)) {
        if (!/^\/api\/v1\/(?!inventory(\/|$))/.test(path)) continue;
        for (const { parameters = [] } of Object.values<Document>(operations))
          for (const { in: place, name } of parameters) if (place === 'query') names.add(name);
      }
      expect(names.size).toBeGreaterThan(5);
      for (const name of names) {
        const base = name.split('[')[0] ?? '';
        expect([name, families.includes(base) || /^[a-z]*[^a-z[]/.test(base)]).toEqual([
          name,
          true,
        ]);
      }
    },
  );

  test.each([
    'filter[_]',
    'filter[a]]',
    'filter[',
    'filter[]',
    'filter',
    'filter[price][]',
    'page[',
    'page',
    'page[]',
    'fields',
    'fields[]',
    'fields[_]',
    'sort[price]',
    'include[product]',
    '[]',
    '__proto__',
    'filter[__proto__]',
    'fields[constructor]',
  ])('79: %s is malformed or means nothing', async (name) => {
    for (const list of lists(shop)) expectBadParameter(await ask(list, { [name]: 'name' }), name);
  });

  test('80: an encoded name or value means the same as a plain one', async () => {
    const list = listOf('products');
    const { service, path } = list;
    const plain = await shop.get(service, `${path}?filter[id]=1,2&page[size]=1&sort=-price,name`);
    const encoded = await shop.get(
      service,
      `${path}?filter%5Bid%5D=1%2C2&page%5bsize%5d=1&%73ort=-price%2Cname`,
    );
    expect(encoded.json.data).toEqual(plain.json.data);
    expect(encoded.json.meta).toEqual(plain.json.meta);
    expect(encoded.json.links.next).toBeTruthy();
    const name = 'filter[name]=Flute';
    const spaces = ['+of+50%25+elder_wood', '%20of%2050%25%20elder_wood'];
    for (const rest of spaces)
      expect(ids(await shop.get(service, `${path}?${name}${rest}`))).toEqual(['6']);
  });

  test.each(['sort=id&sort=id', 'page[size]=1&page%5Bsize%5D=2', 'filter[id]=1&filter[id]=2'])(
    '81: a parameter that is repeated is refused: %s',
    async (query) => {
      const parameter = query.split('=')[0] ?? '';
      for (const path of ['/api/v1/products', '/api/v1/inventories']) {
        const service = path.endsWith('products') ? 'products' : 'inventory';
        expectBadParameter(await shop.ask(service, 'GET', `${path}?${query}`), parameter);
      }
    },
  );
});
