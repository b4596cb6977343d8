import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  choose,
  isKnownColumn,
  isUsable,
  mapColumns,
  remember,
  textsOf,
  wantsLook,
} from '../src/csv/column-mapping.ts';
import { parseCsv } from '../src/csv/csv-table.ts';
import { columnName, fields } from '../src/csv/fields.ts';
import { planImport } from '../src/csv/import-plan.ts';

const shop = { id: 'x', currency: 'USD', products: [], levels: [] };

function planOf(name: string) {
  const text = readFileSync(join(import.meta.dirname, 'fixtures', `${name}.csv`), 'utf8');
  const table = parseCsv(text, isKnownColumn);
  const mapping = mapColumns(table.header);
  expect(mapping.format?.name).toBe(name);
  expect(mapping.contested).toEqual([]);
  return planImport(textsOf(table, mapping), shop);
}
const contentOf = ({ rows }: ReturnType<typeof planOf>) =>
  rows.map(({ product, stock }) => ({ ...product, stock: stock?.after }));

beforeEach(() => {
  const storage = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (name: string) => storage.get(name) ?? null,
    setItem: (name: string, value: string) => void storage.set(name, value),
    removeItem: (name: string) => void storage.delete(name),
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe('a file of', () => {
  test('Shopify: each variant is a product, and pictures are none', () => {
    const plan = planOf('shopify');
    expect(plan.faults).toEqual([]);
    const shirt = {
      description: 'Light & cool.\nMade in Spain.',
      price: 49,
      tags: ['linen', 'summer'],
      status: 'active',
    };
    expect(contentOf(plan)).toEqual([
      {
        ...shirt,
        sku: 'SH-S-W',
        name: 'Linen Shirt – S / White',
        imageUrl: 'https://cdn.example/shirt.jpg?v=1',
        stock: 4,
      },
      {
        ...shirt,
        sku: 'SH-M-W',
        name: 'Linen Shirt – M / White',
        imageUrl: 'https://cdn.example/white.jpg',
        stock: 7,
      },
      {
        sku: '00123',
        name: 'Tea Pot',
        description: 'Holds 1 l.',
        price: 32.5,
        status: 'draft',
        barcodes: ['4006381333931'],
        stock: undefined,
      },
    ]);
  });

  test('WooCommerce: variations have what their product says, and sets are left out', () => {
    const hoodie = {
      description: 'Soft cotton.\nWash cold.',
      price: 45,
      tags: ['cotton', 'winter'],
      imageUrl: 'https://cdn.example/h1.jpg',
      status: 'active',
    };
    const plan = planOf('woocommerce');
    expect(plan.faults).toEqual([]);
    expect(contentOf(plan)).toEqual([
      { ...hoodie, sku: 'HOODIE-B', name: 'Hoodie - Blue', stock: 5 },
      { ...hoodie, sku: 'HOODIE-R', name: 'Hoodie - Red', stock: 8 },
      {
        sku: 'COURSE',
        name: 'Knitting course',
        description: 'In eight lessons.',
        price: 19.9,
        status: 'draft',
        barcodes: ['96385074'],
        stock: undefined,
      },
    ]);
    expect(plan.rows[0]?.threshold?.after).toBe(2);
  });

  test('Magento: rows of store views and configurable products are none of their own', () => {
    const plan = planOf('magento');
    expect(plan.faults).toEqual([]);
    expect(contentOf(plan)).toEqual([
      {
        sku: 'WS-XS',
        name: 'Radiant Tee XS',
        description: 'Cotton\u00A0tee.',
        price: 22,
        status: 'active',
        stock: 100,
      },
      { sku: 'WS-S', name: 'Radiant Tee S', price: 34, status: 'draft', stock: 25 },
    ]);
  });

  test('PrestaShop: a price of more decimals than its currency has is told', () => {
    const plan = planOf('prestashop');
    expect(plan.faults).toMatchObject([
      { line: 2, fault: 'price-invalid', number: { fault: 'too-many-decimals' } },
    ]);
    expect(contentOf(plan)).toEqual([
      {
        sku: 'CESTA-2',
        name: 'Cesta',
        price: 25,
        status: 'draft',
        barcodes: ['0036000291452'],
        stock: 12,
      },
    ]);
  });

  test('Square: variations are named, and stock below zero is told', () => {
    const plan = planOf('square');
    expect(plan.faults).toEqual([]);
    expect(contentOf(plan)).toMatchObject([
      { sku: 'BEAN-250', name: 'Espresso beans – 250 g', price: 9.5, stock: 14 },
      { sku: 'BEAN-1000', name: 'Espresso beans – 1 kg', price: 32, stock: 6 },
      { sku: 'SLEEVE', name: 'Gift card sleeve', price: 1, status: 'archived' },
    ]);
    expect(plan.warnings).toMatchObject([{ sku: 'SLEEVE', warning: 'stock-negative' }]);
    expect(plan.rows[0]?.threshold?.after).toBe(3);
  });

  test('Vendure: rows of variants belong to the product before', () => {
    const plan = planOf('vendure');
    expect(plan.faults).toEqual([]);
    const lamp = { description: 'Warm light.', price: 39.9 };
    expect(contentOf(plan)).toEqual([
      { ...lamp, sku: 'LAMP-B', name: 'Desk Lamp – black', stock: 12 },
      {
        ...lamp,
        sku: 'LAMP-W',
        name: 'Desk Lamp – white',
        imageUrl: 'https://cdn.example/white.jpg',
        stock: 8,
      },
      { sku: 'BOOK-1', name: 'Book', description: 'Good to read.', price: 15, stock: undefined },
    ]);
  });

  test('Loyverse: a price that changes with each sale is none', () => {
    const plan = planOf('loyverse');
    expect(contentOf(plan)).toMatchObject([
      { sku: '10001', name: 'T-Shirt – M', description: 'Soft.', price: 15, stock: 20 },
      {
        sku: '10002',
        name: 'T-Shirt – L',
        description: 'Soft.',
        price: 15,
        stock: 12,
        barcodes: ['T-L'],
      },
    ]);
    expect(plan.faults).toMatchObject([{ line: 4, sku: '10003', fault: 'price-invalid' }]);
  });
});

describe('columns', () => {
  const ownColumns = fields.map(columnName);

  test('of our own files need no look; those of others do', () => {
    expect(wantsLook(mapColumns(ownColumns), ownColumns)).toBe(false);
    const short = ['sku', 'name', 'price', 'onHand'];
    expect(mapColumns(short).columns.stock).toBe(3);
    expect(wantsLook(mapColumns(short), short)).toBe(false);
    const foreign = ['Artikel', 'Bezeichnung', 'Preis'];
    expect(isUsable(mapColumns(foreign))).toBe(false);
    expect(wantsLook(mapColumns(foreign), foreign)).toBe(true);
  });

  test('of which two could feed one field are asked about, and neither counts until then', () => {
    const header = ['sku', 'price', 'Precio', 'stock', 'onHand'];
    const mapping = mapColumns(header);
    expect(mapping.contested).toEqual(['price', 'stock']);
    expect(mapping.columns).toMatchObject({ price: null, stock: null });
    expect(isUsable(mapping)).toBe(false);
    const choice = choose(choose(mapping, 'price', 2), 'stock', null);
    expect(isUsable(choice)).toBe(true);
    expect(choice.columns).toMatchObject({ sku: 0, price: 2, stock: null });
  });

  test('of two places of a shop are asked about', () => {
    const header = ['Token', 'Item Name', 'Variation Name', 'SKU', 'Price'];
    const places = [...header, 'Current Quantity North', 'Current Quantity South'];
    expect(mapColumns(places).contested).toEqual(['stock']);
  });

  test('feed one field each, and are remembered for the same header', () => {
    const header = ['Artikel', 'Bezeichnung', 'Preis'];
    const choice = choose(choose(mapColumns(header), 'sku', 0), 'name', 1);
    expect(choose(choice, 'description', 1).columns).toMatchObject({ name: null, description: 1 });
    remember(choice, header);
    expect(mapColumns(header)).toMatchObject({ isRemembered: true, columns: { sku: 0, name: 1 } });
    expect(wantsLook(mapColumns(header), header)).toBe(false);
    expect(mapColumns([...header, 'Farbe']).isRemembered).toBe(false);
    localStorage.setItem('anaquel.columns.a', JSON.stringify({ sku: 9 }));
    expect(mapColumns(['a']).columns.sku, 'nonsense').toBeNull();
  });
});
