import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Level, Product, ProductInput } from '../src/api/index.ts';
import { isKnownColumn, mapColumns, textsOf } from '../src/csv/column-mapping.ts';
import { parseCsv } from '../src/csv/csv-table.ts';
import { exportCsv } from '../src/csv/export-csv.ts';
import { planImport, type ImportPlan } from '../src/csv/import-plan.ts';
import { joinList, splitList } from '../src/csv/product-cells.ts';
import { decide, hasWork } from '../src/csv/stock-choices.ts';
import { currencies, currencyDecimals } from '../src/money/currencies.ts';

const SHOP = 'a'.repeat(32);

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
  barcodes: [],
  packSize: null,
  leadTimeDays: null,
  supplier: null,
  createdAt: '',
  updatedAt: '',
  ...more,
});
/** A file of one product with another text in this column. */
function withCell(file: string, name: string, text: string): string {
  const [heads = '', row = ''] = file.split('\r\n');
  const cells = row.split(',').with(heads.split(',').indexOf(name), text);
  return [heads, cells.join(','), ''].join('\r\n');
}
const level = (productId: string, onHand: number, more: Partial<Level> = {}): Level => ({
  productId,
  onHand,
  reserved: 0,
  available: onHand,
  lowStockThreshold: null,
  version: 1,
  updatedAt: '',
  ...more,
});

function plan(
  text: string,
  products: readonly Product[] = [],
  levels: readonly Level[] = [],
  id = SHOP,
): ImportPlan {
  const table = parseCsv(text, isKnownColumn);
  const rows = textsOf(table, mapColumns(table.header));
  return planImport(rows, { id, currency: 'USD', products, levels });
}
const faultsOf = (text: string, products: readonly Product[] = []) =>
  plan(text, products).faults.map(({ line, fault }) => [line, fault]);

describe('a row', () => {
  test('is known by English and Spanish column names', () => {
    const { rows } = plan(
      'SKU;Nombre;Descripción;Precio;Etiquetas;Existencias;Estado;Color\nA-1;Taza;Azul;1.234,50;cocina|té;7;borrador;azul',
    );
    expect(rows).toMatchObject([
      {
        line: 2,
        sku: 'A-1',
        product: {
          name: 'Taza',
          description: 'Azul',
          price: 1234.5,
          tags: ['cocina', 'té'],
          status: 'draft',
        },
        stock: { kind: 'opening', after: 7 },
      },
    ]);
  });

  test.each([
    ['price', '-1', 'price-invalid'],
    ['price', 'free', 'price-invalid'],
    ['price', '1e5', 'price-invalid'],
    ['price', '1,500', 'price-invalid'],
    ['price', '12,505', 'price-invalid'],
    ['price', '€5', 'price-invalid'],
    ['stock', '1.5', 'stock-invalid'],
    ['stock', '1.000', 'stock-invalid'],
    ['currency', 'dollars', 'currency-invalid'],
    ['currency', 'XYZ', 'currency-invalid'],
    ['currency', 'EUR', 'currency-needs-price'],
    ['status', 'sold', 'status-unknown'],
    ['imageUrl', 'javascript:alert(1)', 'image-invalid'],
    ['name', 'x'.repeat(201), 'name-invalid'],
    ['name', '\u200B\u2060', 'name-invalid'],
    ['name', 'Mug \u202Egum', 'name-invalid'],
    ['tags', 'ok|\u2066', 'tags-invalid'],
    ['barcodes', '4006381333930', 'barcodes-invalid'],
    ['barcodes', '4.00638E+12', 'barcodes-invalid'],
    ['packSize', '0', 'pack-size-invalid'],
    ['packSize', '1,5', 'pack-size-invalid'],
    ['leadTimeDays', '366', 'lead-time-invalid'],
    ['supplier', 'x'.repeat(201), 'supplier-invalid'],
    ['barcodes', 'x'.repeat(65), 'barcodes-invalid'],
    ['barcodes', Array.from({ length: 11 }, (_, n) => n).join('|'), 'barcodes-invalid'],
    ['description', 'x'.repeat(5_001), 'description-invalid'],
    ['lowStockThreshold', 'few', 'threshold-invalid'],
    ['tags', Array.from({ length: 21 }, (_, n) => n).join('|'), 'tags-invalid'],
  ])('with a %s of %s is a fault by itself', (column, value, fault) => {
    const text = `sku\t${column}\nS1\t${value}\nS2\t`;
    expect(faultsOf(text, [product('1'), product('2')])).toEqual([[2, fault]]);
  });

  test('has characters as the API counts them', () => {
    expect(faultsOf(`sku\tname\nS1\t${'😀'.repeat(200)}`, [product('1')])).toEqual([]);
  });

  test('whose cells go beyond the header is a fault: a decimal comma has parted a price', () => {
    expect(faultsOf('name,price,stock\nTaza,12,50,7\nPlato,3,4\n')).toEqual([
      [2, 'too-many-cells'],
    ]);
    expect(faultsOf('name,price,stock,,\nTaza,12,50,7\nPlato,3,4,,\n')).toEqual([
      [2, 'too-many-cells'],
    ]);
    expect(faultsOf('name,price\nTaza,"12\nPlato,3')).toEqual([[2, 'quotes-broken']]);
  });

  test('needs a SKU that can be one, and of its own; without any it is new', () => {
    const { rows, faults, warnings } = plan(
      'sku,name,price\nA,first,1\nA,second,2\n,third,3\nB C,fourth,4\n,fifth,5',
    );
    expect(rows.map(({ line, sku }) => [line, sku])).toEqual([
      [2, 'A'],
      [4, null],
      [6, null],
    ]);
    expect(faults.map(({ line, fault }) => [line, fault])).toEqual([
      [3, 'sku-twice'],
      [5, 'sku-invalid'],
    ]);
    expect(warnings.map(({ line, warning }) => [line, warning])).toEqual([
      [4, 'sku-missing'],
      [6, 'sku-missing'],
    ]);
  });

  test.each([
    ['bug-k', 'BUG-K'],
    ['7', '007'],
    ['1E+05', '100000'],
    ['1.2E+12', '1200000000000'],
    ['123456789012', '0123456789012'],
  ])('with the SKU %s beside %s is warned of', (sku, other) => {
    const { warnings, created } = plan(`sku,name,price\n${sku},Mug,5`, [
      product('1', { sku: other }),
    ]);
    expect(created).toBe(1);
    expect(warnings).toEqual([{ line: 2, sku, warning: 'sku-near', other }]);
    const within = plan(`sku,name,price\n${other},Mug,5\n${sku},Cup,6`);
    expect(within.warnings).toEqual([{ line: 3, sku, warning: 'sku-near', other }]);
  });

  test.each(['1E+05', '5,90123E+12', '8.41E+12'])(
    'with the SKU %s, which a spreadsheet made of a number, is warned of though nothing is near',
    (sku) => {
      const { warnings, created } = plan(`sku;name;price\n${sku};Mug;5`);
      expect(created).toBe(1);
      expect(warnings).toEqual([{ line: 2, sku, warning: 'sku-shortened' }]);
    },
  );

  test('says its currency in a column of another shop system, too', () => {
    const { rows } = plan('SKU,TITLE,PRICE,CURRENCY_CODE\nHAT-1,Wool hat,25.00,EUR');
    expect(rows).toMatchObject([{ product: { price: 25, currency: 'EUR' } }]);
  });

  test('that lost a character is warned of', () => {
    expect(plan('sku,name,price\nA,Ca\uFFFDa,5').warnings).toMatchObject([
      { line: 2, warning: 'garbled' },
    ]);
  });

  test('may say in its price what a new product is priced in', () => {
    const { rows } = plan('sku,name,price\nA,Mug,EUR 12.50\nB,Cup,¥900');
    expect(rows).toMatchObject([{ product: { price: 12.5, currency: 'EUR' } }]);
  });
});

describe('barcodes', () => {
  const tea = product('1', { barcodes: ['0036000291452', 'TEA;1'] });

  test.each([
    '0036000291452|TEA\\;1',
    '036000291452|TEA\\;1',
    '36000291452|TEA\\;1',
    '3.60003E+10|TEA\\;1',
  ])('of %s are those that the product has, whatever a spreadsheet made of them', (cell) => {
    const { rows, faults } = plan(`sku,barcodes\nS1,${cell}`, [tea]);
    expect([faults, rows.map((row) => row.product)]).toEqual([[], [null]]);
  });

  test('are read in their form, by English and Spanish names of the column', () => {
    for (const name of ['barcodes', 'EAN', 'Código de barras']) {
      const { rows } = plan(`sku,${name}\nS1,036000 291452 | B-1`, [product('1')]);
      expect(rows[0]?.product).toEqual({ barcodes: ['0036000291452', 'B-1'] });
    }
  });
});

describe('tags', () => {
  test('may hold what separates them', () => {
    const tags = ['a,b', 'c;d', 'e|f', 'g\\h', '\\', 'plain'];
    expect(splitList(joinList(tags))).toEqual(tags);
    expect(splitList('kitchen, coffee; tea|C:\\x')).toEqual(['kitchen', 'coffee', 'tea', 'C:\\x']);
  });
});

describe('a plan', () => {
  test('says of each row only what is not so already, changed rows first', () => {
    const text =
      'sku,name,price,currency,lowStockThreshold\nS1,Mug,5,USD,\nS3,New,1,,2\nS4,No price,,,\nS2,Mug,6,,1\nS5,Mug,5,EUR,';
    const products = [product('1'), product('2'), product('5')];
    const result = plan(text, products, [level('1', 3), level('2', 9)]);
    expect(result).toMatchObject({ created: 1, updated: 2, unchanged: 1 });
    expect(result.rows).toMatchObject([
      {
        productId: '2',
        product: { price: 6 },
        changes: [{ field: 'price', before: 5, after: 6 }],
        threshold: { before: null, after: 1 },
      },
      {
        productId: '5',
        product: { currency: 'EUR', price: 5 },
        currency: { before: 'USD', after: 'EUR' },
      },
      { productId: null, product: { sku: 'S3', name: 'New', price: 1 } },
      { productId: '1', product: null },
    ]);
    expect(result.faults).toMatchObject([{ line: 4, fault: 'name-and-price-needed' }]);
  });

  test('takes an id for what it names in its own shop only', () => {
    const file = exportCsv([product('7')], [], SHOP).replace(',Mug,', ',Lamp,');
    const here = [product('7'), product('9', { sku: 'S7b' })];
    expect(plan(file, here).rows).toMatchObject([{ productId: '7', changes: [{ after: 'Lamp' }] }]);
    const elsewhere = plan(file, [product('7', { sku: 'OTHER' })], [], 'b'.repeat(32));
    expect(elsewhere.rows, 'another shop').toMatchObject([{ productId: null, sku: 'S7' }]);
    expect(plan(file, []).faults, 'deleted').toMatchObject([{ fault: 'product-gone' }]);
  });

  test('renames a SKU by its id, but not to what a spreadsheet made of it or what another has', () => {
    const rows = exportCsv([product('1', { sku: '007' }), product('2')], [], SHOP);
    const here = [product('1', { sku: '007' }), product('2'), product('3')];
    const edited = (from: string, to: string) => plan(rows.replace(from, to), here);
    expect(edited('1,007', '1,JB-7').rows[0]).toMatchObject({ product: { sku: 'JB-7' } });
    const kept = edited('1,007', '1,7');
    expect(kept.rows.map((one) => one.product)).toEqual([null, null]);
    expect(kept.warnings).toMatchObject([{ warning: 'sku-kept', other: '007' }]);
    expect(edited('2,S2', '2,S3').faults).toMatchObject([{ fault: 'sku-taken' }]);
  });
});

describe('a stock', () => {
  const exported = exportCsv([product('1')], [level('1', 10, { version: 4 })], SHOP);
  const after = (text: string, now: Level) => plan(text, [product('1')], [now]).rows[0]?.stock;
  const counted = exported.replace(',10,,10,', ',12,,10,');

  test('that was sold since the export is not brought back by a price that was changed', () => {
    const edited = exported.replace('Mug,,5,', 'Mug,,6,');
    const { rows } = plan(edited, [product('1')], [level('1', 7, { version: 7 })]);
    expect(rows).toMatchObject([{ product: { price: 6 }, stock: null }]);
  });

  test('is set where its cell was changed', () => {
    expect(after(counted, level('1', 10, { version: 4 }))).toEqual({
      kind: 'changed',
      seen: 10,
      before: 10,
      after: 12,
      version: 4,
    });
    expect(after(counted, level('1', 10, { version: 6 })), 'only held since').toMatchObject({
      kind: 'changed',
      version: 6,
    });
    expect(after(counted, level('1', 12, { version: 6 })), 'so already').toBeNull();
  });

  test('that was changed and sold is for a person to decide, and is left until then', () => {
    const { rows } = plan(counted, [product('1')], [level('1', 7, { version: 7 })]);
    expect(rows).toMatchObject([{ stock: { kind: 'moved', seen: 10, before: 7, after: 12 } }]);
    const units = (choice: 'leave' | 'set' | 'difference') =>
      decide(rows, new Map([[2, choice]]))[0]?.units;
    expect(decide(rows, new Map())[0]?.units).toBeNull();
    expect([units('leave'), units('set'), units('difference')]).toEqual([null, 12, 9]);
  });

  test('without what was seen is set where a person chooses so', () => {
    const { rows } = plan('sku,stock\nS1,12', [product('1')], [level('1', 7)]);
    expect(rows).toMatchObject([{ stock: { kind: 'unseen', before: 7, after: 12 } }]);
    expect(decide(rows, new Map())[0]?.units).toBeNull();
    expect(decide(rows, new Map([[2, 'set']]))[0]?.units).toBe(12);
    const foreign = plan(counted, [product('1')], [level('1', 7)], 'b'.repeat(32));
    expect(foreign.rows).toMatchObject([{ stock: { kind: 'unseen' } }]);
  });

  test('that nobody counted begins where the file says so, zero included', () => {
    const file = exportCsv([product('1')], [], SHOP);
    expect(plan(file, [product('1')]).rows[0]?.stock).toBeNull();
    const begun = withCell(file, 'stock', '0');
    expect(plan(begun, [product('1')]).rows[0]?.stock).toMatchObject({
      kind: 'opening',
      after: 0,
    });
    expect(plan(begun, [product('1')], [level('1', 3)]).rows[0]?.stock).toMatchObject({
      kind: 'moved',
    });
  });

  test('of a new product comes in with it; one below nothing is left out and told', () => {
    const { rows, warnings } = plan('sku,name,price,stock\nA,Mug,5,"1,000"\nB,Cup,5,-3');
    expect(rows).toMatchObject([{ stock: { after: 1000 } }, { stock: null }]);
    expect(warnings).toMatchObject([{ line: 3, warning: 'stock-negative' }]);
  });
});

// ---------------------------------------------------------------- any products

const someText = (maxLength: number) =>
  fc
    .array(
      fc.oneof(
        fc.string({ unit: 'grapheme', maxLength: 6 }),
        fc.constantFrom('=1+1', '+', '-', '@', "'", '"', '\n', '\r\n', ',', ';', '|', '\\', ' '),
        fc.constantFrom('\t', '1,500', '1.500', 'sep=;', 'é', 'é', '😀', '\uFFFD', '\uFEFF', '#'),
      ),
      { maxLength: 5 },
    )
    .map((parts) => parts.join('').slice(0, maxLength));
const someLine = (maxLength: number) =>
  someText(maxLength)
    .map((text) => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ''))
    .filter((text) => /[\p{L}\p{N}\p{S}\p{P}]/u.test(text));
const someSku = fc.oneof(
  fc.stringMatching(/^[!-~]{1,12}$/),
  fc.constantFrom('007', '1E+05', '=1+1', "'=x", 'a,b;c', '-5', '"', '100000', '1.500'),
);
const someProduct = fc
  .record({
    sku: fc.option(someSku),
    name: someLine(60),
    description: fc.option(someText(80)),
    money: fc.record({ currency: fc.constantFrom(...currencies), minor: fc.nat(99_999_999) }),
    status: fc.constantFrom('active', 'draft', 'archived'),
    imageUrl: fc.constantFrom(null, '/a.png', 'https://x.example/a,b;c|d.png?e=%22'),
    tags: fc.uniqueArray(someLine(20), { maxLength: 4 }),
    barcodes: fc.uniqueArray(fc.constantFrom('0036000291452', '96385074', 'A|1', '-7', '1 2x'), {
      maxLength: 3,
    }),
    packSize: fc.option(fc.integer({ min: 1, max: 1_000_000 })),
    leadTimeDays: fc.option(fc.nat(365)),
    supplier: fc.option(someLine(30)),
    level: fc.option(
      fc.record({ onHand: fc.nat(5_000), threshold: fc.option(fc.nat(9)), version: fc.nat(99) }),
    ),
  } satisfies Readonly<
    Record<
      Exclude<keyof ProductInput, 'price' | 'currency'> | 'money' | 'level',
      fc.Arbitrary<unknown>
    >
  >)
  .map(({ money: { currency, minor }, ...rest }) => {
    const price = Number((minor / 10 ** (currencyDecimals(currency) ?? 2)).toFixed(4));
    return { ...rest, currency, price };
  });
const someShop = fc.uniqueArray(someProduct, {
  maxLength: 12,
  selector: ({ sku }) => sku ?? Symbol('none'),
});
const catalogueOf = (shop: readonly fc.Arbitrary<unknown>[] | readonly object[]) => {
  type Some = Omit<Product, 'id' | 'createdAt' | 'updatedAt'> & {
    level: { onHand: number; threshold: number | null; version: number } | null;
  };
  const all = (shop as readonly Some[]).map(({ level: stock, ...rest }, at) => {
    const id = String(at + 1);
    const kept = stock && level(id, stock.onHand, { ...stock, lowStockThreshold: stock.threshold });
    return { product: product(id, rest), level: kept };
  });
  return {
    products: all.map((one) => one.product),
    levels: all.flatMap((one) => one.level ?? []),
  };
};

/** As a spreadsheet saves a file that it has opened: other separators, line ends and quotes. */
function resaved(text: string): string {
  const { header, rows } = parseCsv(text, isKnownColumn);
  const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
  return [header, ...rows.map(({ cells }) => cells)]
    .map((cells) => cells.map(quoted).join(';'))
    .join('\n');
}

test('an export that comes back to its shop changes nothing, whatever its products are like', () => {
  fc.assert(
    fc.property(someShop, fc.boolean(), (shop, isResaved) => {
      const { products, levels } = catalogueOf(shop);
      const file = exportCsv(products, levels, SHOP);
      const result = plan(isResaved ? resaved(file) : file, products, levels);
      expect(result.faults).toEqual([]);
      expect(result.rows).toHaveLength(products.length);
      expect(decide(result.rows, new Map()).filter(hasWork)).toEqual([]);
    }),
    { numRuns: 20 },
  );
});

test('what others did since the export is not undone by a file in which one name was changed', () => {
  const later = fc.record({
    sold: fc.nat(3_000),
    name: someLine(20),
    price: fc.nat(900),
    description: someText(20),
    threshold: fc.nat(9),
  });
  fc.assert(
    fc.property(someShop, later, fc.boolean(), (shop, change, isResaved) => {
      fc.pre(shop.length > 0);
      const { products, levels } = catalogueOf(shop);
      const [first, ...rest] = products;
      const file = exportCsv(
        [{ ...product('1'), ...first, name: 'Before' }, ...rest],
        levels,
        SHOP,
      );
      const edited = file.replace(',Before,', ',After,');
      const now = levels.map((one) => ({
        ...one,
        onHand: Math.max(0, one.onHand - change.sold),
        lowStockThreshold: change.threshold,
        version: one.version + 1,
      }));
      const { name, price, description } = change;
      const present = products.map((one, at) => ({
        ...one,
        price,
        description,
        tags: ['theirs'],
        status: 'archived' as const,
        name: at === 0 ? 'Before' : name.trim(),
      }));
      const result = plan(isResaved ? resaved(edited) : edited, present, now);
      expect(result.faults).toEqual([]);
      const work = decide(result.rows, new Map()).filter(hasWork);
      expect(work).toMatchObject([{ productId: '1', product: { name: 'After' }, units: null }]);
      expect(Object.keys(work[0]?.product ?? {})).toEqual(['name']);
    }),
    { numRuns: 20 },
  );
});

test('a price that was changed in a file keeps the currency that it was changed in', () => {
  const file = exportCsv([product('1', { price: 1500, currency: 'JPY' })], [], SHOP);
  const edited = file.replace(',1500,JPY,', ',1600,JPY,');
  const { rows } = plan(edited, [product('1', { price: 15, currency: 'USD' })]);
  expect(rows).toMatchObject([{ product: { price: 1600, currency: 'JPY' } }]);
});

test('an export that goes to another shop makes the same products there', () => {
  fc.assert(
    fc.property(someShop, (shop) => {
      const { products, levels } = catalogueOf(shop);
      const { rows, faults } = plan(exportCsv(products, levels, SHOP), [], [], 'b'.repeat(32));
      expect(faults).toEqual([]);
      const said = (one: Partial<Product>) => {
        const { sku = null, name, price, currency, status, imageUrl = null } = one;
        return { sku, name: name?.normalize('NFC').trim(), price, currency, status, imageUrl };
      };
      // All are new, so they keep their order.
      expect(rows.map((row) => said(row.product ?? {}))).toEqual(products.map(said));
      expect(rows.map(({ stock }) => stock?.after ?? null)).toEqual(
        products.map(({ id }) => levels.find((one) => one.productId === id)?.onHand ?? null),
      );
    }),
    { numRuns: 20 },
  );
});

test('a file of the first release says what was seen: it changes nothing of a product that all has changed of', () => {
  const file =
    'id,sku,name,description,price,currency,status,tags,imageUrl,stock,lowStockThreshold,seen stock,seen version,seen product,shop\r\n' +
    '1,S1,Mug,Blue,5,USD,active,a,/a.png,3,2,3,1,27zlk9.janufk.1svzzzh.dby8y8.174gkvb.1oc52r3.1r9wi7g.1rhhiug.f9vgt1,' +
    `${SHOP}\r\n`;
  const now = product('1', {
    sku: 'S2',
    name: 'Cup',
    description: 'Red',
    price: 6,
    currency: 'EUR',
    status: 'draft',
    imageUrl: '/b.png',
    tags: ['b'],
  });
  const { rows, faults } = plan(file, [now], [level('1', 3, { lowStockThreshold: 4, version: 2 })]);
  expect(faults).toEqual([]);
  expect(decide(rows, new Map()).filter(hasWork)).toEqual([]);
});
