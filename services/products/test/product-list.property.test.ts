import {
  expectEveryFilter,
  expectLikeModel,
  expectSteadyWalk,
  randomLists,
  type ListModel,
} from '@anaquel/jsonapi/list-model';
import { times } from '@anaquel/runtime/soak-counts';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type {
  ProductFilter,
  ProductFilterField,
  ProductListRequest,
  ProductSort,
  ProductStore,
} from '../src/application/product-store.ts';
import { newProduct, priceOf, productStatuses } from '../src/domain/product.ts';
import type { Product, ProductInput } from '../src/domain/product.ts';
import { nameKey, searchText, searchWords } from '../src/domain/search-text.ts';
import { insertProducts } from './insert-products.ts';
import { openStore, type TestStore } from './open-store.ts';

let opened: TestStore;
let store: ProductStore;

beforeEach(async () => {
  opened = await openStore();
  store = opened.products;
});
afterEach(() => opened.close());

const model: ListModel<Product, ProductFilter, ProductSort> = {
  fields: {
    id: { kind: 'id', of: ({ id }) => id, near: [0, 9_999] },
    sku: { kind: 'text', of: ({ sku }) => sku, nullable: true, near: ['nothing'] },
    name: { kind: 'text', of: ({ name }) => name, near: ['lamp', 'LAMP', '%'] },
    price: {
      kind: 'number',
      of: priceOf,
      near: [0, 9.99, 9.990000001, 9.9899999999, 0.1, 0.30000000000000004, 1e-7, 1e21, -0.5],
    },
    currency: { kind: 'enum', of: ({ currency }) => currency, near: ['CHF'] },
    status: { kind: 'enum', of: ({ status }) => status, near: productStatuses },
    tags: { kind: 'list', of: ({ tags }) => tags, near: ['a', 'none', ','] },
    supplier: {
      kind: 'text',
      of: ({ supplier }) => supplier,
      nullable: true,
      near: ['lamp', '%'],
    },
    barcode: { kind: 'list', of: ({ barcodes }) => barcodes, near: ['none', '%'] },
    createdAt: { kind: 'time', of: ({ createdAt }) => createdAt },
    updatedAt: { kind: 'time', of: ({ updatedAt }) => updatedAt },
  },
  sorts: {
    id: ({ id }) => id,
    name: ({ name }) => nameKey(name),
    price: priceOf,
    createdAt: ({ createdAt }) => createdAt,
    updatedAt: ({ updatedAt }) => updatedAt,
    sku: ({ sku }) => sku ?? '',
  },
  idOf: ({ id }) => id,
  isExact: (filters) => filters.every(({ field }) => field === 'status'),
};

/**
 * Wildcards, quotes, case, accents, letters that fold to two or to none, and letters outside the
 * basic plane, which sort last.
 */
const syllables = [
  'lamp',
  'La',
  '%',
  '_',
  "'",
  '"',
  '\\',
  '?',
  'É',
  'e',
  'ΑΣ',
  'σα',
  '😀',
  '\uFB01',
  'Straße',
  'ŁØ',
  '’',
  '–',
  'が',
  'b',
  ' ',
];
const phrase = fc
  .array(fc.constantFrom(...syllables), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join(''));
const amounts = {
  USD: [0, 9.99, 9.98, 10, 0.1, 0.3, 1_000_000_000],
  JPY: [0, 10, 9, 100],
  KWD: [9.99, 9.991, 9.989, 0.001],
  CLF: [9.99, 9.9901, 0.0001],
} as const;
const cost = fc
  .constantFrom(...(Object.keys(amounts) as (keyof typeof amounts)[]))
  .chain((currency) =>
    fc.record({ currency: fc.constant(currency), price: fc.constantFrom(...amounts[currency]) }),
  );
const day = fc.integer({ min: 1, max: 9 }).map((number) => `2026-01-0${number}T00:00:00.000Z`);
const supplier = fc.option(phrase);
const product = fc.record({
  name: phrase,
  hasSku: fc.boolean(),
  sku: phrase,
  cost,
  status: fc.constantFrom(...productStatuses),
  tags: fc.uniqueArray(fc.oneof(phrase, fc.constantFrom('a', ',', '","', 'x"a')), { maxLength: 3 }),
  barcodes: fc.uniqueArray(phrase, { maxLength: 2 }),
  supplier,
  createdAt: day,
  updatedAt: day,
} satisfies Readonly<
  Record<
    | Exclude<ProductFilterField, 'id' | 'price' | 'currency' | 'barcode'>
    | 'cost'
    | 'hasSku'
    | 'barcodes',
    fc.Arbitrary<unknown>
  >
>);

async function fill(count: number, seed: number): Promise<Product[]> {
  const samples = fc.sample(product, { numRuns: count, seed });
  const products = samples.map((sample, index) => {
    const { cost: amount, hasSku, sku, createdAt, updatedAt, ...details } = sample;
    // SKUs and barcodes are unique.
    const barcodes = details.barcodes.map((barcode) => `${barcode}${index}`);
    const input = { ...details, ...amount, barcodes, sku: hasSku ? `${sku}${index}` : null };
    return { ...productOf(input, createdAt), updatedAt };
  });
  return insertProducts(store, products);
}

function productOf(input: ProductInput & { name: string; price: number }, at: string) {
  const outcome = newProduct(input, 'USD', at);
  if (!outcome.ok) throw new Error(outcome.error.type);
  return outcome.value;
}

const read = (request: ProductListRequest) => store.list(request);

test('any list of a few products equals the model, by pages and by cursors', async () => {
  const rows = await fill(60, 1);
  const size = fc.integer({ min: 1, max: 25 });
  const words = fc.option(phrase.map((text) => searchWords(text)));
  const jumps = fc.array(fc.nat(), { minLength: 2, maxLength: 2 });
  await fc.assert(
    fc.asyncProperty(
      randomLists(model, rows),
      size,
      words,
      jumps,
      async (query, pageSize, searched, at) => {
        const matches = rows.filter((row) =>
          (searched ?? []).every((word) => searchText(row).includes(word)),
        );
        const isSearch = searched !== null && searched.length > 0;
        await expectLikeModel(
          {
            model: isSearch ? { ...model, isExact: () => false } : model,
            rows: matches,
            read: (request) => read({ ...request, ...(isSearch && { words: searched }) }),
          },
          query,
          { size: pageSize, jumps: at },
        );
      },
    ),
    { numRuns: times({ test: 40, soak: 600 }) },
  );
});

test('every operator of every field equals the model', async () => {
  const rows = await fill(60, 6);
  await expectEveryFilter({ model, rows, read }, times({ test: 3, soak: 12 }));
});

test.each([1_500, 2_500])(
  'any list of %i products equals the model, counted up to a thousand',
  async (count) => {
    const rows = await fill(count, 2);
    await fc.assert(
      fc.asyncProperty(
        randomLists(model, rows),
        fc.array(fc.nat(), { minLength: 3, maxLength: 3 }),
        (query, jumps) => expectLikeModel({ model, rows, read }, query, { size: 100, jumps }),
      ),
      { numRuns: times({ test: 3, soak: 40 }) },
    );
  },
);

test.each([
  [{ field: 'name', descending: false }],
  [
    { field: 'price', descending: true },
    { field: 'name', descending: false },
  ],
] as const)('pages by number lead through many products, in the order of %o', async (...sort) => {
  const rows = await fill(2_500, 3);
  const pageOf = (number: number) =>
    store.list({ filters: [], sort, page: { style: 'number', number, size: 100 } });
  const everything = { style: 'cursor', size: 3_000, after: null, before: null } as const;
  const { items } = await store.list({ filters: [], sort, page: everything });
  expect(items).toHaveLength(rows.length);
  for (let number = 1; number <= 26; number += 1) {
    const page = await pageOf(number);
    expect(page.items).toEqual(items.slice((number - 1) * 100, number * 100));
    expect(page).toMatchObject({ total: 2_500, hasPrevious: number > 1, hasNext: number < 25 });
  }
});

test.each([false, true])(
  'reading by cursor skips and repeats nothing while products are added and deleted, backwards: %s',
  async (backwards) => {
    let rows = await fill(40, 3);
    const by = { actor: 'tester', at: '2026-01-05T00:00:00.000Z', traceparent: null };
    const newcomers = fc.sample(product, { numRuns: 25, seed: 4 });
    let changes = 0;
    async function change(last: Product): Promise<void> {
      changes += 1;
      const newcomer = newcomers[changes];
      if (newcomer === undefined) return;
      // Sometimes this is the product of the cursor.
      const deletion = changes % 3 === 0 ? last : rows[(changes * 7) % rows.length];
      if (deletion !== undefined && rows.includes(deletion) && rows.length > 10) {
        const outcome = await store.change(deletion.id, 'deleted', by, (stored) => ({
          ok: true,
          value: { ...stored, version: stored.version + 1 },
        }));
        expect(outcome.ok).toBe(true);
        rows = rows.filter((row) => row !== deletion);
      }
      const { name, cost: amount, tags } = newcomer;
      const added = await store.insert(
        productOf({ name, ...amount, tags }, newcomer.createdAt),
        by,
      );
      if (added.ok) rows = [...rows, added.value];
    }
    for (const query of fc.sample(randomLists(model, rows), { numRuns: 6, seed: 5 })) {
      changes = 0;
      // New products before the cursor are not read, so the walk ends although more and more are
      // added.
      const walked = { model, rows: () => rows, read };
      const sort = query.sort;
      await expectSteadyWalk(
        walked,
        { filters: query.filters.slice(0, 1), sort },
        { size: 3, backwards, change },
      );
    }
  },
);
