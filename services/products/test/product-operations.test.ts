import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createProductPlace, type ProductPlace } from './product-place.ts';
import { startTestService } from './test-service.ts';
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

const MEDIA_TYPE = 'application/vnd.api+json;ext="https://jsonapi.org/ext/atomic"';

async function operate(...operations: object[]) {
  const body = { 'atomic:operations': operations };
  const headers = { 'content-type': MEDIA_TYPE };
  const answer = await service.call('POST', '/api/v1/product-operations', { body, headers });
  const pointers = answer.body?.errors?.map(
    ({ source }: { source?: { pointer?: string } }) => source?.pointer,
  );
  return { ...answer, pointers };
}

const add = (attributes: object, lid?: string) => ({
  op: 'add',
  data: { type: 'products', lid, attributes: { name: 'New', price: 1, ...attributes } },
});
const update = (identity: object, attributes: object) => ({
  op: 'update',
  data: { type: 'products', ...identity, attributes },
});
const remove = (identity: object) => ({ op: 'remove', ref: { type: 'products', ...identity } });

test('each operation is an event of its own, and all are published', async () => {
  const { body } = await operate(
    add({ name: 'A' }, 'a'),
    update({ lid: 'a' }, { price: 2 }),
    remove({ lid: 'a' }),
  );
  expect(body['atomic:results'].map(({ data }: { data?: { id: string } }) => data?.id)).toEqual([
    '1',
    '1',
    undefined,
  ]);
  await vi.waitFor(
    () =>
      expect(service.published.map(({ type, subject }) => [type, subject])).toEqual([
        ['product.created', '1'],
        ['product.updated', '1'],
        ['product.price-changed', '1'],
        ['product.deleted', '1'],
      ]),
    30_000,
  );
});

test('a removed product is 404 for later operations, and its SKU is free', async () => {
  await operate(add({ sku: 'S' }));
  const { status } = await operate(remove({ id: '1' }), add({ sku: 'S' }));
  expect(status).toBe(200);
  const answer = await operate(
    add({}, 'a'),
    remove({ lid: 'a' }),
    update({ lid: 'a' }, { price: 2 }),
  );
  expect([answer.status, answer.pointers]).toEqual([404, ['/atomic:operations/2']]);
});

describe('a refusal', () => {
  test.each([
    ['a taken SKU', add({ sku: 'S' }), 409, '/data/attributes/sku'],
    ['a currency that is none', add({ currency: 'XXZ' }), 422, '/data/attributes/currency'],
    [
      'a currency without a price',
      update({ id: '1' }, { currency: 'EUR' }),
      422,
      '/data/attributes/currency',
    ],
    ['a product that is not there', update({ id: '9' }, {}), 404, ''],
    ['an id that can be none', remove({ id: '01' }), 404, ''],
    ['too many decimals', update({ id: '1' }, { price: 1.001 }), 422, '/data/attributes/price'],
  ])(
    'of %s undoes all before it, gives no id away, and points to it',
    async (_, bad, status, at) => {
      await operate(add({ sku: 'S' }));
      const before = await service.call('GET', '/api/v1/product-events');
      const answer = await operate(add({}), update({ id: '1' }, { price: 5 }), bad, add({}));
      expect([answer.status, answer.pointers]).toEqual([status, [`/atomic:operations/2${at}`]]);
      const after = await service.call('GET', '/api/v1/product-events');
      expect(after.body).toEqual(before.body);
      expect(await service.create({ name: 'Next', price: 1 })).toBe('2');
    },
  );
});

test('all operations of a request have one time', async () => {
  const { body } = await operate(add({}), add({}));
  const [one, other] = body['atomic:results'].map(
    ({ data }: { data: { attributes: { createdAt: string } } }) => data.attributes.createdAt,
  );
  expect(one).toBe(other);
});

test('while a thousand operations run reads see the state before all of them, and then after all of them', async () => {
  await operate(add({ name: 'First' }));
  const reads = {
    products: async () => total(await service.call('GET', '/api/v1/products?sort=-name')),
    mugs: async () => total(await service.call('GET', '/api/v1/products?filter[search]=mug')),
    first: async () => {
      const { body } = await service.call('GET', '/api/v1/products/1');
      return body.data.attributes.name;
    },
    isKnown: async () =>
      (await service.call('GET', '/internal/products?filter[id]=2')).body.data.length === 1,
    events: async () =>
      (await service.call('GET', '/api/v1/product-events?page[after]=1')).body.data.length,
    health: async () => (await service.call('GET', '/health/ready')).status,
  };
  const total = ({ body }: { body: { meta: { page: { total: number } } } }) => body.meta.page.total;
  async function readAll() {
    const read = Object.entries(reads).map(async ([name, one]) => [name, await one()] as const);
    return Object.fromEntries(await Promise.all(read)) as Record<keyof typeof reads, unknown>;
  }
  const before = await readAll();
  expect(before).toMatchObject({ products: 1, mugs: 0, first: 'First', isKnown: false, events: 0 });

  let isAnswered = false;
  const answering = operate(
    update({ id: '1' }, { name: 'Changed' }),
    ...Array.from({ length: 998 }, (_, index) => add({ name: `Mug ${index}` }, `mug-${index}`)),
    remove({ lid: 'mug-1' }),
  ).finally(() => (isAnswered = true));
  const snapshots: Awaited<ReturnType<typeof readAll>>[] = [];
  while (!isAnswered) {
    await new Promise((resolve) => setImmediate(resolve));
    snapshots.push(await readAll());
  }
  expect((await answering).status).toBe(200);
  const after = await readAll();
  expect(after).toMatchObject({ products: 998, mugs: 997, first: 'Changed', isKnown: true });

  // If the operations took the process for themselves, one reading would be all.
  expect(snapshots.filter((now) => isDeepStrictEqual(now, before)).length).toBeGreaterThan(1);
  for (const now of snapshots)
    for (const name of Object.keys(reads) as (keyof typeof reads)[])
      expect([before[name], after[name]]).toContainEqual(now[name]);
});

test('of a thousand operations and others that want the same SKU at once, one gets it', async () => {
  const answering = operate(
    ...Array.from({ length: 999 }, (_, index) => add({ sku: `M-${index}` })),
    add({ sku: 'S' }),
  );
  await new Promise((resolve) => setImmediate(resolve));
  const others = await Promise.all(
    Array.from({ length: 5 }, () =>
      service.call('POST', '/api/v1/products', {
        data: { type: 'products', attributes: { name: 'Late', price: 1, sku: 'S' } },
      }),
    ),
  );
  const statuses = [(await answering).status, ...others.map(({ status }) => status)];
  const isListDone = statuses[0] === 200;
  expect(statuses.filter((status) => status === 409)).toHaveLength(5);
  expect(statuses).toContain(isListDone ? 200 : 201);
  const total = async (query: string) =>
    (await service.call('GET', `/api/v1/products?${query}`)).body.meta.total;
  expect(await total('filter[sku]=S')).toBe(1);
  expect(await total('')).toBe(isListDone ? 1_000 : 1);
});
