import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectRefusal } from './json-api-rules.ts';
import { createProductPlace, type ProductPlace } from './product-place.ts';
import { startTestService, type TestService } from './test-service.ts';

let place: ProductPlace;
let service: TestService;

beforeAll(async () => {
  place = await createProductPlace();
  service = await startTestService(place);
});
afterAll(async () => {
  await service.close();
  await place.remove();
});

const path = '/api/v1/products';
const post = (attributes: object) =>
  service.call('POST', path, { data: { type: 'products', attributes } });

describe('a product to create', () => {
  test.each([
    [{ price: 1 }, '/data/attributes'],
    [{ name: 'a' }, '/data/attributes'],
    [{ name: '', price: 1 }, '/data/attributes/name'],
    [{ name: '  ', price: 1 }, '/data/attributes/name'],
    [{ name: 'a\nb', price: 1 }, '/data/attributes/name'],
    [{ name: 'a'.repeat(201), price: 1 }, '/data/attributes/name'],
    [{ name: 'a', price: '1' }, '/data/attributes/price'],
    [{ name: 'a', price: -1 }, '/data/attributes/price'],
    [{ name: 'a', price: 1e9 + 1 }, '/data/attributes/price'],
    [{ name: 'a', price: 1.999 }, '/data/attributes/price'],
    [{ name: 'a', price: 1.5, currency: 'JPY' }, '/data/attributes/price'],
    [{ name: 'a', price: 1, currency: 'usd' }, '/data/attributes/currency'],
    [{ name: 'a', price: 1, currency: 'ABC' }, '/data/attributes/currency'],
    [{ name: 'a', price: 1, status: 'gone' }, '/data/attributes/status'],
    [{ name: 'a', price: 1, sku: 'a b' }, '/data/attributes/sku'],
    [{ name: 'a', price: 1, sku: 'x'.repeat(65) }, '/data/attributes/sku'],
    [{ name: 'a', price: 1, description: 'x'.repeat(5001) }, '/data/attributes/description'],
    [{ name: 'a', price: 1, tags: ['x', 'x'] }, '/data/attributes/tags'],
    [{ name: 'a', price: 1, tags: Array.from({ length: 21 }, String) }, '/data/attributes/tags'],
    [{ name: 'a', price: 1, tags: [''] }, '/data/attributes/tags/0'],
    [{ name: 'a', price: 1, imageUrl: 'http://x/a.png' }, '/data/attributes/imageUrl'],
    [{ name: 'a', price: 1, imageUrl: '//evil/a.png' }, '/data/attributes/imageUrl'],
    [{ name: 'a', price: 1, imageUrl: 'https://u:p@x/a.png' }, '/data/attributes/imageUrl'],
    [{ name: 'a', price: 1, imageUrl: 'javascript:alert(1)' }, '/data/attributes/imageUrl'],
    [{ name: 'a', price: 1, colour: 'red' }, '/data/attributes/colour'],
  ])('%j is 422 at %s', async (attributes, pointer) => {
    expectRefusal(await post(attributes), 422, 'invalid-attribute', { pointer });
  });

  test.each([
    'https://x',
    'https://x/a b'.replace(' ', '%20'),
    'https://x:8443/a?b=1#c',
    '/a.png',
    '/',
  ])('the image %s is fine', async (imageUrl) => {
    expect((await post({ name: 'a', price: 1, imageUrl })).status).toBe(201);
  });

  test('an id from the client is 403, another type 409', async () => {
    const attributes = { name: 'a', price: 1 };
    expectRefusal(
      await service.call('POST', path, { data: { type: 'products', id: '9', attributes } }),
      403,
      'client-generated-id',
    );
    expectRefusal(
      await service.call('POST', path, { data: { type: 'things', attributes } }),
      409,
      'type-conflict',
    );
  });
});

describe('the address of a product', () => {
  test.each(['99', '0', '01', '-1', '1.0', 'x', '%20', '9'.repeat(30), '1e0'])(
    '%s is 404',
    async (id) => {
      expectRefusal(await service.call('GET', `${path}/${id}`), 404, 'not-found');
    },
  );
});

describe('a list', () => {
  test.each([
    'sort=weight',
    'page[size]=101',
    'filter[price]=cheap',
    'filter[price][like]=1',
    'fields[products]=colour',
    'fields[things]=name',
    `filter[search]=${'a'.repeat(201)}`,
    'filter[search]=',
  ])('%s is 400', async (query) => {
    expectRefusal(await service.call('GET', `${path}?${query}`), 400, 'invalid-parameter');
  });
});

test('nested lists as tags are refused, and too deep ones before validation', async () => {
  const tagsOf = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
  expectRefusal(await post({ name: 'A', price: 1, tags: tagsOf(61) }), 422, 'invalid-attribute');
  expectRefusal(await post({ name: 'A', price: 1, tags: tagsOf(62) }), 400, 'invalid-json');
});
