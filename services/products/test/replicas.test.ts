import { hasPostgres } from '@anaquel/runtime/postgres-server';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createProductPlace, type ProductPlace } from './product-place.ts';
import { startTestService, type TestService } from './test-service.ts';

describe.skipIf(!hasPostgres)('two replicas on one database', () => {
  let place: ProductPlace;
  let replicas: TestService[];

  beforeEach(async () => {
    place = await createProductPlace({ store: 'postgres' });
    replicas = await Promise.all([startTestService(place), startTestService(place)]);
  });
  afterEach(async () => {
    for (const replica of replicas) await replica.close();
    await place.remove();
  });

  const path = '/api/v1/products';
  const replica = (index: number): TestService => {
    const one = replicas[index % replicas.length];
    if (one === undefined) throw new Error('there is no replica');
    return one;
  };
  const post = (index: number, attributes: object) =>
    replica(index).call('POST', path, {
      data: { type: 'products', attributes: { price: 1, ...attributes } },
    });
  const patch = (index: number, id: string, attributes: object, headers = {}) =>
    replica(index).call('PATCH', `${path}/${id}`, {
      data: { type: 'products', id, attributes },
      headers,
    });
  const times = <Result>(count: number, work: (index: number) => Promise<Result>) =>
    Promise.all(Array.from({ length: count }, (_, index) => work(index)));

  test('of ten changes with one ETag, one succeeds', async () => {
    const id = await replica(0).create({ name: 'A', price: 1 });
    const answers = await times(10, (index) =>
      patch(index, id, { price: index + 2 }, { 'if-match': '"1"' }),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(9);
    const read = await times(2, (index) => replica(index).call('GET', `${path}/${id}`));
    expect(read.map(({ headers }) => headers['etag'])).toEqual(['"2"', '"2"']);
  });

  test('a SKU that many want goes to one, by creation, change or list', async () => {
    const ids = await times(3, (index) => replica(index).create({ name: `P${index}`, price: 1 }));
    const mediaType = 'application/vnd.api+json;ext="https://jsonapi.org/ext/atomic"';
    const add = { op: 'add', data: { type: 'products', attributes: { name: 'L', price: 1 } } };
    const claim = {
      op: 'update',
      data: { type: 'products', id: ids[2], attributes: { sku: 'S' } },
    };
    const answers = await Promise.all([
      ...[0, 1].map((index) => post(index, { name: 'N', sku: 'S' })),
      ...[0, 1].map((index) => patch(index, ids[index] ?? '', { sku: 'S' })),
      ...[0, 1].map((index) =>
        replica(index).call('POST', '/api/v1/product-operations', {
          body: { 'atomic:operations': [add, claim] },
          headers: { 'content-type': mediaType },
        }),
      ),
    ]);
    const done = answers.filter(({ status }) => status === 200 || status === 201);
    const refused = answers.filter(({ status }) => status === 409);
    // The two lists give it to the same product: the second finds it there already.
    expect(done.length === 1 || done.length === 2).toBe(true);
    expect(refused).toHaveLength(answers.length - done.length);
    const { body } = await replica(0).call('GET', `${path}?filter[sku]=S`);
    expect(body.meta.total).toBe(1);
  });

  test('the feed has every change without a gap, in the same order everywhere', async () => {
    const ids = await times(20, (index) => replica(index).create({ name: `P${index}`, price: 1 }));
    await times(20, (index) => patch(index, ids[index] ?? '', { price: 2 }));
    await times(6, (index) => replica(index).call('DELETE', `${path}/${ids[index]}`));
    const feeds = await times(2, (index) =>
      replica(index).call('GET', '/api/v1/product-events?page[size]=100'),
    );
    const [first, second] = feeds.map(({ body }) => body.data);
    expect(first).toEqual(second);
    const positions = first.map((one: { attributes: { position: number } }) => {
      return one.attributes.position;
    });
    // A change of the price gives two events.
    expect(positions).toHaveLength(66);
    expect([...new Set(positions)]).toEqual(Array.from({ length: 46 }, (_, index) => index + 1));
  });

  test('one publishes, and the other one goes on when it ends', async () => {
    const publishing = () => replicas.filter(({ published }) => published.length > 0);
    const idsOf = ({ published }: TestService) => published.map(({ id }) => id);
    await times(4, (index) => replica(index).create({ name: `P${index}`, price: 1 }));
    const all = ['products/1', 'products/2', 'products/3', 'products/4'];
    await vi.waitFor(() => expect(publishing().map(idsOf)).toEqual([all]), 30_000);
    const [publisher] = publishing();
    const other = replicas.find((one) => one !== publisher);
    await publisher?.close();
    replicas = replicas.filter((one) => one !== publisher);
    await other?.create({ name: 'Later', price: 1 });
    await vi.waitFor(() => expect(other && idsOf(other)).toEqual(['products/5']), 30_000);
  });

  test('texts that a release of an older form writes beside are derived again', async () => {
    const id = await replica(0).create({ name: 'Café', price: 1 });
    const ids = async (index: number) =>
      (await replica(index).call('GET', `${path}?filter[search]=cafe`)).body.data.map(
        (one: { id: string }) => one.id,
      );
    expect(await ids(1)).toEqual([id]);
    await place.run("update products set search_text = 'other', text_form = 0");
    for (const one of replicas.splice(0)) await one.close();
    replicas = await Promise.all([startTestService(place), startTestService(place)]);
    await vi.waitFor(async () => expect(await ids(0)).toEqual([id]), 30_000);
    expect(await place.run('select text_form from products')).not.toEqual([{ text_form: '0' }]);
  });
});
