import { MEDIA_TYPE } from '@anaquel/jsonapi';
import { expectCheapRefusal, hostileBodies } from '@anaquel/jsonapi/refusal-cost';
import { isWholeSoak } from '@anaquel/runtime/soak-counts';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { createProductPlace, type ProductPlace } from './product-place.ts';
import { MASTER_KEY, startTestService, type TestService } from './test-service.ts';

let place: ProductPlace;
let service: TestService;
beforeAll(async () => {
  place = await createProductPlace();
  service = await startTestService(place);
  await service.create({ name: 'Mug', price: 1 });
});
afterAll(async () => {
  await service.close();
  await place.remove();
});

const resource = (members: string) => `{"data":{"type":"products","attributes":{${members}}}}`;
const lists = { list: 'tags', text: 'name' };
const operation = (members: string) =>
  `{"atomic:operations":[{"op":"add","data":{"type":"products","attributes":{${members}}}}]}`;

describe.each([
  ['/api/v1/products', MEDIA_TYPE, resource, 0],
  [
    '/api/v1/product-operations',
    `${MEDIA_TYPE};ext="https://jsonapi.org/ext/atomic"`,
    operation,
    1,
  ],
  ['/products', 'application/json', (members: string) => `{${members}}`, 2],
] as const)('refusing at %s costs little:', (url, type, document, turn) => {
  // The classic API ignores unknown members, and then refuses the missing price.
  const bodies = Object.entries(hostileBodies({ document, ...lists }));
  // The routes share the bodies; the whole soak sends all of them to each.
  const some = bodies.filter((_, at) => isWholeSoak || at % 3 === turn);
  test.each(some)('%s', async (_name, text) => {
    const headers = { 'content-type': type, 'x-api-key': MASTER_KEY };
    await expectCheapRefusal(service.app, { method: 'POST', url, headers }, text);
  });
});

test('refusing the last of a thousand operations costs little', async () => {
  const add = JSON.stringify({
    op: 'add',
    data: { type: 'products', attributes: { name: 'x'.repeat(20), price: 1 } },
  });
  const update = JSON.stringify({
    op: 'update',
    href: '/api/v1/products/1',
    data: { type: 'products', id: '1', attributes: { price: 2, createdAt: 'now' } },
  });
  const headers = {
    'content-type': `${MEDIA_TYPE};ext="https://jsonapi.org/ext/atomic"`,
    'x-api-key': MASTER_KEY,
  };
  const request = { method: 'POST', url: '/api/v1/product-operations', headers } as const;
  for (const one of [add, update]) {
    const many = `${one},`.repeat(999);
    await expectCheapRefusal(service.app, request, `{"atomic:operations":[${many}{"op":"x"}]}`);
  }
  const far = JSON.stringify({ op: 'remove', href: `/api/v1/products/${'x/'.repeat(400_000)}` });
  await expectCheapRefusal(service.app, request, `{"atomic:operations":[${far}]}`);
});
