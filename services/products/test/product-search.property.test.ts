import { times } from '@anaquel/runtime/soak-counts';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ProductStore } from '../src/application/product-store.ts';
import { changeProduct, newProduct, productStatuses } from '../src/domain/product.ts';
import type { Product, ProductStatus } from '../src/domain/product.ts';
import { searchText, searchWords } from '../src/domain/search-text.ts';
import { endingsOf, wordsOf } from '../src/domain/search-words.ts';
import { insertProducts } from './insert-products.ts';
import { openStore, type TestStore } from './open-store.ts';
import { STORE } from './product-place.ts';

const by = { actor: 'tester', at: '2026-01-01T00:00:00.000Z', traceparent: null };

let opened: TestStore;
let store: ProductStore;

beforeEach(async () => {
  opened = await openStore();
  store = opened.products;
});
afterEach(() => opened.close());

/**
 * Words that overlap, among them rare, frequent and short ones, quotes, wildcards, and letters
 * outside the basic plane.
 */
const syllables = [
  'an',
  'ana',
  'quel',
  'Ñu',
  '"',
  '%_',
  '𝒳𝒴𝒵',
  '😀',
  'É',
  'Ł',
  'ß',
  '’',
  '–',
  'が',
  'か',
  'and',
  '12',
  '7',
  '-',
  '*',
  ' ',
];
const phrase = (max: number) =>
  fc
    .array(fc.constantFrom(...syllables), { minLength: 1, maxLength: max })
    .map((parts) => parts.join(''));

const productInput = fc.record({
  name: phrase(6).map((text) => `N${text}`),
  description: fc.option(phrase(8)),
  tags: fc.uniqueArray(
    phrase(2).map((text) => `t${text}`),
    { maxLength: 2 },
  ),
  status: fc.constantFrom(...productStatuses),
});

const selection = fc.record(
  {
    words: phrase(5).map((text) => searchWords(text)),
    status: fc.constantFrom(...productStatuses),
    sort: fc.constantFrom([], [{ field: 'name', descending: true } as const]),
    number: fc.constantFrom(1, 2, 9),
    size: fc.integer({ min: 1, max: 30 }),
  },
  { requiredKeys: ['words', 'sort', 'number', 'size'] },
);

function numbered(number: number, size: number) {
  return { style: 'number', number, size } as const;
}

function fill(inputs: readonly object[]): Promise<Product[]> {
  const drafts = inputs.map((input) => {
    const product = newProduct({ name: 'N', price: 1, ...input }, 'USD', by.at);
    if (!product.ok) throw new Error(product.error.type);
    return product.value;
  });
  return insertProducts(store, drafts);
}

async function rowsOf(columns: string, table: string): Promise<Set<string>> {
  const rows = await opened.run(`select ${columns} from ${table}`);
  return new Set(rows.map((row) => Object.values(row as object).join(' ')));
}

async function expectInStep(products: readonly Product[]): Promise<void> {
  const words = products.map(({ id, ...details }) => ({ id, words: wordsOf(searchText(details)) }));
  expect(await rowsOf('word, product_id', 'product_words')).toEqual(
    new Set(words.flatMap((product) => [...product.words].map((word) => `${word} ${product.id}`))),
  );
  const distinct = new Set(words.flatMap((product) => [...product.words]));
  const endings = [...distinct].flatMap((word) =>
    endingsOf(word).map((ending) => `${ending} ${word}`),
  );
  const rows = await rowsOf('ending, word', 'word_endings');
  // Endings of words that no product has any more stay on PostgreSQL.
  if (STORE === 'sqlite') expect(rows).toEqual(new Set(endings));
  else expect(endings.filter((ending) => !rows.has(ending))).toEqual([]);
  for (const status of productStatuses) {
    const filters = [{ field: 'status', operator: 'eq', value: status } as const];
    const { total } = await store.list({ filters, sort: [], page: numbered(1, 1) });
    expect(total).toBe(products.filter((product) => product.status === status).length);
  }
  for (const number of [1, 10_001]) {
    const { total } = await store.list({ filters: [], sort: [], page: numbered(number, 1) });
    expect(total).toBe(products.length);
  }
}

/** Changes every third of the first products, and deletes every ninth. */
async function change(products: readonly Product[], count: number): Promise<Product[]> {
  const kept = new Map(products.map((product) => [product.id, product]));
  for (const [index, input] of fc.sample(productInput, { numRuns: count, seed: 8 }).entries()) {
    const { id } = products[index * 3] as Product;
    const isDeletion = index % 3 === 0;
    const outcome = await store.change(id, isDeletion ? 'deleted' : 'updated', by, (product) =>
      isDeletion
        ? { ok: true, value: { ...product, version: product.version + 1 } }
        : changeProduct(product, input, by.at),
    );
    if (!outcome.ok) throw new Error('refused');
    if (isDeletion) kept.delete(id);
    else kept.set(id, outcome.value);
  }
  return [...kept.values()];
}

interface Selection {
  readonly words: readonly string[];
  readonly status?: ProductStatus | undefined;
  readonly sort: readonly { readonly field: 'name'; readonly descending: boolean }[];
  readonly number: number;
  readonly size: number;
}

async function expectFound(products: readonly Product[], query: Selection): Promise<void> {
  const { words, status, sort, number, size } = query;
  const holds = (product: Product) => words.every((word) => searchText(product).includes(word));
  const matches = products.filter(
    (product) => holds(product) && (status === undefined || product.status === status),
  );
  const filters = status ? [{ field: 'status', operator: 'eq', value: status } as const] : [];
  const list = (page: ReturnType<typeof numbered>) => store.list({ words, filters, sort, page });
  const all = await list(numbered(1, 8_000));
  expect(all.items.map(({ id }) => id).sort((a, b) => a - b)).toEqual(matches.map(({ id }) => id));
  const offset = (number - 1) * size;
  const isExact = words.length === 0;
  expect(await list(numbered(number, size))).toEqual({
    items: all.items.slice(offset, offset + size),
    total: isExact ? matches.length : Math.min(matches.length, 1_000),
    totalIsCapped: !isExact && matches.length > 1_000,
    hasPrevious: offset > 0 && matches.length > 0,
    hasNext: offset + size < matches.length,
  });
}

test.each([400, 2_500])(
  'a search among %i products finds those with every word, after any changes and deletions',
  async (count) => {
    const products = await change(
      await fill(fc.sample(productInput, { numRuns: count, seed: 7 })),
      40,
    );
    await expectInStep(products);
    await fc.assert(
      fc.asyncProperty(selection, (query) => expectFound(products, query)),
      { numRuns: times({ test: 12, soak: 500 }) },
    );
  },
);

test('a search finds all products while the table of words lacks some, which the upkeep makes', async () => {
  let products = await fill(fc.sample(productInput, { numRuns: 300, seed: 9 }));
  // As the migration leaves a catalogue.
  await opened.run(
    'delete from product_words',
    'delete from word_endings',
    'update products set folded_version = 0',
  );
  const queries = fc.sample(selection, { numRuns: 20, seed: 10 });
  let refreshed: number;
  do {
    for (const query of queries) await expectFound(products, query);
    products = await change(products, 10);
    refreshed = await opened.refreshTexts(50);
  } while (refreshed > 0);
  for (const query of queries) await expectFound(products, query);
  await expectInStep(products);
});

test('searches are counted up to a thousand, other lists exactly', async () => {
  const products = await fill(
    Array.from({ length: 8_000 }, (_, index) => ({
      name: `Lamp ${index}${index % 6 === 0 ? ' mauve' : ''}${index < 900 ? ' early' : ''}${index % 1_000 === 0 ? ' rare' : ''}`,
    })),
  );
  await expectInStep(products);
  const list = async (words: string[], offset = 0, descending = false) => {
    const sort = [{ field: 'name', descending } as const];
    const page = numbered(offset / 10 + 1, 10);
    const result = await store.list({ words, filters: [], sort, page });
    return [result.items.length, result.total, result.totalIsCapped, result.hasNext];
  };
  expect(await list(['lamp'])).toEqual([10, 1_000, true, true]);
  expect(await list(['lamp'], 7_990)).toEqual([10, 1_000, true, false]);
  expect(await list(['lamp'], 8_000)).toEqual([0, 1_000, true, false]);
  expect(await list(['mauve', 'la'], 0, true)).toEqual([10, 1_000, true, true]);
  expect(await list(['early'])).toEqual([10, 900, false, true]);
  expect(await list(['rare', 'lamp'])).toEqual([8, 8, false, false]);
  expect(await list(['rare', 'lamp'], 20)).toEqual([0, 8, false, false]);
  expect(await list(['mauve', 'early'])).toEqual([10, 150, false, true]);
  expect(await list(['la'])).toEqual([10, 1_000, true, true]);
  expect(await list(['zq'])).toEqual([0, 0, false, false]);
  expect(await list([])).toEqual([10, 8_000, false, true]);
});

test('a word that more than a thousand products hold is counted among those of one status', async () => {
  const mauve = (index: number) => (index < 1_300 ? ' mauve' : '');
  await fill(
    Array.from({ length: 4_000 }, (_, index) => ({
      name: `Lamp ${index}${mauve(index)}${index < 1_700 ? ' bleu' : ''}`,
      status: index < 400 ? 'draft' : index < 500 ? 'archived' : 'active',
    })),
  );
  const count = async (word: string, status?: ProductStatus) => {
    const filters = status ? [{ field: 'status', operator: 'eq', value: status } as const] : [];
    const sort = [{ field: 'name', descending: false } as const];
    const page = await store.list({ words: [word], filters, sort, page: numbered(1, 20) });
    return [page.total, page.totalIsCapped];
  };
  expect(await count('mauve')).toEqual([1_000, true]);
  expect(await count('mauve', 'active')).toEqual([800, false]);
  expect(await count('mauve', 'draft')).toEqual([400, false]);
  expect(await count('bleu', 'active')).toEqual([1_000, true]);
  expect(await count('leu', 'archived')).toEqual([100, false]);
});

test('a search finds the one product behind a thousand that lost the word', async () => {
  const products = await fill(
    Array.from({ length: 1_200 }, (_, index) => ({ name: `Lamp a${index + 1_000}mauve` })),
  );
  for (const { id } of products) {
    const outcome = await store.change(id, 'updated', by, (product) =>
      changeProduct(product, { name: id === 7 ? 'Lamp zmauve' : 'Lamp' }, by.at),
    );
    if (!outcome.ok) throw new Error('refused');
  }
  const page = numbered(1, 20);
  const { items, total } = await store.list({ words: ['mauve'], filters: [], sort: [], page });
  expect(items.map(({ name }) => name)).toEqual(['Lamp zmauve']);
  expect(total).toBe(1);
});

test('a search for words that many products hold, but few hold all, finds these', async () => {
  const products = await fill(
    Array.from({ length: 8_000 }, (_, index) => ({
      name: `Lamp x${index % 17}y tone${index % 29} size${index % 31}`,
      status: index % 7 === 0 ? 'draft' : 'active',
    })),
  );
  const words = ['lamp', 'x3', 'x3y', 'one7', 'one1', 'size5', 'ize2', '4', 'p'];
  const query = fc.record({
    words: fc.subarray(words, { minLength: 1, maxLength: 4 }),
    status: fc.constantFrom<ProductStatus | undefined>(undefined, 'draft', 'active'),
    sort: fc.constant([{ field: 'name', descending: true } as const]),
    number: fc.constantFrom(1, 3),
    size: fc.constant(20),
  });
  await fc.assert(
    fc.asyncProperty(query, (each) => expectFound(products, each)),
    { numRuns: times({ test: 8, soak: 300 }) },
  );
});
