import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createProductPlace, type ProductPlace } from './product-place.ts';
import { startTestService, type TestService } from './test-service.ts';

const path = '/api/v1/product-tags';

let place: ProductPlace;
let service: TestService;
beforeEach(async () => {
  place = await createProductPlace();
  service = await startTestService(place);
});
afterEach(async () => {
  await service.close();
  await place.remove();
});

interface Tag {
  id: string;
  attributes: { name: string; productCount: number };
  links: Record<string, string>;
}

async function list(query = '', key?: null): Promise<Tag[]> {
  const answer = await service.call('GET', `${path}${query}`, key === null ? { key } : {});
  expect([answer.status, answer.status === 200 ? '' : answer.text]).toEqual([200, '']);
  return answer.body.data;
}

const counts = (tags: readonly Tag[]) =>
  tags.map(({ attributes }) => `${attributes.name} ${attributes.productCount}`);

async function change(id: string, attributes: object): Promise<void> {
  const data = { type: 'products', id, attributes };
  const { status } = await service.call('PATCH', `/api/v1/products/${id}`, { data });
  expect(status).toBe(200);
}

test('tags have counts, the most used first, then by name without regard to accents and case', async () => {
  expect(await list()).toEqual([]);
  await service.create({ name: 'A', price: 1, tags: ['mug', 'Zinc', 'Ámbar', 'ámbar'] });
  await service.create({ name: 'B', price: 1, tags: ['mug', 'blue'] });
  await service.create({ name: 'C', price: 1, tags: ['mug', 'blue', 'secret'], status: 'draft' });
  await service.create({ name: 'D', price: 1 });
  expect(counts(await list())).toEqual([
    'mug 3',
    'blue 2',
    'Ámbar 1',
    'ámbar 1',
    'secret 1',
    'Zinc 1',
  ]);
  expect(counts(await list('?sort=-name&page[size]=2'))).toEqual(['Zinc 1', 'secret 1']);
  expect(counts(await list('?filter[productCount][gte]=2'))).toEqual(['mug 3', 'blue 2']);
  expect(counts(await list('?filter[name][contains]=u'))).toEqual(['mug 3', 'blue 2']);
  expect(counts(await list('?filter[search]=AMBAR'))).toEqual(['Ámbar 1', 'ámbar 1']);
  expect(counts(await list('?filter[search]=%25'))).toEqual([]);
});

test('callers without products:write see the tags of active products only', async () => {
  await service.create({ name: 'A', price: 1, tags: ['mug'] });
  const draft = await service.create({
    name: 'B',
    price: 1,
    tags: ['mug', 'secret'],
    status: 'draft',
  });
  expect(counts(await list('', null))).toEqual(['mug 1']);
  expect(counts(await list('?filter[status]=active'))).toEqual(['mug 1']);
  expect((await service.call('GET', `${path}/secret`, { key: null })).status).toBe(404);
  expect((await service.call('GET', `${path}/secret`)).status).toBe(200);
  await change(draft, { status: 'active' });
  expect(counts(await list('', null))).toEqual(['mug 2', 'secret 1']);
  await change(draft, { status: 'archived' });
  expect(counts(await list('', null))).toEqual(['mug 1']);
});

test.each([
  'a,b',
  'a;b',
  'a|b',
  'a\\b',
  'a/b',
  'a?b#c',
  '50 %',
  '"',
  'ö',
  '標'.repeat(50),
  '😀'.repeat(50),
  '/'.repeat(50),
  '👩🏽‍🌾',
])('the tag %j has an address, and leads to its products', async (tag) => {
  const id = await service.create({ name: 'A', price: 1, tags: [tag, 'other'] });
  await service.create({ name: 'B', price: 1, tags: ['a', 'b', 'other'] });
  const { links = {} } = (await list()).find((one) => one.id === tag) ?? {};
  const follow = async (link = '') =>
    (await service.call('GET', new URL(link).pathname + new URL(link).search)).body;
  expect((await follow(links['self'])).data).toMatchObject({
    id: tag,
    attributes: { name: tag, productCount: 1 },
  });
  expect((await follow(links['products'])).data.map((product: Tag) => product.id)).toEqual([id]);
});

test('a tag is found by its address in any encoding of its accents', async () => {
  await service.create({ name: 'A', price: 1, tags: ['café'] });
  const { status, body } = await service.call('GET', `${path}/${encodeURIComponent('cafe\u0301')}`);
  expect([status, body.data?.id]).toEqual([200, 'café']);
});

test('a tag without products is 404', async () => {
  const id = await service.create({ name: 'A', price: 1, tags: ['mug', 'blue'] });
  await change(id, { tags: ['blue'] });
  expect(counts(await list())).toEqual(['blue 1']);
  expect((await service.call('GET', `${path}/mug`)).status).toBe(404);
  await service.call('DELETE', `/api/v1/products/${id}`);
  expect(await list()).toEqual([]);
  expect(await list('', null)).toEqual([]);
});

test('by cursor each tag is read once', async () => {
  for (let index = 0; index < 12; index += 1)
    await service.create({ name: 'A', price: 1, tags: [`T${index % 5}`, `É${index}`, 'all'] });
  const all = await list('?page[size]=100');
  const met: string[] = [];
  for (let url: string | null = `${path}?page[size]=4`; url !== null;) {
    const answer = await service.call('GET', url, {
      headers: {
        accept:
          'application/vnd.api+json;profile="https://jsonapi.org/profiles/ethanresnick/cursor-pagination/"',
      },
    });
    met.push(...answer.body.data.map(({ id }: Tag) => id));
    const next: string | null = answer.body.links.next;
    url = next === null ? null : new URL(next).pathname + new URL(next).search;
  }
  expect(met).toEqual(all.map(({ id }) => id));
  expect(met).toHaveLength(18);
});

test('counts are those of the products after any creations, changes and deletions', async () => {
  const tags = fc.uniqueArray(fc.constantFrom('a', 'A', 'é', '"', ',', 'x y'), { maxLength: 3 });
  const status = fc.constantFrom('active', 'draft', 'archived');
  const step = fc.record({
    kind: fc.constantFrom('make', 'change', 'delete'),
    tags,
    status,
    at: fc.nat(),
  });
  const products = new Map<string, { tags: string[]; status: string }>();
  for (const { kind, at, ...attributes } of fc.sample(step, { numRuns: 120, seed: 11 })) {
    const id = [...products.keys()][at % Math.max(products.size, 1)];
    if (kind === 'make' || id === undefined) {
      products.set(await service.create({ name: 'N', price: 1, ...attributes }), attributes);
    } else if (kind === 'change') {
      await change(id, attributes);
      products.set(id, attributes);
    } else {
      await service.call('DELETE', `/api/v1/products/${id}`);
      products.delete(id);
    }
  }
  const expected = (isSeen: (status: string) => boolean) => {
    const countByTag = new Map<string, number>();
    for (const product of products.values())
      if (isSeen(product.status))
        for (const tag of product.tags) countByTag.set(tag, (countByTag.get(tag) ?? 0) + 1);
    return [...countByTag].map(([tag, count]) => `${tag} ${count}`).toSorted();
  };
  expect(counts(await list()).toSorted()).toEqual(expected(() => true));
  expect(counts(await list('', null)).toSorted()).toEqual(expected((one) => one === 'active'));
});
