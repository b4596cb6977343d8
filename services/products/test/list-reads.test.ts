import { orderOf, sortKeys, sql, type Sql } from '@anaquel/runtime/sql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { narrowingsOf } from '../src/adapters/sql/narrowings.ts';
import { ID, productConditions, SORTS } from '../src/adapters/sql/product-fields.ts';
import { planOfWay } from '../src/adapters/sql/product-list-plan.ts';
import { createProductLists } from '../src/adapters/sql/product-list.ts';
import { pageOf as pageOfRows, productWalk } from '../src/adapters/sql/product-walk.ts';
import type { ProductListRequest } from '../src/application/product-store.ts';
import { searchWords } from '../src/domain/search-text.ts';
import { openCountedReads, type CountedReads } from './counted-reads.ts';
import { fillWithProducts } from './many-products.ts';
import { createProductPlace, STORE, type ProductPlace } from './product-place.ts';

/** Each has eight words, so that the table of words is far longer. */
const PRODUCTS = 20_000;

let place: ProductPlace;
let counted: CountedReads;

beforeAll(async () => {
  place = await createProductPlace();
  await fillWithProducts(place, PRODUCTS);
  // On PostgreSQL autovacuum does this within a minute or two, a copy at once; on SQLite nobody.
  if (STORE === 'postgres') await place.run('analyze');
  counted = openCountedReads(place.url);
});
afterAll(async () => {
  await counted.close();
  await place.remove();
});

type Sort = ProductListRequest['sort'];
type Filter = ProductListRequest['filters'][number];

const active: Filter = { field: 'status', operator: 'eq', value: 'active' };
const draft: Filter = { ...active, value: 'draft' };
const tag = (value: string): Filter => ({ field: 'tags', operator: 'contains', value });
const named = (value: string): Filter => ({ field: 'name', operator: 'contains', value });
const prices = (from: number, to: number): Filter[] => [
  { field: 'price', operator: 'gte', value: from },
  { field: 'price', operator: 'lte', value: to },
];
const search = (text: string) => ({ words: searchWords(text) });
const pageOf = (number: number) => ({ style: 'number', number, size: 20 }) as const;
const from = (...after: (string | number)[]) =>
  ({ style: 'cursor', after, before: null, size: 20 }) as const;

/** What shops and offices ask for: each in every order, among active products if it doesn't say. */
const lists: Record<string, Partial<ProductListRequest>> = {
  'all of a status': {},
  'all products': { filters: [] },
  drafts: { filters: [draft] },
  'two statuses': {
    filters: [{ field: 'status', operator: 'in', value: ['draft', 'archived'] }],
  },
  'a page in the middle': { page: pageOf(100) },
  'the last page': { page: pageOf(PRODUCTS * 0.0475) },
  'a word that all have': search('lamp'),
  'a word of an eighth': search('kind1'),
  'a word of a fiftieth': search('shape7'),
  'a word of ten': search('model777'),
  'a word that the newest have': search('winter'),
  'a word and a number': search('lamp 777'),
  'three frequent words': search('lamp kind1 tag2'),
  'two words that few have both': search('shape7 kind2'),
  'words that exclude each other': search('kind1 kind2'),
  'one letter': search('a'),
  'two letters': search('sh'),
  'a number of one digit': search('7'),
  'a number of two digits': search('12'),
  'a number of three digits': search('123'),
  'a part of SKUs': search('sku-123'),
  'an SKU': search('sku-12345'),
  'a word that none has': search('xyz'),
  'a word that none has with one that all have': search('lamp xyz'),
  'a frequent word among drafts': { filters: [draft], ...search('lamp') },
  'a rarer word among drafts': { filters: [draft], ...search('shape20') },
  'a number among drafts': { filters: [draft], ...search('12') },
  'a frequent tag': { filters: [active, tag('tag1')] },
  'a rare tag': { filters: [active, tag('rare77')] },
  'a tag and a word': { filters: [active, tag('tag1')], ...search('shape7') },
  'a part of all names': { filters: [active, named('lamp')] },
  'a part of a fiftieth of names': { filters: [active, named('shape7')] },
  'a part of few names': { filters: [active, named('model777')] },
  'a narrow range of prices': { filters: [active, ...prices(0.5, 1.5)] },
  'a range of prices': { filters: [active, ...prices(100, 130)] },
  'a wide range of prices': { filters: [active, ...prices(20, 180)] },
  'a range of prices and a word': { filters: [active, ...prices(20, 180)], ...search('kind1') },
  'a range of prices and a tag': { filters: [active, ...prices(20, 180), tag('tag1')] },
  'a currency': { filters: [active, { field: 'currency', operator: 'eq', value: 'USD' }] },
  'a rare currency': { filters: [active, { field: 'currency', operator: 'eq', value: 'EUR' }] },
  'the newest': {
    filters: [active, { field: 'createdAt', operator: 'gte', value: `2026-${1_000_000 + 17_000}` }],
  },
  'some ids': {
    filters: [active, { field: 'id', operator: 'in', value: [7, 77, 777, 7_777] }],
  },
};

const orders: Sort[] = [
  [{ field: 'id', descending: false }],
  [{ field: 'name', descending: false }],
  [{ field: 'price', descending: true }],
  [{ field: 'createdAt', descending: true }],
  [
    { field: 'updatedAt', descending: false },
    { field: 'sku', descending: false },
  ],
];

test('no list goes through as many rows as there are products, in whatever order', async () => {
  const list = createProductLists(counted.reads, counted.dialect);
  const found: [name: string, order: string, rows: number][] = [];
  for (const [name, request] of Object.entries(lists))
    for (const sort of orders) {
      await list({ filters: [active], page: pageOf(1), ...request, sort });
      found.push([name, sort.map(({ field }) => field).join(), counted.take()]);
    }
  expect(found.filter(([, , rows]) => rows >= PRODUCTS)).toEqual([]);
});

test('a page by cursor costs the same wherever it is', async () => {
  const list = createProductLists(counted.reads, counted.dialect);
  const page = from('lamp kind1 shape25', 7_777);
  for (const words of [[], ['shape7'], ['lamp']]) {
    await list({ filters: [active], words, sort: orders[1] ?? [], page });
    expect(counted.take()).toBeLessThan(PRODUCTS);
  }
});

/** A list of active products with a word, and a page of it. */
function walked(word: string, sort: Sort, backwards: boolean) {
  const { reads, dialect } = counted;
  const keys = sortKeys(sort, SORTS, ID);
  const conditionOf = productConditions(dialect);
  const request = { filters: [active], sort, page: pageOf(1), ...search(word) };
  const context = { reads, dialect, conditionOf, keys };
  const order = orderOf(keys, backwards);
  const query = { where: null, backwards, order, limit: 21, offset: 20 };
  const ids = (rest: Sql) => reads.rows(sql`select products.id ${rest}`);
  return { request, context, query, ids, walk: productWalk(request, context) };
}

const directions = orders.flatMap((sort) =>
  [false, true].map((backwards) => ({ sort, backwards })),
);

test.each(directions)(
  'a walk gives the beginning of a page, and all of it if it is met by then: %j',
  async ({ sort, backwards }) => {
    const { query, ids, walk } = walked('winter', sort, backwards);
    const page = await ids(pageOfRows(walk.all, query));
    expect(page).toHaveLength(query.limit);
    expect(await ids(walk.further(query, PRODUCTS))).toEqual(page);
    for (const part of [walk.beginning(query), walk.further(query, 1)]) {
      const met = await ids(part);
      expect(met).toEqual(page.slice(0, met.length));
    }
  },
);

test('a walk goes on before all entries of a frequent part are sorted, and of no other', async () => {
  const byId: Sort = [{ field: 'id', descending: false }];
  const { request, context, query, ids, walk } = walked('winter', byId, false);
  const [narrowing] = narrowingsOf(request, context.dialect, context.conditionOf);
  if (!narrowing) throw new Error('A word narrows');
  const narrowed = { test: sql`status = 'active'`, walk };
  const sourcesOf = async (entries: number) => {
    const way = { narrowing, size: 'many', entries, enough: null } as const;
    return (await planOfWay(way, narrowed, context)).sources;
  };
  expect(await sourcesOf(10_000)).toHaveLength(2);
  const sources = await sourcesOf(4 * PRODUCTS);
  const pages = await Promise.all(sources.map(async (source) => ids(await source(query))));
  // The newest have the word: they come last.
  expect(pages.map(({ length }) => length)).toEqual([0, query.limit, query.limit]);
  expect(pages[1]).toEqual(pages[2]);
});
