import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createProductPlace, type ProductPlace } from './product-place.ts';
import { MASTER_KEY, startTestService } from './test-service.ts';
import type { TestService } from './test-service.ts';

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

test('reference system 1: enveloped, Spanish, limit and offset', async () => {
  const body = { data: { type: 'products', attributes: { nombre: 'Laptop', precio: 1200.5 } } };
  const created = await service.call('POST', '/products', { body });
  expect(created.status).toBe(200);
  expect(created.body.data).toMatchObject({
    type: 'products',
    id: 1,
    attributes: { nombre: 'Laptop', precio: 1200.5 },
  });
  await service.call('POST', '/products', { body });
  await service.call('POST', '/products', { body });

  const printed = await service.call('GET', '/products?limit=&offset=');
  expect(printed.body).toEqual((await service.call('GET', '/products')).body);
  const list = await service.call('GET', '/products?limit=2&offset=1');
  expect(list.body.data.map(({ id }: { id: number }) => id)).toEqual([2, 3]);
  expect(list.body.meta.total).toBe(3);
  expect((await service.call('GET', '/products/1')).body.data.attributes.nombre).toBe('Laptop');

  const changed = await service.call('PATCH', '/products/1', {
    body: { data: { type: 'products', attributes: { precio: 1100 } } },
  });
  expect(changed.status).toBe(200);
  expect(changed.body.data.attributes).toMatchObject({ nombre: 'Laptop', precio: 1100 });
  const withId = { data: { type: 'products', id: 1, attributes: { nombre: 'Portátil' } } };
  expect(
    (await service.call('PATCH', '/products/1', { body: withId })).body.data.attributes.nombre,
  ).toBe('Portátil');

  expect((await service.call('GET', '/internal/products/1')).body.data.attributes.precio).toBe(
    1100,
  );
  expect((await service.call('GET', '/internal/products/1', { key: null })).status).toBe(401);
  const deleted = await service.call('DELETE', '/products/1');
  expect(deleted.status).toBe(200);
  expect(typeof deleted.body.meta.message).toBe('string');
  const missing = await service.call('GET', '/products/1');
  expect(missing.status).toBe(404);
  expect(missing.body.errors[0]).toMatchObject({ status: '404', detail: expect.any(String) });
  expect((await service.call('GET', '/health')).body).toEqual({ status: 'ok' });
});

test('reference system 2: plain JSON with a trailing slash', async () => {
  const body = { nombre: 'Laptop', precio: 999.99, descripcion: 'De trabajo' };
  const created = await service.call('POST', '/products/', { body });
  expect(created.status).toBe(201);
  expect(created.body).toMatchObject({ id: 1, ...body });
  expect((await service.call('POST', '/products', { body })).status).toBe(201);
  const list = await service.call('GET', '/products/');
  expect(list.body).toHaveLength(2);
  expect(list.body[0]).toMatchObject({ id: 1, ...body });
  expect((await service.call('GET', '/products/1')).body).toMatchObject({ id: 1, ...body });
});

test('reference system 3: JSON:API under /api/v1', async () => {
  const created = await service.call('POST', '/api/v1/products', {
    data: {
      type: 'products',
      attributes: { name: 'Laptop', description: 'For work', price: 999.99 },
    },
  });
  expect(created.status).toBe(201);
  expect(created.body.data).toMatchObject({
    id: '1',
    attributes: { name: 'Laptop', description: 'For work', price: 999.99 },
  });
  const list = await service.call('GET', '/api/v1/products?page[number]=1&page[size]=10', {
    headers: { accept: 'application/json, text/plain, */*' },
  });
  expect(list.body.meta.total).toBe(1);
  expect((await service.call('DELETE', '/api/v1/products/1')).status).toBe(204);
});

test('reference system 5: plain JSON, page and size, PUT', async () => {
  const created = await service.call('POST', '/products', {
    body: { name: 'Laptop', price: 999.99 },
  });
  expect(created.status).toBe(201);
  expect(created.body.data).toMatchObject({ id: 1, attributes: { name: 'Laptop', price: 999.99 } });
  for (const name of ['B', 'C'])
    await service.call('POST', '/products', { body: { name, price: 1 } });
  const list = await service.call('GET', '/products?page=2&size=2');
  expect(
    list.body.data.map(({ attributes }: { attributes: { name: string } }) => attributes.name),
  ).toEqual(['C']);
  expect(list.body.meta).toEqual({ page: 2, size: 2, total: 3 });
  const replaced = await service.call('PUT', '/products/1', {
    body: { name: 'Notebook', price: 5 },
  });
  expect(replaced.status).toBe(200);
  expect(replaced.body.data.attributes).toMatchObject({ name: 'Notebook', price: 5 });
  expect((await service.call('DELETE', '/products/1')).status).toBe(200);
});

describe('tolerance', () => {
  test('any content type, or none, and any Accept', async () => {
    for (const headers of [
      {},
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/vnd.api+json' },
      { accept: 'text/html' },
    ] as const) {
      const payload = Buffer.from('{"name":"A","price":"1.50"}');
      const answer = await service.app.inject({
        method: 'POST',
        url: '/products',
        payload,
        headers: { 'x-api-key': MASTER_KEY, ...headers },
      });
      expect(answer.statusCode).toBe(201);
      expect(answer.json().price).toBe(1.5);
    }
  });

  test('the plain list ends after 500 products, and continues by offset', async () => {
    await service.createMany(501, { name: 'P', price: 1 });
    expect((await service.call('GET', '/products/')).body).toHaveLength(500);
    expect((await service.call('GET', '/products/?limit=1000')).body).toHaveLength(500);
    expect((await service.call('GET', '/products/?offset=500')).body).toHaveLength(1);
  });

  test('a size beyond the limit gives the limit', async () => {
    await service.create({ name: 'A', price: 1 });
    expect((await service.call('GET', '/products?limit=100000')).body.meta).toEqual({
      page: 1,
      size: 100,
      total: 1,
    });
    expect((await service.call('GET', '/products?page[number]=1&page[size]=10&x=1')).status).toBe(
      200,
    );
  });

  test("a PUT keeps the attributes that the classic API doesn't have", async () => {
    await service.create({ name: 'A', price: 1, sku: 'S', description: 'd', status: 'draft' });
    const { body } = await service.call('PUT', '/products/1', { body: { name: 'B', price: 2 } });
    expect(body).toMatchObject({ name: 'B', sku: 'S', description: 'd', status: 'draft' });
  });
});

describe('refusals are error documents with pointers into the classic body', () => {
  test.each([
    [{ nombre: '', precio: 1 }, 422, '/nombre'],
    [{ data: { attributes: { nombre: 'A', precio: -1 } } }, 422, '/data/attributes/precio'],
    [{ name: 'A', price: 1.999 }, 422, '/price'],
    [{ name: 'A' }, 422, ''],
    [{ data: { attributes: { nombre: 'A' } } }, 422, '/data/attributes'],
    [{ name: 'A', price: 'cheap' }, 422, '/price'],
    [{ name: 'A', price: null }, 422, '/price'],
  ])('%j is %i at "%s"', async (body, status, pointer) => {
    const answer = await service.call('POST', '/products', { body });
    expect(answer.status).toBe(status);
    expect(answer.body.errors[0].source).toEqual({ pointer });
  });

  test.each([[[]], ['x'], [5], [null], [undefined]])('%j is 400', async (body) => {
    expect((await service.call('POST', '/products', { body })).status).toBe(400);
  });

  test('bad pages are 400, unknown ids 404, another id in the body 409', async () => {
    await service.create({ name: 'A', price: 1 });
    for (const query of ['limit=0', 'limit=x', 'offset=-1', 'page=0', 'size=1&size=2']) {
      expect((await service.call('GET', `/products?${query}`)).status).toBe(400);
    }
    for (const id of ['2', '01', 'x'])
      expect(
        (await service.call('PUT', `/products/${id}`, { body: { name: 'B', price: 1 } })).status,
      ).toBe(404);
    const other = await service.call('PATCH', '/products/1', {
      body: { data: { id: 2, attributes: { name: 'B' } } },
    });
    expect(other.status).toBe(409);
    expect((await service.call('PUT', '/products/1', { body: { name: 'B' } })).status).toBe(422);
    expect((await service.call('PATCH', '/products', { body: {} })).status).toBe(405);
  });
});
