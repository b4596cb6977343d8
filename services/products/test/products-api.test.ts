import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MEDIA_TYPE } from '@anaquel/jsonapi';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PATIENT } from '@anaquel/runtime/postgres-server';
import { refusalError } from '../src/http/problems.ts';
import { createProductPlace, type ProductPlace } from './product-place.ts';
import { expectRefusal } from './json-api-rules.ts';
import { MASTER_KEY, startTestService } from './test-service.ts';
import type { Answer, TestService } from './test-service.ts';

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

const path = '/api/v1/products';
const post = (attributes: object) =>
  service.call('POST', path, { data: { type: 'products', attributes } });
const patch = (id: string, attributes: object, headers: Record<string, string> = {}) =>
  service.call('PATCH', `${path}/${id}`, { data: { type: 'products', id, attributes }, headers });

describe('creating', () => {
  test('answers 201 with the whole resource, its ETag and its Location', async () => {
    const answer = await post({
      name: 'Mug',
      price: 19.99,
      sku: 'M-1',
      tags: ['a'],
      imageUrl: '/mug.png',
      description: 'd',
    });
    expect(answer.status).toBe(201);
    expect(answer.headers['location']).toBe('http://127.0.0.1:0/api/v1/products/1');
    expect(answer.headers['etag']).toBe('"1"');
    expect(answer.headers['content-type']).toBe(MEDIA_TYPE);
    const { data } = answer.body;
    expect(data).toMatchObject({
      type: 'products',
      id: '1',
      attributes: {
        name: 'Mug',
        price: 19.99,
        sku: 'M-1',
        currency: 'USD',
        status: 'active',
        tags: ['a'],
        imageUrl: '/mug.png',
        description: 'd',
      },
      links: {
        self: 'http://127.0.0.1:0/api/v1/products/1',
        inventory: 'http://127.0.0.1:8002/api/v1/inventories/1',
      },
    });
    expect(data.attributes.createdAt).toMatch(/^\d{4}-.*Z$/);
    expect((await service.call('GET', `${path}/1`)).body).toEqual(answer.body);
  });

  test('optional attributes may be null', async () => {
    const answer = await post({
      name: 'Mug',
      price: 0,
      sku: null,
      description: null,
      imageUrl: null,
      tags: null,
    });
    expect(answer.body.data.attributes).toMatchObject({
      sku: null,
      description: null,
      imageUrl: null,
      tags: [],
      price: 0,
    });
  });

  test('a taken SKU is 409 with a pointer to it', async () => {
    await service.create({ name: 'A', price: 1, sku: 'S' });
    expectRefusal(await post({ name: 'B', price: 1, sku: 'S' }), 409, 'sku-taken', {
      pointer: '/data/attributes/sku',
    });
  });

  test('barcodes are kept in their form, and lead to the product in any', async () => {
    const id = await service.create({ name: 'A', price: 1, barcodes: ['036000 291452', ' X 1 '] });
    const { body } = await service.call('GET', `${path}/${id}`);
    expect(body.data.attributes.barcodes).toEqual(['0036000291452', 'X 1']);
    await service.create({ name: 'B', price: 1 });
    for (const query of ['filter[barcode]=036000291452', 'filter[barcode]=00036000291452'])
      expect((await service.call('GET', `${path}?${query}`)).body.data).toMatchObject([{ id }]);
    expect((await patch(id, { barcodes: ['036000291452', 'X 1'] })).headers['etag']).toBe('"1"');
    expect((await patch(id, { barcodes: null })).body.data.attributes.barcodes).toEqual([]);
  });

  test('a taken barcode is 409 with a pointer to it and the product that has it', async () => {
    await service.create({ name: 'A', price: 1, sku: 'S', barcodes: ['X'] });
    const answer = await post({ name: 'B', price: 1, barcodes: ['Y', 'X'] });
    expectRefusal(answer, 409, 'barcode-taken', { pointer: '/data/attributes/barcodes/1' });
    expect(answer.body.errors[0].meta).toEqual({ product: '1', sku: 'S' });
  });

  test.each([
    [['A', '4006381333930'], '/data/attributes/barcodes/1'],
    [['036000291452', '0036000291452'], '/data/attributes/barcodes/1'],
    [['x'.repeat(65)], '/data/attributes/barcodes/0'],
    [Array.from({ length: 11 }, (_, index) => `${index}`), '/data/attributes/barcodes'],
  ])('the barcodes %j are refused', async (barcodes, pointer) => {
    const answer = await post({ name: 'A', price: 1, barcodes });
    expectRefusal(answer, 422, 'invalid-attribute', { pointer });
  });

  test('what reordering needs is for those who may change products, but for the pack', async () => {
    const reordering = { packSize: 12, leadTimeDays: 7, supplier: 'Alfarería Sur' };
    const id = await service.create({ name: 'A', price: 1, ...reordering });
    const asked = async (url: string, key: string | null = MASTER_KEY) =>
      (await service.call('GET', url, { key })).body;
    const { data } = await asked(`${path}/${id}`);
    expect(data.attributes).toMatchObject(reordering);
    for (const url of [`${path}/${id}`, path, `/products/${id}`, '/products', '/products/']) {
      const text = JSON.stringify(await asked(url, null));
      expect(text).toContain('"packSize":12');
      expect(text).not.toMatch(/supplier|leadTimeDays|Alfarer/);
    }
    expect((await asked(`${path}/${id}`)).data).toEqual(data);
    const query = `${path}?filter[supplier]=${encodeURIComponent('Alfarería Sur')}`;
    expect((await asked(query)).data).toMatchObject([{ id }]);
    expectRefusal(await service.call('GET', query, { key: null }), 403, 'scope-missing', {
      parameter: 'filter[supplier]',
    });
  });

  test.each([
    { packSize: 0 },
    { packSize: 1_000_001 },
    { packSize: 1.5 },
    { leadTimeDays: -1 },
    { leadTimeDays: 366 },
    { supplier: '' },
    { supplier: 'x'.repeat(201) },
  ])('%j is refused', async (attributes) => {
    const answer = await post({ name: 'A', price: 1, ...attributes });
    const pointer = `/data/attributes/${Object.keys(attributes).join()}`;
    expectRefusal(answer, 422, 'invalid-attribute', { pointer });
  });

  test('the id of the newest product is not used again after its deletion', async () => {
    await service.create({ name: 'A', price: 1 });
    const newest = await service.create({ name: 'B', price: 1 });
    expect((await service.call('DELETE', `${path}/${newest}`)).status).toBe(204);
    expect(await service.create({ name: 'C', price: 1 })).toBe('3');
  });
});

describe('reading one', () => {
  test('an unchanged one is 304 without a body', async () => {
    const id = await service.create({ name: 'A', price: 1 });
    const answer = await service.call('GET', `${path}/${id}`, {
      headers: { 'if-none-match': '"1"' },
    });
    expect(answer.status).toBe(304);
    expect(answer.headers['etag']).toBe('"1"');
    expect(answer.headers['vary']).toContain('Accept');
    expect(answer.headers['content-type']).toBeUndefined();
    expect(answer.text).toBe('');
  });

  test('takes no parameters', async () => {
    const id = await service.create({ name: 'A', price: 1 });
    expectRefusal(await service.call('GET', `${path}/${id}?include=x`), 400, 'invalid-parameter', {
      parameter: 'include',
    });
  });
});

describe('changing', () => {
  test('keeps attributes that are left out, clears those that are null, changes the ETag', async () => {
    const id = await service.create({
      name: 'A',
      price: 1,
      sku: 'S',
      description: 'd',
      tags: ['x'],
    });
    const answer = await patch(id, { price: 2.5, sku: null, description: null, tags: null });
    expect(answer.status).toBe(200);
    expect(answer.headers['etag']).toBe('"2"');
    expect(answer.body.data.attributes).toMatchObject({
      name: 'A',
      price: 2.5,
      sku: null,
      description: null,
      tags: [],
    });
  });

  test('with equal values keeps the version and makes no event', async () => {
    const id = await service.create({ name: 'A', price: 1 });
    const answer = await patch(id, { name: 'A', price: 1 });
    expect(answer.headers['etag']).toBe('"1"');
    expect((await service.call('GET', '/api/v1/product-events')).body.meta.page.head).toBe(1);
  });

  test('with If-Match, only the expected version', async () => {
    const id = await service.create({ name: 'A', price: 1 });
    expect((await patch(id, { price: 2 }, { 'if-match': '"1"' })).status).toBe(200);
    expectRefusal(
      await patch(id, { price: 3 }, { 'if-match': '"1"' }),
      412,
      'precondition-failed',
      { header: 'If-Match' },
    );
    expectRefusal(
      await patch(id, { price: 3 }, { 'if-match': 'W/"2"' }),
      412,
      'precondition-failed',
    );
    expect((await patch(id, { price: 3 }, { 'if-match': '*' })).status).toBe(200);
    expectRefusal(
      await service.call('DELETE', `${path}/${id}`, { headers: { 'if-match': '"1"' } }),
      412,
      'precondition-failed',
    );
    expect((await service.call('GET', `${path}/${id}`)).body.data.attributes.price).toBe(3);
  });

  test('of ten simultaneous ones with one ETag, one succeeds', async () => {
    const id = await service.create({ name: 'A', price: 1 });
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        patch(id, { price: index + 2 }, { 'if-match': '"1"' }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(9);
  });

  test('a currency needs a price', async () => {
    const id = await service.create({ name: 'A', price: 1 });
    expectRefusal(await patch(id, { currency: 'EUR' }), 422, 'currency-needs-price');
    expect((await patch(id, { currency: 'JPY', price: 150 })).body.data.attributes).toMatchObject({
      currency: 'JPY',
      price: 150,
    });
  });

  test("an id or type other than the address's is 409, a missing one 400", async () => {
    const id = await service.create({ name: 'A', price: 1 });
    const send = (data: object) => service.call('PATCH', `${path}/${id}`, { data });
    expectRefusal(await send({ type: 'products', id: '2', attributes: {} }), 409, 'id-conflict', {
      pointer: '/data/id',
    });
    expectRefusal(await send({ type: 'things', id, attributes: {} }), 409, 'type-conflict', {
      pointer: '/data/type',
    });
    expectRefusal(await send({ type: 'products', attributes: {} }), 400, 'invalid-document', {
      pointer: '/data',
    });
    expectRefusal(
      await send({ type: 'products', id: 1, attributes: {} }),
      400,
      'invalid-document',
      { pointer: '/data/id' },
    );
    expectRefusal(await patch('77', { name: 'x' }), 404, 'not-found');
    expectRefusal(await patch(id, { name: null }), 422, 'invalid-attribute', {
      pointer: '/data/attributes/name',
    });
  });
});

describe('deleting', () => {
  test('answers 204, and 404 from then on', async () => {
    const id = await service.create({ name: 'A', price: 1 });
    const answer = await service.call('DELETE', `${path}/${id}`, {
      headers: { 'content-type': MEDIA_TYPE },
    });
    expect(answer.status).toBe(204);
    expect(answer.text).toBe('');
    expect((await service.call('DELETE', `${path}/${id}`)).status).toBe(404);
    expect((await service.call('GET', `${path}/${id}`)).status).toBe(404);
    expect((await patch(id, { name: 'B' })).status).toBe(404);
  });
});

describe('lists', () => {
  test('an empty one is an array', async () => {
    const { body } = await service.call('GET', path);
    expect(body.data).toEqual([]);
    expect(body.meta).toMatchObject({ total: 0, page: { number: 1, size: 20, total: 0 } });
    expect(body.links.next).toBeNull();
  });

  test("have the shop's id, which stays with the database and differs from other shops'", async () => {
    const shopOf = async (one: TestService, query = '') =>
      (await one.call('GET', `${path}${query}`)).body.meta;
    const { shop, currency } = await shopOf(service);
    expect(shop).toMatch(/^[0-9a-f]{32}$/);
    expect(currency).toBe('USD');
    expect((await shopOf(service, '?page[size]=5&filter[sku][in]=a,b')).shop).toBe(shop);
    await service.close();
    service = await startTestService(place);
    expect((await shopOf(service)).shop).toBe(shop);

    const elsewhere = await createProductPlace();
    const other = await startTestService(elsewhere);
    expect((await shopOf(other)).shop).not.toBe(shop);
    await other.close();
    await elsewhere.remove();
  });

  test('following next meets each product once, in order, with filters kept', async () => {
    for (let index = 0; index < 23; index += 1)
      await service.create({ name: `P${String(index % 7)}`, price: index, tags: ['walk'] });
    let url: string | null = `${path}?page[size]=5&sort=name,-price&filter[search]=walk`;
    const rows: [string, number][] = [];
    let pages = 0;
    while (url !== null) {
      const { body }: Answer = await service.call('GET', url);
      for (const { attributes } of body.data) rows.push([attributes.name, attributes.price]);
      expect(body.meta).toMatchObject({ total: 23, page: { total: 23, size: 5 } });
      url = body.links.next === null ? null : body.links.next.replace('http://127.0.0.1:0', '');
      pages += 1;
    }
    expect(pages).toBe(5);
    expect(rows).toHaveLength(23);
    expect(rows).toEqual([...rows].sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : y - x)));
  });

  test('self answers the same document', async () => {
    await service.create({ name: 'A', price: 1 });
    const first = await service.call('GET', `${path}?sort=-id`);
    const again = await service.call(
      'GET',
      first.body.links.self.replace('http://127.0.0.1:0', ''),
    );
    expect(again.body).toEqual(first.body);
  });

  test('a search with more than a thousand results has totalIsCapped and no last page', async () => {
    await service.createMany(1_010, { name: 'Lamp', price: 1 });
    const list = async (query: string) => (await service.call('GET', `${path}?${query}`)).body;
    const answer = await list('filter[search]=lamp&page[size]=100&page[number]=10');
    expect(answer.meta).toMatchObject({
      total: 1_000,
      page: { number: 10, size: 100, total: 1_000, totalIsCapped: true },
    });
    expect(answer.links.last).toBeNull();
    expect(answer.links.next).toMatch(/page%5Bnumber%5D=11&/);
    const end = await list('filter[search]=lamp&page[size]=100&page[number]=11');
    expect(end.data).toHaveLength(10);
    expect(end.links).toMatchObject({ last: null, next: null });
    expect(end.links.prev).toMatch(/page%5Bnumber%5D=10&/);
    const all = await list('page[size]=100');
    expect(all.meta.page).toEqual({ number: 1, size: 100, total: 1_010 });
    expect(all.links.last).toMatch(/page%5Bnumber%5D=11&/);
  });

  test('search finds words in any order, case and with or without accents', async () => {
    await service.create({ name: 'Cafetera Española', price: 1, tags: ['Menaje'] });
    await service.create({ name: 'Tetera', price: 1, description: 'española' });
    const find = async (search: string) =>
      (
        await service.call('GET', `${path}?filter[search]=${encodeURIComponent(search)}`)
      ).body.data.map((product: { id: string }) => product.id);
    expect(await find('ESPANOLA')).toEqual(['1', '2']);
    expect(await find('menaje española')).toEqual(['1']);
    expect(await find('%')).toEqual([]);
    expect(await find('c a f e t e r a')).toEqual(['1']);
    // Only the first eight words count.
    expect(await find('c a f e t e r a s p ñ o l nothing')).toEqual(['1']);
    expect(await find('a cafetera - española, nothing')).toEqual([]);
  });

  test('filters by SKU and ids', async () => {
    for (const sku of ['A', 'B', 'C']) await service.create({ name: sku, price: 1, sku });
    const ids = async (query: string) =>
      (await service.call('GET', `${path}?${query}`)).body.data.map(
        (product: { id: string }) => product.id,
      );
    expect(await ids('filter[sku]=B')).toEqual(['2']);
    expect(await ids('filter[id]=3,1,99')).toEqual(['1', '3']);
    expect(await ids('filter[id]=3,1&page[size]=1&page[number]=2')).toEqual(['3']);
  });
});

describe('visibility', () => {
  test('callers without products:write see active products only', async () => {
    const active = await service.create({ name: 'Active', price: 1 });
    const draft = await service.create({ name: 'Draft', price: 1, status: 'draft' });
    await service.create({ name: 'Archived', price: 1, status: 'archived' });
    const total = async (query: string, key: string | null) =>
      (await service.call('GET', `${path}${query}`, key === null ? { key } : {})).body.meta.total;
    expect(await total('', null)).toBe(1);
    expect(await total('?filter[status]=draft', null)).toBe(0);
    expect(await total('?filter[status]=active', null)).toBe(1);
    expect(await total('', 'master')).toBe(3);
    expect(await total('?filter[status]=draft', 'master')).toBe(1);
    expect((await service.call('GET', `${path}/${active}`, { key: null })).status).toBe(200);
    expect((await service.call('GET', `${path}/${draft}`, { key: null })).status).toBe(404);
    expect((await service.call('GET', `/products/${draft}`, { key: null })).status).toBe(404);
    expect((await service.call('GET', '/products', { key: null })).body.meta.total).toBe(1);
    expect((await service.call('GET', `${path}/${draft}`)).status).toBe(200);
  });
});

test('while nothing can be written, a change gives up after a second and reads go on', async () => {
  await service.close();
  const limits = { ...PATIENT, lockMs: 1_000, retryMs: 1_000 };
  service = await startTestService(place, {}, { postgres: { limits } });
  const id = await service.create({ name: 'Mug', price: 1 });
  const release = await place.holdWrites();
  // If it did not give up, the test would not end.
  const [refused, read] = await Promise.all([
    patch(id, { price: 2 }),
    service.call('GET', `${path}/${id}`),
  ]);
  await release();
  expectRefusal(refused, 503, 'unavailable');
  expect(read.status).toBe(200);
  const readiness = async () => (await service.call('GET', '/health/ready')).body;
  expect(await readiness()).toEqual({ status: 'degraded', checks: { database: 'degraded' } });
  expect((await patch(id, { price: 2 })).status).toBe(200);
  // The service tries a write of its own first.
  const ok = { status: 'ok', checks: { database: 'ok' } };
  await vi.waitFor(async () => expect(await readiness()).toEqual(ok), 30_000);
});

describe('internal routes', () => {
  test('answer products in any status with exact amounts, and list the deleted ones', async () => {
    await service.create({ name: 'A', price: 19.99, sku: 'S' });
    await service.create({ name: 'B', price: 5, status: 'draft', currency: 'KWD' });
    await service.create({ name: 'C', price: 5 });
    await service.call('DELETE', `${path}/3`);
    const { status, body } = await service.call('GET', '/internal/products?filter[id]=1,2,3,4');
    expect(status).toBe(200);
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual(['1', '2']);
    expect(body.data[0].attributes).toMatchObject({
      name: 'A',
      sku: 'S',
      price: 19.99,
      priceMinor: 1999,
      currency: 'USD',
      currencyDecimals: 2,
      status: 'active',
      version: 1,
    });
    expect(body.data[1].attributes).toMatchObject({
      priceMinor: 5000,
      currencyDecimals: 3,
      status: 'draft',
    });
  });

  test('take a thousand ids, and refuse more or none', async () => {
    const ids = (count: number) => Array.from({ length: count }, (_, index) => index + 1).join(',');
    expect((await service.call('GET', `/internal/products?filter[id]=${ids(1_000)}`)).status).toBe(
      200,
    );
    expectRefusal(
      await service.call('GET', `/internal/products?filter[id]=${ids(1_001)}`),
      400,
      'invalid-parameter',
    );
    expectRefusal(await service.call('GET', '/internal/products'), 400, 'invalid-parameter', {
      parameter: 'filter[id]',
    });
  });

  test('answer one in the classic form, 404 when deleted or unknown', async () => {
    const id = await service.create({ name: 'A', price: 1.5, status: 'draft' });
    const { body } = await service.call('GET', `/internal/products/${id}`);
    expect(body).toMatchObject({
      id: 1,
      nombre: 'A',
      data: { type: 'products', id: 1, attributes: { nombre: 'A', precio: 1.5 } },
    });
    await service.call('DELETE', `${path}/${id}`);
    expectRefusal(await service.call('GET', `/internal/products/${id}`), 404, 'not-found');
    expectRefusal(await service.call('GET', '/internal/products/x'), 404, 'not-found');
  });
});

describe('product events', () => {
  test('are gapless and complete after concurrent writes, page by page', async () => {
    await Promise.all(
      Array.from({ length: 30 }, (_, index) => service.create({ name: `P${index}`, price: 1 })),
    );
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => patch(String(index + 1), { price: 2 })),
    );
    await Promise.all(
      Array.from({ length: 5 }, (_, index) => service.call('DELETE', `${path}/${index + 1}`)),
    );
    const events: {
      id: string;
      attributes: { position: number; event: { id: string; type: string; order: string } };
    }[] = [];
    let url: string | null = '/api/v1/product-events?page[size]=7';
    while (url !== null) {
      const { body }: Answer = await service.call('GET', url);
      events.push(...body.data);
      expect(body.meta.page).toMatchObject({ size: 7, head: 45 });
      url = body.links.next === null ? null : body.links.next.replace('http://127.0.0.1:0', '');
    }
    const changes = events.filter(({ attributes }) => attributes.event.order.endsWith('.1'));
    expect(changes.map(({ attributes }) => attributes.position)).toEqual(
      Array.from({ length: 45 }, (_, index) => index + 1),
    );
    expect(events).toHaveLength(55);
    expect(events.map(({ id, attributes }) => id === attributes.event.id)).not.toContain(false);
    expect(
      events.filter(({ attributes }) => attributes.event.type === 'product.deleted'),
    ).toHaveLength(5);
  });

  test('are CloudEvents with the product after the change', async () => {
    await service.create({ name: 'A', price: 19.99, sku: 'S' });
    const { body } = await service.call('GET', '/api/v1/product-events');
    expect(body.data[0]).toMatchObject({
      type: 'product-events',
      id: 'products/1',
      attributes: {
        position: 1,
        event: {
          specversion: '1.0',
          id: 'products/1',
          type: 'product.created',
          subject: '1',
          order: '1.1',
          datacontenttype: 'application/json',
          data: { id: '1', name: 'A', price: 19.99, sku: 'S', version: 1, actor: 'products' },
        },
      },
    });
    const past = await service.call('GET', '/api/v1/product-events?page[after]=50');
    expect(past.body.data).toEqual([]);
    expect(past.body.links.next).toBeNull();
    expect(past.body.meta.page).toEqual({ after: 50, size: 100, last: 50, head: 1 });
  });

  test('say what a product cost before, when its price or its currency changed', async () => {
    const id = await service.create({ name: 'A', price: 19.99 });
    for (const change of [{ price: 5 }, { price: 5, name: 'B' }, { price: 500, currency: 'JPY' }])
      expect((await patch(id, change)).status).toBe(200);
    expect((await service.call('DELETE', `${path}/${id}`)).status).toBe(204);
    const { body }: Answer = await service.call('GET', '/api/v1/product-events');
    const events = body.data.map(
      ({ attributes }: { attributes: { event: object } }) => attributes.event,
    );
    expect(events.map(({ type, order }: { type: string; order: string }) => [order, type])).toEqual(
      [
        ['1.1', 'product.created'],
        ['2.1', 'product.updated'],
        ['2.2', 'product.price-changed'],
        ['3.1', 'product.updated'],
        ['4.1', 'product.updated'],
        ['4.2', 'product.price-changed'],
        ['5.1', 'product.deleted'],
      ],
    );
    const usual = { id, version: 2, actor: 'products' };
    const prices = { price: 5, currency: 'USD', previousPrice: 19.99, previousCurrency: 'USD' };
    expect(events[2]).toMatchObject({ id: 'products/2/price', subject: id });
    expect(events[2].data).toEqual({ ...usual, ...prices });
    const inYen = { price: 500, currency: 'JPY', previousPrice: 5, previousCurrency: 'USD' };
    expect(events[5].data).toEqual({ ...usual, version: 4, ...inYen });
  });

  test('reach the publisher in order, and continue after a restart', async () => {
    for (const name of ['a', 'b', 'c']) await service.create({ name, price: 1 });
    await expect
      .poll(() => service.published.map(({ id }) => id))
      .toEqual(['products/1', 'products/2', 'products/3']);
    await service.close();
    service = await startTestService(place);
    await service.create({ name: 'd', price: 1 });
    await expect.poll(() => service.published.map(({ id }) => id)).toEqual(['products/4']);
  });

  test('have the actor that a trusted service sends', async () => {
    const headers = { 'x-actor': 'operator:7' };
    await service.call('POST', path, {
      data: { type: 'products', attributes: { name: 'A', price: 1 } },
      headers,
    });
    const { body } = await service.call('GET', '/api/v1/product-events');
    expect(body.data[0].attributes.event.data.actor).toBe('operator:7');
  });
});

test("a change that can't be written now is 503", () => {
  const error = refusalError({ type: 'store-unavailable' });
  expect(error).toMatchObject({ status: 503, errors: [{ code: 'unavailable' }] });
});

test('keys from a file have their scopes', async () => {
  await service.close();
  const sha256 = (key: string) => createHash('sha256').update(key).digest('hex');
  const keys = [
    { name: 'reader', scopes: ['products:read'], sha256: sha256('reader-key') },
    { name: 'inventory', scopes: ['internal'], sha256: sha256('internal-key') },
  ];
  const file = join(place.folder, 'keys.json');
  writeFileSync(file, JSON.stringify({ keys }));
  service = await startTestService(place, {
    KEYS_FILE: file,
    ANONYMOUS_SCOPES: 'inventory:read',
  });
  expect((await service.call('GET', path, { key: null })).status).toBe(401);
  expect((await service.call('GET', path, { key: 'reader-key' })).status).toBe(200);
  expect((await service.call('DELETE', `${path}/1`, { key: 'reader-key' })).status).toBe(403);
  expect((await service.call('GET', '/api/v1/product-events', { key: 'reader-key' })).status).toBe(
    403,
  );
  expect(
    (await service.call('GET', '/api/v1/product-events', { key: 'internal-key' })).status,
  ).toBe(200);
  expect(
    (await service.call('GET', '/internal/products?filter[id]=1', { key: 'internal-key' })).status,
  ).toBe(200);
});

test('prices of several currencies are sorted and filtered by their amounts in major units', async () => {
  for (const [price, currency] of [
    [1_500, 'JPY'],
    [13, 'EUR'],
    [12.5, 'KWD'],
    [20, 'USD'],
    [12, 'EUR'],
  ])
    await service.create({ name: `${price} ${currency}`, price, currency });
  const names = async (query: string) => {
    const { body } = await service.call('GET', `${path}?${query}`);
    return body.data.map((one: { attributes: { name: string } }) => one.attributes.name);
  };
  expect(await names('sort=price')).toEqual(['12 EUR', '12.5 KWD', '13 EUR', '20 USD', '1500 JPY']);
  expect(await names('sort=-price&filter[price][lt]=13')).toEqual(['12.5 KWD', '12 EUR']);
  expect(await names('sort=price&filter[currency]=EUR')).toEqual(['12 EUR', '13 EUR']);
});

test('behind a trusted proxy, links use its origin', async () => {
  await service.create({ name: 'A', price: 1 });
  const headers = { 'x-forwarded-host': 'shop.example', 'x-forwarded-proto': 'https' };
  const untrusted = await service.call('GET', `${path}/1`, { headers });
  expect(untrusted.body.data.links.self).toBe('http://127.0.0.1:0/api/v1/products/1');
  await service.close();
  service = await startTestService(place, {
    TRUST_PROXY: '1',
    PRODUCTS_PUBLIC_URL: 'https://p.example',
    INVENTORY_PUBLIC_URL: 'https://i.example',
  });
  const trusted = await service.call('GET', `${path}/1`, { headers });
  expect(trusted.body.data.links).toEqual({
    self: 'https://shop.example/api/v1/products/1',
    inventory: 'https://shop.example/api/v1/inventories/1',
  });
  const direct = await service.call('GET', `${path}/1`);
  expect(direct.body.data.links).toEqual({
    self: 'https://p.example/api/v1/products/1',
    inventory: 'https://i.example/api/v1/inventories/1',
  });
  const other = await service.call('GET', path, {
    headers: { ...headers, 'x-forwarded-host': 'other.example' },
  });
  expect(other.body.data[0].links).toEqual({
    self: 'https://other.example/api/v1/products/1',
    inventory: 'https://other.example/api/v1/inventories/1',
  });
  const again = await service.call('GET', `${path}/1`, { headers });
  expect(again.body).toEqual(trusted.body);
  const plain = await service.call('GET', `${path}/1`, {
    headers: { ...headers, 'x-forwarded-proto': 'http' },
  });
  expect(plain.body.data.links.self).toBe('http://shop.example/api/v1/products/1');
});
