import { describe, expect, test } from 'vitest';
import { createApi, type Level, type Product } from '../src/api/index.ts';
import { exportCsv } from '../src/csv/export-csv.ts';
import { planImport } from '../src/csv/import-plan.ts';
import { decodeText, parseCsv, writeCsv } from '../src/csv/parse-csv.ts';
import { readProductRows } from '../src/csv/product-rows.ts';
import { runImport } from '../src/csv/run-import.ts';
import { startShop } from './fake-shop.ts';

describe('a table', () => {
  test('has quotes, line ends of any kind, and lines that are counted', () => {
    const text = '\uFEFFsku,name\r\nA,"Mug, ""blue"""\n\nB,"two\nlines"\rC,plain';
    expect(parseCsv(text)).toEqual({
      header: ['sku', 'name'],
      rows: [
        { line: 2, cells: ['A', 'Mug, "blue"'] },
        { line: 4, cells: ['B', 'two\nlines'] },
        { line: expect.any(Number), cells: ['C', 'plain'] },
      ],
    });
  });

  test('may be separated by semicolons or tabs', () => {
    expect(parseCsv('sku;name\nA;"x;y"').rows[0]?.cells).toEqual(['A', 'x;y']);
    expect(parseCsv('sku\tname\nA\tx,y').rows[0]?.cells).toEqual(['A', 'x,y']);
  });

  test('may say in its first line what separates, which is no row of it', () => {
    expect(parseCsv('sep=;\r\nsku;name\r\nA;x,y')).toEqual({
      header: ['sku', 'name'],
      rows: [{ line: 3, cells: ['A', 'x,y'] }],
    });
  });

  test('is read in the encoding that a spreadsheet has saved it in', () => {
    const bytes = (...values: number[]) => new Uint8Array(values).buffer;
    expect(decodeText(new TextEncoder().encode('Jarrón').buffer)).toBe('Jarrón');
    expect(decodeText(bytes(0x4a, 0xf3)), 'Windows').toBe('Jó');
    expect(decodeText(bytes(0xff, 0xfe, 0x4a, 0, 0xf3, 0)), 'UTF-16').toBe('Jó');
    expect(decodeText(bytes(0xfe, 0xff, 0, 0x4a, 0, 0xf3))).toBe('Jó');
    expect(decodeText(bytes())).toBe('');
  });

  test('may be empty, or end in the middle of a quote', () => {
    expect(parseCsv('')).toEqual({ header: [], rows: [] });
    expect(parseCsv('a\n"b').rows).toEqual([{ line: 2, cells: ['b'] }]);
  });

  test('is read back as it was written, formulas disarmed on the way', () => {
    const cells = ['=1+1', '-5', '@x', 'a "quote"', 'x,y;z', 'two\nlines', '', "'quoted'"];
    const text = writeCsv([['sku', 'name'], ...cells.map((cell, at) => [`S${at}`, cell])]);
    expect(text).toContain("'=1+1");
    const { rows } = readProductRows(parseCsv(text));
    expect(rows.map(({ name }) => name ?? '')).toEqual(cells);
  });
});

describe('rows of products', () => {
  const read = (text: string) => readProductRows(parseCsv(text));

  test('are known by English and Spanish column names', () => {
    const { rows, unknownColumns } = read(
      'SKU;Nombre;Descripción;Precio;Etiquetas;Existencias;Estado;Color\nA-1;Taza;Azul;1.234,50;cocina|té;7;borrador;azul',
    );
    expect(rows).toEqual([
      {
        line: 2,
        sku: 'A-1',
        name: 'Taza',
        description: 'Azul',
        price: 1234.5,
        tags: ['cocina', 'té'],
        onHand: 7,
        status: 'draft',
      },
    ]);
    expect(unknownColumns).toEqual(['Color']);
  });

  test.each([
    ['12', 12],
    ['12.5', 12.5],
    ['12,5', 12.5],
    ['$1,234.50', 1234.5],
    ['1,234,567', 1_234_567],
    ['1.234.567,89', 1_234_567.89],
  ])('a price may be written %s', (text, price) => {
    expect(read(`sku\tprice\nA\t${text}`).rows).toMatchObject([{ price }]);
  });

  test.each([
    ['price', '-1', 'price-invalid'],
    ['price', 'free', 'price-invalid'],
    ['price', '1e5', 'price-invalid'],
    ['onHand', '1.5', 'stock-invalid'],
    ['onHand', '-2', 'stock-invalid'],
    ['currency', 'dollars', 'currency-invalid'],
    ['status', 'sold', 'status-unknown'],
    ['imageUrl', 'javascript:alert(1)', 'image-invalid'],
    ['name', 'x'.repeat(201), 'name-invalid'],
    ['lowStockThreshold', 'few', 'threshold-invalid'],
  ])('a %s of %s is a fault of its row alone', (column, value, fault) => {
    const { rows, faults } = read(`sku\t${column}\nA\t${value}\nB\t`);
    expect(faults).toEqual([{ line: 2, sku: 'A', fault }]);
    expect(rows).toEqual([{ line: 3, sku: 'B' }]);
  });

  test('need a reference of their own', () => {
    const { rows, faults } = read('sku,name\nA,first\nA,second\n,third\nB C,fourth');
    expect(rows.map(({ name }) => name)).toEqual(['first']);
    expect(faults.map(({ line, fault }) => [line, fault])).toEqual([
      [3, 'sku-twice'],
      [4, 'sku-missing'],
      [5, 'sku-invalid'],
    ]);
  });
});

const product = (id: string, more: Partial<Product> = {}): Product => ({
  id,
  sku: `S${id}`,
  name: 'Mug',
  description: null,
  price: 5,
  currency: 'USD',
  status: 'active',
  imageUrl: null,
  tags: [],
  createdAt: '',
  updatedAt: '',
  ...more,
});
const level = (
  productId: string,
  onHand: number,
  lowStockThreshold: number | null = null,
): Level => ({
  productId,
  onHand,
  reserved: 0,
  available: onHand,
  lowStockThreshold,
  updatedAt: '',
});

describe('a plan', () => {
  test('says of each row only what is not so already', () => {
    const rows = [
      { line: 2, sku: 'S1', name: 'Mug', price: 5, onHand: 3 },
      { line: 3, sku: 'S2', price: 6, onHand: 3, lowStockThreshold: 1 },
      { line: 4, sku: 'S3', name: 'New', price: 1, onHand: 2 },
      { line: 5, sku: 'S4', name: 'No price' },
      { line: 6, sku: 'S5', currency: 'EUR' },
    ];
    const products = [product('1'), product('2'), product('5')];
    const plan = planImport(rows, products, [level('1', 3), level('2', 9)]);
    expect(plan).toMatchObject({ created: 1, updated: 2, stocked: 2, unchanged: 1 });
    expect(plan.planned).toMatchObject([
      { productId: '1', product: null, stock: null },
      { productId: '2', product: { price: 6 }, stock: { onHand: 3, lowStockThreshold: 1 } },
      { productId: null, product: { sku: 'S3', name: 'New', price: 1 }, stock: { onHand: 2 } },
      { productId: '5', product: { currency: 'EUR', price: 5 }, stock: null },
    ]);
    expect(plan.faults).toEqual([{ line: 5, sku: 'S4', fault: 'name-and-price-needed' }]);
  });
});

describe('an import', () => {
  const never = new AbortController().signal;

  async function importText(url: string, text: string, signal: AbortSignal = never) {
    const api = createApi({ baseUrl: url });
    const { rows } = readProductRows(parseCsv(text));
    const products = await api.productsBySku(rows.map(({ sku }) => sku));
    if (!products.ok) throw new Error('no products');
    const levels = await api.levelsById(products.value.map(({ id }) => id));
    if (!levels.ok) throw new Error('no levels');
    const plan = planImport(rows, products.value, levels.value);
    const progress: number[] = [];
    const onProgress = ({ done, total }: { done: number; total: number }) =>
      void progress.push(done / total);
    const outcome = await runImport(plan.planned, { api, signal, onProgress, waitMs: 1 });
    return { plan, outcome, progress };
  }

  const manyRows = (count: number) =>
    `sku,name,price,onHand\n${Array.from({ length: count }, (_, n) => `S-${n},Thing ${n},${n % 90}.50,${n % 50}`).join('\n')}`;

  test('of 5,000 rows takes them all, and changes nothing the second time', async () => {
    const shop = await startShop();
    const first = await importText(shop.url, manyRows(5_000));
    expect(first.outcome).toMatchObject({
      created: 5_000,
      stocked: 5_000,
      faults: [],
      stoppedBy: null,
    });
    expect(first.progress.at(-1)).toBe(1);
    expect(first.progress.length).toBeGreaterThan(20);
    expect(shop.products.size).toBe(5_000);
    expect(shop.stock.get([...shop.products].find(([, one]) => one.sku === 'S-7')?.[0] ?? '')).toBe(
      7,
    );
    const again = await importText(shop.url, manyRows(5_000));
    expect(again.plan.unchanged).toBe(5_000);
    expect(again.outcome).toMatchObject({ created: 0, updated: 0, stocked: 0 });
    expect(shop.largestBody).toBeLessThan(1_000_000);
  });

  test('leaves out the rows that the service refuses and takes the others', async () => {
    const shop = await startShop({ refuse: (one) => one.name === 'Bad' });
    const text = 'sku,name,price,onHand\nA,Good,1,1\nB,Bad,2,2\nC,Fine,3,3\nD,Bad,4,4';
    const { outcome, progress } = await importText(shop.url, text);
    expect(outcome).toMatchObject({ created: 2, stocked: 2, stoppedBy: null });
    expect(outcome.faults).toMatchObject([
      { line: 3, sku: 'B', fault: 'refused', text: 'It is bad.' },
      { line: 5, sku: 'D', fault: 'refused' },
    ]);
    expect(progress.at(-1)).toBe(1);
  });

  test('waits while the service is busy', async () => {
    const shop = await startShop({ busyFor: 3 });
    const { outcome } = await importText(shop.url, manyRows(10));
    expect(outcome).toMatchObject({ created: 10, stocked: 10, stoppedBy: null });
  });

  test('that loses the answer about stock asks again with the same key', async () => {
    const shop = await startShop({ loseStockAnswers: 1 });
    const { outcome } = await importText(shop.url, manyRows(10));
    expect(outcome).toMatchObject({ stocked: 10, stoppedBy: null });
    expect(shop.stockKeys).toHaveLength(2);
    expect(new Set(shop.stockKeys).size).toBe(1);
  });

  test('that loses the answer about products stops, and goes on when it is run again', async () => {
    const shop = await startShop({ loseProductAnswers: 1 });
    const { outcome } = await importText(shop.url, manyRows(10));
    expect(outcome.stoppedBy).toEqual({ kind: 'unreachable' });
    const again = await importText(shop.url, manyRows(10));
    expect(again.outcome).toMatchObject({ created: 0, stocked: 10, stoppedBy: null });
    expect(shop.products.size).toBe(10);
  });

  test('can be stopped between two requests', async () => {
    const shop = await startShop();
    const stopping = new AbortController();
    stopping.abort();
    const { outcome } = await importText(shop.url, manyRows(10), stopping.signal);
    expect(outcome.stoppedBy).toBe('cancelled');
    expect(shop.products.size).toBe(0);
  });

  test('of an export finds everything as it is', () => {
    const products = [
      product('1', { tags: ['a', 'b'], name: '=Mug' }),
      product('2', { sku: 'S2', status: 'archived' }),
    ];
    const levels = [level('1', 3, 1)];
    const { rows, faults } = readProductRows(parseCsv(exportCsv(products, levels)));
    expect(faults).toEqual([]);
    expect(planImport(rows, products, levels)).toMatchObject({ unchanged: 2, created: 0 });
  });
});
