import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import {
  createSqliteConnection,
  createSqliteWriter,
  openSqlite,
  type SqliteWriter,
} from '@anaquel/runtime/sql';
import { afterEach, beforeEach, describe, expect, test, vi, type MockInstance } from 'vitest';
import { createSqliteProductStore } from '../src/adapters/sqlite/product-store.ts';
import { createFoundProducts } from '../src/adapters/sqlite/found-products.ts';
import {
  startProductSearches,
  type ProductSearches,
} from '../src/adapters/sqlite/product-searches.ts';
import type { ProductStore } from '../src/application/product-store.ts';
import { changeProduct, newProduct } from '../src/domain/product.ts';
import type { Product, ProductInput } from '../src/domain/product.ts';
import { createProductPlace, type ProductPlace } from './product-place.ts';

const by = { actor: 'tester', at: '2026-01-01T00:00:00.000Z', traceparent: null };

let place: ProductPlace;
let database: DatabaseSync;
let readDatabase: DatabaseSync;
let writer: SqliteWriter;
let store: ProductStore;
let searches: ProductSearches;
let failures: unknown[];
let readStatements: MockInstance;

beforeEach(async () => {
  place = await createProductPlace({ store: 'sqlite' });
  const path = join(place.folder, 'products.db');
  database = openSqlite(path);
  readDatabase = openSqlite(path, { readOnly: true });
  const reads = createSqliteConnection(readDatabase);
  readStatements = vi.spyOn(reads, 'all');
  const found = createFoundProducts(reads);
  writer = createSqliteWriter(database, { onOutcomeUnknown() {}, onCommit: found.forget });
  failures = [];
  searches = startProductSearches(path, { reads, found }, () => {});
  store = createSqliteProductStore({
    writer,
    reads,
    searches,
    found,
    onChange() {},
    onUnavailable: (error) => failures.push(error),
  });
});
afterEach(async () => {
  await searches.close();
  readDatabase.close();
  database.close();
  await place.remove();
});

async function insert(input: ProductInput & { name: string; price?: number }): Promise<Product> {
  const product = newProduct({ price: 1, ...input }, 'USD', by.at);
  if (!product.ok) throw new Error(product.error.type);
  const outcome = await store.insert(product.value, by);
  if (!outcome.ok) throw new Error(outcome.error.type);
  return outcome.value;
}

function update(id: number, input: ProductInput) {
  return store.change(id, 'updated', by, (product) => changeProduct(product, input, by.at));
}

async function names(): Promise<string[]> {
  const page = { style: 'number', number: 1, size: 100 } as const;
  const { items } = await store.list({ filters: [], sort: [], page });
  return items.map(({ name }) => name);
}

test('a page that is asked for again is read anew when something was committed, and not before', async () => {
  const { id } = await insert({ name: 'Mug' });
  readStatements.mockClear();
  expect([await names(), await names()]).toEqual([['Mug'], ['Mug']]);
  expect(readStatements).toHaveBeenCalledTimes(1);
  await update(id, { name: 'Cup' });
  expect([await names(), (await store.find(id))?.name]).toEqual([['Cup'], 'Cup']);
  await insert({ name: 'Jug' });
  expect(await names()).toEqual(['Cup', 'Jug']);
  await store.change(id, 'deleted', by, (product) => ({ ok: true, value: { ...product } }));
  expect(await names()).toEqual(['Jug']);
});

test('pages are remembered up to a bound, empty ones, too', async () => {
  await insert({ name: 'Mug' });
  const read = async (count: number): Promise<number> => {
    readStatements.mockClear();
    for (let number = 1; number <= count; number += 1)
      await store.list({ filters: [], sort: [], page: { style: 'number', number, size: 1 } });
    return readStatements.mock.calls.length;
  };
  await read(500);
  // The first has a row; each counts as one more.
  expect(await read(500)).toBe(1);
  expect(await read(400)).toBe(0);
});

describe('while nothing can be written', () => {
  const unavailable = { ok: false, error: { type: 'store-unavailable' } };

  /** The statements that stop and restore writing on the store's connection. */
  const causes = {
    'the disk is full': ['PRAGMA max_page_count = 1', 'PRAGMA max_page_count = 1000000'],
    'the disk is read-only': ['PRAGMA query_only = ON', 'PRAGMA query_only = OFF'],
    'another process holds the file': ['PRAGMA busy_timeout = 0', 'PRAGMA busy_timeout = 5000'],
  };
  test.each(Object.entries(causes))(
    'because %s, changes are refused and reads go on',
    async (name, [begin = '', end = '']) => {
      const { id } = await insert({ name: 'A' });
      database.exec(begin);
      const other = openSqlite(join(place.folder, 'products.db'));
      if (name.startsWith('another')) other.exec('BEGIN IMMEDIATE');
      const long = 'x'.repeat(5_000);
      expect(await update(id, { description: long })).toEqual(unavailable);
      await expect(insert({ name: 'B', description: long })).rejects.toThrow('store-unavailable');
      expect(failures).toHaveLength(2);
      expect(await names()).toEqual(['A']);
      expect(await store.find(id)).toMatchObject({ description: null });

      other.close();
      database.exec(end);
      expect(await update(id, { description: long })).toMatchObject({ ok: true });
      expect((await insert({ name: 'B' })).id).toBe(id + 1);
      expect((await store.changesAfter(0, 10)).head).toBe(3);
    },
  );
});

test('what was read is the committed state before, while and after a transaction changes it', async () => {
  const { id } = await insert({ name: 'A' });
  const name = async () => (await store.find(id))?.name;
  expect(await name()).toBe('A');
  const rename = (to: string, isKept: boolean) =>
    store.transact({ ids: [id], skus: [], barcodes: [], additions: 0 }, async (changes) => {
      const renamed = await changes.change(id, 'updated', by, (product) =>
        changeProduct(product, { name: to }, by.at),
      );
      expect(await name()).toBe('A');
      return isKept ? renamed : ({ ok: false, error: { type: 'not-found' } } as const);
    });
  await rename('B', false);
  expect(await name()).toBe('A');
  await rename('C', true);
  expect(await name()).toBe('C');
  await store.change(id, 'deleted', by, (product) => ({ ok: true, value: { ...product } }));
  expect(await name()).toBeUndefined();
});

test('a change that a release with fewer attributes wrote has the defaults of the others', async () => {
  const { id } = await insert({ name: 'A' });
  database.exec(
    `UPDATE product_changes SET product = json_remove(product, '$.imageUrl', '$.tags', '$.barcodes', '$.supplier')`,
  );
  const { changes: log } = await store.changesAfter(0, 10);
  expect(log.map(({ product }) => product)).toEqual([await store.find(id)]);
});
