import { expect, test } from 'vitest';
import { demoCatalogue } from '../start/demo-catalogue.ts';
import { loadDemo } from '../start/load-demo.ts';
import type { ApiResource, ShopClient } from '../start/shop-client.ts';

/** A shop in memory that fails after so many writes. */
function createShop() {
  const products: ApiResource[] = [];
  const stock = new Map<string, object>();
  let writesLeft = Infinity;
  let busy = 0;
  let busiest = 0;
  const client: ShopClient = {
    list: async () => products,
    async create(service, _path, data) {
      if (writesLeft-- <= 0) throw new Error('The power is gone');
      busiest = Math.max(busiest, ++busy);
      await new Promise((resolve) => setTimeout(resolve, 1));
      busy -= 1;
      if (service === 'products') {
        const id = String(products.length + 1);
        products.push({ id, attributes: { ...data.attributes } });
        return id;
      }
      const id = data.id ?? '';
      if (!stock.has(id)) stock.set(id, data.attributes);
      return id;
    },
  };
  const failAfter = (writes: number): void => {
    writesLeft = writes;
  };
  return { client, products, stock, failAfter, busiest: () => busiest };
}

test('the catalogue is 24 different products, a few of them with a threshold and one out of stock', () => {
  expect(new Set(demoCatalogue.map(({ sku }) => sku)).size).toBe(24);
  expect(new Set(demoCatalogue.map(({ name }) => name)).size).toBe(24);
  expect(demoCatalogue.filter(({ onHand }) => onHand === 0)).toHaveLength(1);
  expect(
    demoCatalogue.filter(({ lowStockThreshold }) => lowStockThreshold !== null).length,
  ).toBeGreaterThan(1);
  for (const { price } of demoCatalogue) expect(price).toBe(Number(price.toFixed(2)));
});

test('the products get the ids 1 to 24 in order, and their stock, a few at a time', async () => {
  const shop = createShop();
  await loadDemo(shop.client);
  expect(shop.products.map(({ id, attributes }) => [id, attributes['sku']])).toEqual(
    demoCatalogue.map(({ sku }, index) => [String(index + 1), sku]),
  );
  for (const [index, { onHand, lowStockThreshold }] of demoCatalogue.entries()) {
    expect(shop.stock.get(String(index + 1))).toEqual({ onHand, lowStockThreshold });
  }
  expect(shop.busiest()).toBeLessThanOrEqual(4);
});

test.each([0, 10, 24, 30])(
  'an interruption after %i writes is made good by the next call',
  async (writes) => {
    const shop = createShop();
    shop.failAfter(writes);
    await expect(loadDemo(shop.client)).rejects.toThrow('The power is gone');
    shop.failAfter(Infinity);
    await loadDemo(shop.client);
    await loadDemo(shop.client);
    expect(shop.products.map(({ attributes }) => attributes['sku'])).toEqual(
      demoCatalogue.map(({ sku }) => sku),
    );
    expect(shop.stock.size).toBe(24);
  },
);
