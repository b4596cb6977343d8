import { randomUUID } from 'node:crypto';
import Devour from 'devour-client';
import Kitsu from 'kitsu';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServices } from './services.ts';
import type { Services } from './services.ts';

// Two JSON:API clients from npm against both services, with nothing but their own options set.

let shop: Services;

beforeAll(async () => {
  shop = await startServices({ demo: true, env: { LOG_LEVEL: 'warn' } });
});

afterAll(() => shop?.remove());

function settingsOf(service: 'products' | 'inventory') {
  return { url: `${shop.origins[service]}/api/v1`, key: shop.keys[service] };
}

const NO_ID = '999999';

describe('kitsu', () => {
  // Answers of every shape.
  type Answer = ReturnType<typeof JSON.parse>;

  function client(service: 'products' | 'inventory'): Kitsu {
    const { url, key } = settingsOf(service);
    return new Kitsu({ baseURL: url, headers: { 'x-api-key': key }, camelCaseTypes: false });
  }

  const once = () => ({ headers: { 'Idempotency-Key': randomUUID() } });

  test('lists with page, sort and filter', async () => {
    const params = {
      page: { number: 2, size: 3 },
      sort: '-price,name',
      filter: { price: { gte: 5, lt: 1_000 }, status: 'active' },
      fields: { products: 'name,price' },
    };
    const { data, meta, links }: Answer = await client('products').get('products', { params });
    expect(data).toHaveLength(3);
    const prices = data.map(({ price }: { price: number }) => price);
    expect(prices).toEqual(prices.toSorted((a: number, b: number) => b - a));
    expect(prices.at(-1)).toBeGreaterThanOrEqual(5);
    expect(Object.keys(data[0]).toSorted()).toEqual(['id', 'links', 'name', 'price', 'type']);
    expect(meta.page).toMatchObject({ number: 2, size: 3 });
    expect(links.next).toContain('page%5Bnumber%5D=3');
  });

  test('creates a product, sends the whole answer back as an update, and deletes it', async () => {
    const api = client('products');
    const creation: Answer = await api.post('products', {
      name: 'Lamp',
      price: 12.5,
      tags: ['light'],
    });
    expect([creation.status, creation.data.name]).toEqual([201, 'Lamp']);
    const { data: lamp }: Answer = await api.get(`products/${creation.data.id}`);
    // The update includes read-only attributes and links.
    const changed: Answer = await api.patch('products', { ...lamp, price: 13 });
    expect(changed.data).toMatchObject({ id: lamp.id, name: 'Lamp', price: 13, tags: ['light'] });
    const removed: Answer = await api.delete('products', lamp.id);
    expect(removed.status).toBe(204);
    await expect(api.get(`products/${lamp.id}`)).rejects.toMatchObject({
      errors: [{ status: '404', code: 'not-found' }],
    });
  });

  test('reports the errors of a product', async () => {
    const api = client('products');
    await expect(api.post('products', { name: '', price: 1 })).rejects.toMatchObject({
      errors: [{ status: '422', source: { pointer: '/data/attributes/name' } }],
    });
    await expect(api.get('products', { params: { sort: 'zzz' } })).rejects.toMatchObject({
      errors: [{ status: '400', source: { parameter: 'sort' } }],
    });
  });

  test('reads stock with its products', async () => {
    const params = { include: 'product', sort: '-onHand', page: { size: 5 } };
    const { data }: Answer = await client('inventory').get('inventories', { params });
    expect(data).toHaveLength(5);
    for (const { id, product } of data) {
      expect(product.data).toMatchObject({ id, type: 'products', name: expect.any(String) });
    }
    const single: Answer = await client('inventory').get('inventories/1', {
      params: { include: 'movements.product' },
    });
    expect(single.data.movements.data[0].product.data).toMatchObject({ type: 'products', id: '1' });
  });

  test('tracks, counts and moves stock, and reads linkage and related resources', async () => {
    const product: Answer = await client('products').post('products', { name: 'Unit', price: 2 });
    const api = client('inventory');
    const { id } = product.data;
    const tracked: Answer = await api.post('inventories', { id, onHand: 5 });
    expect(tracked.data).toMatchObject({ id, onHand: 5, available: 5 });
    const counted: Answer = await api.patch('inventories', { id, onHand: 7 });
    expect(counted.data).toMatchObject({ onHand: 7 });
    const movement = { kind: 'receipt', quantity: 2, product: { data: { type: 'products', id } } };
    const received: Answer = await api.post('stock-movements', movement, once());
    expect([received.status, received.data.onHandAfter]).toEqual([201, 9]);
    const related: Answer = await api.get(`inventories/${id}/product`);
    expect(related.data).toMatchObject({ id, name: 'Unit' });
    const linkage: Answer = await api.get(`inventories/${id}/relationships/product`);
    expect(linkage.data).toMatchObject({ id, type: 'products' });
  });

  test('buys, reserves and releases, and reports refusals', async () => {
    const api = client('inventory');
    const lines = [{ productId: '1', quantity: 1 }];
    const bought: Answer = await api.post('purchases', { lines, reference: 'kitsu' }, once());
    expect([bought.status, bought.data.reference]).toEqual([201, 'kitsu']);
    const purchases: Answer = await api.get('purchases', {
      params: { filter: { reference: 'kitsu' }, include: 'products,movements' },
    });
    expect(purchases.data[0].products.data[0]).toMatchObject({ type: 'products', id: '1' });
    const reservation: Answer = await api.post(
      'reservations',
      { lines, expiresInSeconds: 60 },
      once(),
    );
    const released: Answer = await api.delete('reservations', reservation.data.id);
    expect(released.status).toBe(204);
    const many = [{ productId: '1', quantity: 1_000_000 }];
    await expect(api.post('purchases', { lines: many }, once())).rejects.toMatchObject({
      errors: [{ code: 'insufficient-stock', source: { pointer: '/data/attributes/lines/0' } }],
    });
    await expect(api.post('purchases', { lines })).rejects.toMatchObject({
      errors: [{ code: 'idempotency-key-required' }],
    });
  });
});

describe('devour', () => {
  function client(service: 'products' | 'inventory'): Devour {
    const { url, key } = settingsOf(service);
    const api = new Devour({ apiUrl: url, logger: false });
    api.headers['x-api-key'] = key;
    const one = (type: string) => ({ jsonApi: 'hasOne', type });
    const many = (type: string) => ({ jsonApi: 'hasMany', type });
    api.define('product', { name: '', sku: null, price: 0, status: '', tags: [] });
    api.define('inventory', {
      onHand: 0,
      available: 0,
      lowStockThreshold: null,
      product: one('products'),
      movements: many('stock-movements'),
    });
    api.define('stock-movement', {
      kind: '',
      quantity: 0,
      reason: null,
      onHandAfter: 0,
      product: one('products'),
      purchase: one('purchases'),
    });
    api.define('purchase', {
      lines: [],
      reference: null,
      total: 0,
      products: many('products'),
      movements: many('stock-movements'),
    });
    api.define('reservation', { lines: [], expiresInSeconds: 0, status: '' });
    return api;
  }

  /** The same for a single request. */
  function onceClient(): Devour {
    const api = client('inventory');
    api.headers['Idempotency-Key'] = randomUUID();
    return api;
  }

  test('lists with page, sort and filter', async () => {
    const { data, meta, links } = await client('products').findAll('product', {
      page: { number: 2, size: 3 },
      sort: '-price,name',
      filter: { price: { gte: 5 }, status: { in: 'active,draft' } },
      fields: { products: 'name,price' },
    });
    expect(data).toHaveLength(3);
    const prices = data.map(({ price }) => Number(price));
    expect(prices).toEqual(prices.toSorted((a, b) => b - a));
    expect(meta?.page.total).toBeGreaterThan(6);
    expect(links?.['prev']).toContain('page%5Bnumber%5D=1');
  });

  test('creates, updates and deletes a product', async () => {
    const api = client('products');
    const { data: lamp } = await api.create('product', { name: 'Lamp', price: 12.5, tags: ['a'] });
    expect(lamp).toMatchObject({ name: 'Lamp', price: 12.5 });
    const { data: changed } = await api.update('product', { ...lamp, price: 13 });
    expect(changed).toMatchObject({ id: lamp.id, name: 'Lamp', price: 13, tags: ['a'] });
    await api.destroy('product', lamp.id);
    await expect(api.find('product', lamp.id)).rejects.toMatchObject({
      0: { title: 'Nothing was found here' },
    });
  });

  test('reports the errors of a product by attribute', async () => {
    const api = client('products');
    await expect(api.create('product', { name: '', price: -1 })).rejects.toMatchObject({
      name: { detail: expect.any(String) },
      price: { detail: expect.any(String) },
    });
    await expect(api.findAll('product', { sort: 'zzz' })).rejects.toMatchObject({
      0: { title: expect.any(String) },
    });
  });

  test('reads stock with its products, and the movements of a sale', async () => {
    const { data } = await client('inventory').findAll('inventory', {
      include: 'product',
      sort: '-onHand',
      page: { size: 4 },
    });
    expect(data).toHaveLength(4);
    for (const { id, product } of data)
      expect(product).toMatchObject({ id, type: 'products', name: expect.any(String) });
    const lines = [{ productId: '2', quantity: 1 }];
    const { data: bought } = await onceClient().create('purchase', { lines });
    const { data: purchase } = await client('inventory').find('purchase', bought.id, {
      include: 'movements.product,products',
    });
    expect(purchase['movements']).toMatchObject([{ quantity: -1, product: { id: '2' } }]);
    expect(purchase['products']).toMatchObject([{ id: '2' }]);
  });

  test('tracks, counts and moves stock', async () => {
    const { data: product } = await client('products').create('product', { name: 'U', price: 2 });
    const { id } = product;
    const api = client('inventory');
    const { data: tracked } = await api.create('inventory', { id, onHand: 5 });
    expect(tracked).toMatchObject({ id, onHand: 5, available: 5 });
    const { data: counted } = await api.update('inventory', { id, onHand: 7 });
    expect(counted).toMatchObject({ onHand: 7 });
    const movement = { kind: 'receipt', quantity: 2, product: { id } };
    const { data: received } = await onceClient().create('stock-movement', movement);
    expect(received).toMatchObject({ quantity: 2, onHandAfter: 9 });
    await expect(
      onceClient().create('stock-movement', { ...movement, quantity: 0 }),
    ).rejects.toMatchObject({
      quantity: { detail: expect.any(String) },
    });
    const missing = { ...movement, product: { id: NO_ID } };
    await expect(onceClient().create('stock-movement', missing)).rejects.toBeDefined();
  });

  test('reserves and releases', async () => {
    const lines = [{ productId: '3', quantity: 1 }];
    const reservation = await onceClient().create('reservation', { lines, expiresInSeconds: 60 });
    const api = client('inventory');
    await api.destroy('reservation', reservation.data.id);
    expect((await api.find('reservation', reservation.data.id)).data).toMatchObject({
      status: 'released',
    });
    await expect(api.destroy('reservation', NO_ID)).rejects.toMatchObject({
      0: { title: 'Nothing was found here' },
    });
  });
});
