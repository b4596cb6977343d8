import { demoCatalogue } from './demo-catalogue.ts';
import type { DemoProduct } from './demo-catalogue.ts';
import type { ShopClient } from './shop-client.ts';

const STOCKED_AT_A_TIME = 4;

/**
 * Puts the demo catalogue into the shop through its public API. What an interrupted call left is
 * completed by the next one: products are known by their SKU, and stock that is tracked is let
 * alone.
 */
export async function loadDemo(shop: ShopClient): Promise<void> {
  const idBySku = await existingProducts(shop);
  // One after the other, so that the ids count up in the catalogue's order.
  for (const product of demoCatalogue) {
    if (!idBySku.has(product.sku)) idBySku.set(product.sku, await createProduct(shop, product));
  }
  const waiting = demoCatalogue.values();
  await Promise.all(
    Array.from({ length: STOCKED_AT_A_TIME }, () => stockAll(shop, waiting, idBySku)),
  );
}

async function existingProducts(shop: ShopClient): Promise<Map<string, string>> {
  const products = await shop.list('products', '/api/v1/products?page[size]=100');
  return new Map(products.map(({ id, attributes }) => [String(attributes['sku']), id]));
}

async function createProduct(shop: ShopClient, product: DemoProduct): Promise<string> {
  const { sku, name, description, price, tags } = product;
  const attributes = { sku, name, description, price, currency: 'USD', tags };
  return shop.create('products', '/api/v1/products', { type: 'products', attributes });
}

/** Several of these share one iterator: each takes the next product that none has taken yet. */
async function stockAll(
  shop: ShopClient,
  waiting: Iterable<DemoProduct>,
  idBySku: ReadonlyMap<string, string>,
): Promise<void> {
  for (const { sku, onHand, lowStockThreshold } of waiting) {
    const id = idBySku.get(sku);
    if (id === undefined) throw new Error(`The demo product ${sku} has no id`);
    const data = { type: 'inventories', id, attributes: { onHand, lowStockThreshold } };
    await shop.create('inventory', '/api/v1/inventories', data, { presentIsFine: true });
  }
}
