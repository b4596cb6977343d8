import { hasPostgres } from '@anaquel/runtime/postgres-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createProductPlace, type ProductPlace } from './product-place.ts';
import { expectRefusal } from './json-api-rules.ts';
import { startTestService, type TestService } from './test-service.ts';

const PATH = '/api/v1/product-price-changes';
const stores = ['sqlite', ...(hasPostgres ? (['postgres'] as const) : [])] as const;

interface PriceChange {
  readonly id: string;
  readonly attributes: {
    readonly productId: string;
    readonly price: number;
    readonly currency: string;
    readonly previousPrice: number | null;
    readonly previousCurrency: string | null;
    readonly actor: string;
  };
}

describe.each(stores)('the prices that products got, on %s', (store) => {
  let place: ProductPlace;
  let service: TestService;
  beforeEach(async () => {
    place = await createProductPlace({ store });
    service = await startTestService(place);
  });
  afterEach(async () => {
    await service.close();
    await place.remove();
  });

  const change = (id: string, attributes: object) =>
    service.call('PATCH', `/api/v1/products/${id}`, { data: { type: 'products', id, attributes } });
  async function list(query: string): Promise<readonly string[]> {
    const { status, body } = await service.call('GET', `${PATH}${query}`);
    expect(status).toBe(200);
    return body.data.map(({ attributes }: PriceChange) => {
      const { productId, price, currency, previousPrice, previousCurrency } = attributes;
      return `${productId}: ${previousPrice} ${previousCurrency} → ${price} ${currency}`;
    });
  }

  test('are those of its creation and of each change, the latest first, and stay when it is deleted', async () => {
    const mug = await service.create({ name: 'Mug', price: 10 });
    const bowl = await service.create({ name: 'Bowl', price: 5 });
    await change(mug, { name: 'Large Mug' });
    await change(mug, { price: 12.5 });
    await change(bowl, { price: 6 });
    await change(mug, { price: 1_500, currency: 'JPY', name: 'Mug' });
    await change(mug, { price: 1_500 });
    const ofMug = [
      `${mug}: 12.5 USD → 1500 JPY`,
      `${mug}: 10 USD → 12.5 USD`,
      `${mug}: null null → 10 USD`,
    ];
    expect(await list(`?filter[product]=${mug}`)).toEqual(ofMug);
    expect(await list(`?filter[product]=${mug}&sort=position`)).toEqual(ofMug.toReversed());
    expect(await list('')).toEqual([
      `${mug}: 12.5 USD → 1500 JPY`,
      `${bowl}: 5 USD → 6 USD`,
      `${mug}: 10 USD → 12.5 USD`,
      `${bowl}: null null → 5 USD`,
      `${mug}: null null → 10 USD`,
    ]);
    await service.call('DELETE', `/api/v1/products/${mug}`);
    expect(await list(`?filter[product]=${mug}`)).toEqual(ofMug);
    expect(await list('?filter[product]=999')).toEqual([]);
    expect(await list(`?filter[createdAt][gt]=2099-01-01T00:00:00Z`)).toEqual([]);
    const { body } = await service.call('GET', `${PATH}?filter[product]=${mug}&page[size]=1`);
    expect(body.data[0].attributes.actor).toBe('products');
    expect(body.meta.page.total).toBe(3);
    expect(body.data[0].links.product).toMatch(new RegExp(`/api/v1/products/${mug}$`));
  });

  test('are read page by page, by number and by cursor', async () => {
    const id = await service.create({ name: 'Mug', price: 100 });
    for (let price = 101; price <= 104; price += 1) await change(id, { price });
    const pricesOf = (body: { data: readonly PriceChange[] }) =>
      body.data.map(({ attributes }) => attributes.price);
    const third = await service.call('GET', `${PATH}?page[size]=2&page[number]=3`);
    expect(pricesOf(third.body)).toEqual([100]);
    const accept =
      'application/vnd.api+json;profile="https://jsonapi.org/profiles/ethanresnick/cursor-pagination/"';
    const prices: number[] = [];
    let url: string | null = `${PATH}?filter[product]=${id}&page[size]=2`;
    for (let pages = 0; url !== null && pages < 5; pages += 1) {
      const { body } = await service.call('GET', url, { headers: { accept } });
      prices.push(...pricesOf(body));
      const { next } = body.links;
      url = next === null ? null : next.slice(new URL(next).origin.length);
    }
    expect(prices).toEqual([104, 103, 102, 101, 100]);
  });

  test('are for those who may change products', async () => {
    expectRefusal(await service.call('GET', PATH, { key: null }), 401, 'key-required');
  });
});
