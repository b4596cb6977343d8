import { afterAll, beforeAll, expect, test } from 'vitest';
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

// PostgreSQL holds no NUL, and UTF-8 no half of a surrogate pair.
test.each([
  ['/api/v1/products/%00', 404],
  ['/api/v1/product-tags/a%00', 404],
  ['/products/%00', 404],
  ['/internal/products/1%00', 404],
  ['/api/v1/products?filter[name]=%00', 400],
  ['/api/v1/products?filter[sku][in]=a,%00', 400],
  ['/api/v1/products?filter[tags]=a%00', 400],
  ['/api/v1/products?filter[search]=a%00', 400],
  ['/api/v1/products?page[cursor]=%00', 400],
  ['/api/v1/product-tags?filter[search]=%00', 400],
  ['/internal/products?filter[id]=1%00', 400],
  ['/products?limit=%00', 400],
])('GET %s is refused', async (url, status) => {
  expect((await service.call('GET', url)).status).toBe(status);
});

test.each(['\0', '\ud800'])('%j is refused in each text of a body', async (text) => {
  const fields = { name: text, sku: text, description: text, tags: [text] };
  for (const [field, value] of Object.entries(fields)) {
    const attributes = { name: 'A', price: 1, [field]: value };
    const data = { type: 'products', attributes };
    expect((await service.call('POST', '/api/v1/products', { data })).status).toBe(422);
  }
  const classic = await service.call('POST', '/products', { body: { name: text, price: 1 } });
  expect(classic.status).toBe(400);
});
