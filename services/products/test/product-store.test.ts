import { describe, expect, beforeEach, afterEach, test } from 'vitest';
import type { CursorStore } from '@anaquel/events';
import type {
  ProductChanges,
  ProductListRequest,
  ProductStore,
} from '../src/application/product-store.ts';
import { changeProduct, newProduct } from '../src/domain/product.ts';
import type { Product, ProductInput } from '../src/domain/product.ts';
import { kinds, openStore, type TestStore } from './open-store.ts';

const by = { actor: 'tester', at: '2026-01-01T00:00:00.000Z', traceparent: null };

describe.each(kinds)('$name', ({ options }) => {
  describe('a product store', () => {
    let opened: TestStore;
    let store: ProductStore;
    let changes: number;

    beforeEach(async () => {
      changes = 0;
      opened = await openStore(options, { onChange: () => (changes += 1) });
      store = opened.products;
    });
    afterEach(() => opened.close());

    async function insert(
      input: ProductInput & { name: string; price?: number },
    ): Promise<Product> {
      const product = newProduct({ price: 1, ...input }, 'USD', by.at);
      if (!product.ok) throw new Error(product.error.type);
      const outcome = await store.insert(product.value, by);
      if (!outcome.ok) throw new Error(outcome.error.type);
      return outcome.value;
    }

    function update(id: number, input: ProductInput) {
      return store.change(id, 'updated', by, (product) => changeProduct(product, input, by.at));
    }

    function remove(id: number) {
      return store.change(id, 'deleted', by, (product) => ({
        ok: true,
        value: { ...product, version: product.version + 1 },
      }));
    }

    async function tagCounts(): Promise<string[]> {
      const page = { style: 'number', number: 1, size: 100 } as const;
      const sort = [{ field: 'name', descending: false } as const];
      const { items } = await opened.tags.list({ filters: [], sort, page }, 'all');
      return items.map(({ name, productCount }) => `${name} ${productCount}`);
    }

    async function names(request: Partial<ProductListRequest>): Promise<string[]> {
      const page = { style: 'number', number: 1, size: 100 } as const;
      const { items } = await store.list({ filters: [], sort: [], page, ...request });
      return items.map(({ name }) => name);
    }

    test('a stored product is read back unchanged', async () => {
      const stored = await insert({
        name: 'Mug',
        price: 9_999_999.99,
        sku: 'M-1',
        tags: ['a', 'b'],
        description: 'd',
        imageUrl: '/m.png',
        barcodes: ['0036000291452', 'é 1'],
        packSize: 12,
        leadTimeDays: 0,
        supplier: 'Sur',
        status: 'draft',
      });
      expect(stored.id).toBe(1);
      expect(await store.find(1)).toEqual(stored);
      expect(await store.find(2)).toBeUndefined();
    });

    test('the id of a deleted newest product is never used again', async () => {
      const { id } = await insert({ name: 'First' });
      await remove(id);
      expect((await insert({ name: 'Second' })).id).toBe(id + 1);
    });

    describe('SKUs', () => {
      test('are unique among products that are not deleted', async () => {
        const first = await insert({ name: 'A', sku: 'S' });
        const second = await insert({ name: 'B' });
        await expect(insert({ name: 'C', sku: 'S' })).rejects.toThrow('sku-taken');
        expect(await update(second.id, { sku: 'S' })).toEqual({
          ok: false,
          error: { type: 'sku-taken', sku: 'S' },
        });
        await remove(first.id);
        expect(await update(second.id, { sku: 'S' })).toMatchObject({ ok: true });
      });

      test('refused changes leave no trace', async () => {
        await insert({ name: 'A', sku: 'S' });
        await insert({ name: 'B', sku: 'S' }).catch(() => undefined);
        expect((await store.changesAfter(0, 10)).head).toBe(1);
        expect((await insert({ name: 'C' })).id).toBe(2);
        expect(changes).toBe(2);
      });
    });

    describe('barcodes', () => {
      const read = (id: number) => store.find(id).then((product) => product?.barcodes);

      test('belong to one product that is not deleted, whichever form of a GTIN is given', async () => {
        const first = await insert({ name: 'A', sku: 'S', barcodes: ['X', '036000291452'] });
        const second = await insert({ name: 'B' });
        await expect(insert({ name: 'C', barcodes: ['X'] })).rejects.toThrow('barcode-taken');
        expect(await update(second.id, { barcodes: ['Y', '0036000291452'] })).toEqual({
          ok: false,
          error: {
            type: 'barcode-taken',
            barcode: '0036000291452',
            place: 1,
            owner: { id: first.id, sku: 'S' },
          },
        });
        await update(first.id, { barcodes: ['X'] });
        expect(await update(second.id, { barcodes: ['036000291452'] })).toMatchObject({ ok: true });
        await remove(first.id);
        expect(await update(second.id, { barcodes: ['X'] })).toMatchObject({ ok: true });
        expect(await insert({ name: 'D', barcodes: ['0036000291452'] })).toMatchObject({ id: 3 });
      });

      test('may go from one product to another within one transaction', async () => {
        await insert({ name: 'A', barcodes: ['1', '2'] });
        await insert({ name: 'B', barcodes: ['3'] });
        const edit = (within: ProductChanges, id: number, ...barcodes: string[]) =>
          within.change(id, 'updated', by, (product) =>
            changeProduct(product, { barcodes }, by.at),
          );
        const about = { ids: [1, 2], skus: [], barcodes: ['1', '2', '3'], additions: 0 };
        const outcome = await store.transact(about, async (within) => {
          expect(await edit(within, 2, '1')).toMatchObject({ ok: false });
          await edit(within, 1);
          await edit(within, 2, '1', '2');
          return edit(within, 1, '3', '4');
        });
        expect(outcome).toMatchObject({ ok: true });
        expect([await read(1), await read(2)]).toEqual([
          ['3', '4'],
          ['1', '2'],
        ]);
        await expect(insert({ name: 'C', barcodes: ['4'] })).rejects.toThrow('barcode-taken');
      });

      test('are given to one of those who claim them at the same time', async () => {
        const claims = Array.from({ length: 12 }, (_, index) =>
          insert({ name: `P${index}`, barcodes: [`${index % 3}`, `${(index + 1) % 3}`] }).catch(
            () => null,
          ),
        );
        const made = (await Promise.all(claims)).filter((product) => product !== null);
        expect(made).toHaveLength(1);
      });

      test('that the release before left with a product that it deleted are free', async () => {
        await insert({ name: 'A', barcodes: ['1'] });
        await opened.run("update products set deleted_at = '2026-01-01T00:00:00.000Z'");
        expect(await insert({ name: 'B', barcodes: ['1'] })).toMatchObject({ id: 2 });
      });

      test('lead to their product, also through a search by any form of them', async () => {
        await insert({ name: 'A', barcodes: ['036000291452'] });
        await insert({ name: 'B', barcodes: ['96385074', 'CÓDIGO'] });
        const withBarcode = (value: string) =>
          names({ filters: [{ field: 'barcode', operator: 'contains', value }] });
        expect(await withBarcode('0036000291452')).toEqual(['A']);
        expect(await withBarcode('003600029145')).toEqual([]);
        for (const word of ['036000291452', '0036000291452', '00036000291452', '36000'])
          expect(await names({ words: [word] })).toEqual(['A']);
        expect(await names({ words: ['codigo', '96385074'] })).toEqual(['B']);
      });
    });

    describe('deleted products', () => {
      test('are not found, listed, changed or deleted again, and keep their tombstone', async () => {
        await insert({ name: 'A' });
        await insert({ name: 'B' });
        await remove(1);
        expect(await store.find(1)).toBeUndefined();
        expect(await names({})).toEqual(['B']);
        expect(await update(1, { name: 'C' })).toEqual({ ok: false, error: { type: 'not-found' } });
        expect(await remove(1)).toEqual({ ok: false, error: { type: 'not-found' } });
        expect((await store.findAll([1, 2, 3])).map(({ id }) => id)).toEqual([2]);
      });
    });

    describe('lists', () => {
      test('sort both ways with the id as tie-break, whatever the case and accents', async () => {
        for (const name of ['b', 'A', 'á', 'C', 'B']) await insert({ name });
        expect(await names({ sort: [{ field: 'name', descending: false }] })).toEqual([
          'A',
          'á',
          'b',
          'B',
          'C',
        ]);
        expect(await names({ sort: [{ field: 'name', descending: true }] })).toEqual([
          'C',
          'B',
          'b',
          'á',
          'A',
        ]);
        expect(await names({})).toEqual(['b', 'A', 'á', 'C', 'B']);
        expect(await names({ sort: [{ field: 'id', descending: true }] })).toEqual([
          'B',
          'C',
          'á',
          'A',
          'b',
        ]);
      });

      test('sort by several fields in order, prices by amount', async () => {
        await insert({ name: 'a', price: 5, sku: 'x' });
        await insert({ name: 'b', price: 100, currency: 'JPY', sku: 'y' });
        await insert({ name: 'c', price: 5, sku: 'z' });
        expect(
          await names({
            sort: [
              { field: 'price', descending: false },
              { field: 'sku', descending: true },
            ],
          }),
        ).toEqual(['c', 'a', 'b']);
        expect(
          await names({
            sort: [
              { field: 'createdAt', descending: false },
              { field: 'updatedAt', descending: true },
            ],
          }),
        ).toHaveLength(3);
      });

      test('filter by status, SKU, ids and words, and count all that match', async () => {
        await insert({ name: 'Café cup', status: 'draft', tags: ['50%_off'] });
        await insert({ name: 'Tea cup', sku: 'T' });
        await insert({ name: 'Coffee', description: 'for the CAFÉ' });
        const filteredBy = (...filters: ProductListRequest['filters']) => names({ filters });
        expect(await filteredBy({ field: 'status', operator: 'eq', value: 'draft' })).toEqual([
          'Café cup',
        ]);
        expect(await filteredBy({ field: 'sku', operator: 'eq', value: 'T' })).toEqual(['Tea cup']);
        expect(await filteredBy({ field: 'id', operator: 'in', value: [3, 1, 99] })).toEqual([
          'Café cup',
          'Coffee',
        ]);
        expect(await names({ words: ['cafe'] })).toEqual(['Café cup', 'Coffee']);
        expect(await names({ words: ['cup', 'cafe'] })).toEqual(['Café cup']);
        expect(await names({ words: ['%'] })).toEqual(['Café cup']);
        expect(await names({ words: ['50%_'] })).toEqual(['Café cup']);
        expect(await names({ words: ['_'] })).toEqual(['Café cup']);
        expect(await names({ words: ['\\'] })).toEqual([]);
        const page = { style: 'number', number: 2, size: 1 } as const;
        expect(await store.list({ words: ['cup'], filters: [], sort: [], page })).toMatchObject({
          total: 2,
          items: [{ name: 'Tea cup' }],
        });
      });
    });

    describe('the change log', () => {
      test('has one row for each change, with the product after it, and no gaps after concurrent writes', async () => {
        await Promise.all(
          Array.from({ length: 50 }, (_, index) =>
            insert({ name: `P${index}`, sku: `S${index % 40}` }).catch(() => undefined),
          ),
        );
        await Promise.all(
          Array.from({ length: 20 }, (_, index) => update(index + 1, { price: 2 })),
        );
        await Promise.all(Array.from({ length: 5 }, (_, index) => remove(index + 1)));
        const log = await store.changesAfter(0, 1_000);
        expect(log.head).toBe(65);
        expect(log.changes.map(({ position }) => position)).toEqual(
          Array.from({ length: 65 }, (_, index) => index + 1),
        );
        expect(log.changes.filter(({ kind }) => kind === 'updated')).toHaveLength(20);
        expect(log.changes.at(-1)).toMatchObject({
          kind: 'deleted',
          actor: 'tester',
          at: by.at,
          product: { version: 3, priceMinor: 200 },
        });
      });

      test('keeps where a change was traced', async () => {
        const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
        await insert({ name: 'A' });
        await store.change(1, 'updated', { ...by, traceparent }, (product) =>
          changeProduct(product, { name: 'B' }, by.at),
        );
        const { changes: log } = await store.changesAfter(0, 10);
        expect(log.map((change) => change.traceparent)).toEqual([null, traceparent]);
      });

      test('keeps the price before a change of it, also within one transaction', async () => {
        await insert({ name: 'A', price: 3 });
        await update(1, { name: 'B' });
        await update(1, { price: 4 });
        const subject = { ids: [1], skus: [], barcodes: [], additions: 0 };
        await store.transact(subject, async (within) => {
          for (const price of [5, 5.5])
            await within.change(1, 'updated', by, (product) =>
              changeProduct(product, { price }, by.at),
            );
          return within.change(1, 'deleted', by, (product) => ({
            ok: true,
            value: { ...product, version: product.version + 1 },
          }));
        });
        const { changes: log } = await store.changesAfter(0, 10);
        expect(log.map(({ priceBefore }) => priceBefore)).toEqual([
          null,
          null,
          { priceMinor: 300, currency: 'USD' },
          { priceMinor: 400, currency: 'USD' },
          { priceMinor: 500, currency: 'USD' },
          null,
        ]);
      });

      test('a decision that changes nothing, or refuses, makes no row', async () => {
        const product = await insert({ name: 'A' });
        const outcome = await update(product.id, { name: 'A' });
        expect(outcome).toEqual({ ok: true, value: product });
        expect(await store.change(1, 'updated', by, () => ({ ok: false, error: 'no' }))).toEqual({
          ok: false,
          error: 'no',
        });
        expect((await store.changesAfter(0, 10)).head).toBe(1);
      });

      test('is read in slices', async () => {
        for (const name of ['a', 'b', 'c']) await insert({ name });
        const slice = await store.changesAfter(1, 1);
        expect(slice.changes.map(({ position }) => position)).toEqual([2]);
        expect(slice.head).toBe(3);
      });
    });

    test('an exception in a decision rolls back the transaction, and the store goes on', async () => {
      await insert({ name: 'A' });
      await expect(
        store.change(1, 'updated', by, () => {
          throw new Error('bug');
        }),
      ).rejects.toThrow('bug');
      expect(await update(1, { name: 'B' })).toMatchObject({ ok: true });
    });

    test('relay cursors are kept by name', async () => {
      const { promise: turn, resolve: begun } = Promise.withResolvers<CursorStore>();
      const upkeep = opened.startUpkeep({
        begin(_, cursors) {
          begun(cursors);
          return { wake() {}, async stop() {} };
        },
        onError(error) {
          throw error;
        },
      });
      const cursors = await turn;
      expect(await cursors.load('console')).toBe(0);
      await cursors.save('console', 3);
      await cursors.save('console', 7);
      await cursors.save('other', 1);
      expect(await cursors.load('console')).toBe(7);
      await upkeep.stop();
    });

    describe('changes within one transaction', () => {
      const subject = { ids: [1], skus: ['S', 'T'], barcodes: [], additions: 1 };
      const draft = (sku: string) => {
        const product = newProduct({ name: sku, price: 1, sku }, 'USD', by.at);
        if (!product.ok) throw new Error(product.error.type);
        return product.value;
      };

      test('happen together, with one notification', async () => {
        const first = await insert({ name: 'First', sku: 'S' });
        changes = 0;
        const outcome = await store.transact(subject, async (within) => {
          await within.change(first.id, 'updated', by, (product) =>
            changeProduct(product, { sku: null }, by.at),
          );
          return within.insert(draft('S'), by);
        });
        expect(outcome).toMatchObject({ ok: true, value: { id: 2, sku: 'S' } });
        expect(await names({})).toEqual(['First', 'S']);
        expect((await store.changesAfter(0, 10)).changes.map(({ kind }) => kind)).toEqual([
          'created',
          'updated',
          'created',
        ]);
        expect(changes).toBe(1);
      });

      test("are not visible before they are committed, and reads don't wait for them", async () => {
        const first = await insert({ name: 'First' });
        const head = async () => (await store.changesAfter(0, 10)).head;
        await store.transact(subject, async (within) => {
          await within.change(first.id, 'updated', by, (product) =>
            changeProduct(product, { name: 'Changed' }, by.at),
          );
          const added = await within.insert(draft('S'), by);
          expect(await store.find(first.id)).toEqual(first);
          expect(await store.findAll([1, 2])).toEqual([first]);
          expect(await names({ words: ['changed'] })).toEqual([]);
          expect(await names({})).toEqual(['First']);
          expect(await head()).toBe(1);
          return added;
        });
        expect(await names({})).toEqual(['Changed', 'S']);
        expect(await names({ words: ['changed'] })).toEqual(['Changed']);
        expect(await head()).toBe(3);
      });

      test('leave no trace when one is refused or the work throws', async () => {
        await insert({ name: 'First', sku: 'S' });
        const before = [await store.find(1), await store.changesAfter(0, 10)];
        changes = 0;
        const refused = await store.transact(subject, async (within) => {
          await within.change(1, 'updated', by, (product) =>
            changeProduct(product, { price: 9 }, by.at),
          );
          await within.insert(draft('T'), by);
          return within.insert(draft('S'), by);
        });
        expect(refused).toEqual({ ok: false, error: { type: 'sku-taken', sku: 'S' } });
        const thrown = store.transact(subject, async (within) => {
          await within.insert(draft('T'), by);
          throw new Error('a bug');
        });
        await expect(thrown).rejects.toThrow('a bug');
        expect([await store.find(1), await store.changesAfter(0, 10)]).toEqual(before);
        expect(changes).toBe(0);
        expect((await insert({ name: 'Second' })).id).toBe(2);
      });

      test('may move a SKU from one product to another, and change what they add', async () => {
        await insert({ name: 'First', sku: 'S', tags: ['a'] });
        await insert({ name: 'Second', sku: 'T', tags: ['b'] });
        const edit = (within: ProductChanges, id: number, input: ProductInput) =>
          within.change(id, 'updated', by, (product) => changeProduct(product, input, by.at));
        const about = { ids: [1, 2], skus: ['S', 'T', 'U'], barcodes: [], additions: 1 };
        const outcome = await store.transact(about, async (within) => {
          expect(await edit(within, 1, { sku: 'T' })).toMatchObject({ ok: false });
          await edit(within, 1, { sku: null });
          await edit(within, 2, { sku: 'S', tags: ['a', 'c'] });
          await edit(within, 1, { sku: 'T' });
          const added = await within.insert(draft('U'), by);
          if (!added.ok) return added;
          await edit(within, added.value.id, { name: 'Third' });
          return within.change(added.value.id, 'deleted', by, (product) => ({
            ok: true,
            value: { ...product, version: product.version + 1 },
          }));
        });
        expect(outcome).toMatchObject({ ok: true, value: { id: 3, name: 'Third', version: 3 } });
        const stored = await store.findAll([1, 2, 3]);
        expect(stored.map(({ id, sku }) => [id, sku])).toEqual([
          [1, 'T'],
          [2, 'S'],
        ]);
        expect(await tagCounts()).toEqual(['a 2', 'c 1']);
        const { changes: log } = await store.changesAfter(2, 10);
        expect(log.map(({ kind, product }) => [kind, product.id, product.sku])).toEqual([
          ['updated', 1, null],
          ['updated', 2, 'S'],
          ['updated', 1, 'T'],
          ['created', 3, 'U'],
          ['updated', 3, 'U'],
          ['deleted', 3, 'U'],
        ]);
        expect((await insert({ name: 'Fourth', sku: 'U' })).id).toBe(4);
      });
    });

    test('the counts of tags and of products are right after changes at the same time', async () => {
      const tags = ['a', 'b', 'c', 'd'];
      const some = (index: number) => tags.filter((_, place) => ((index >> place) & 1) === 1);
      await Promise.all(
        Array.from({ length: 16 }, (_, index) => insert({ name: `P${index}`, tags: some(index) })),
      );
      const ids = Array.from({ length: 16 }, (_, index) => index + 1);
      await Promise.all([
        ...ids.map((id) => update(id, { tags: some(id + 5), status: id % 2 ? 'draft' : 'active' })),
        ...ids.slice(0, 4).map(remove),
      ]);
      const left = await store.findAll(ids);
      expect(left).toHaveLength(12);
      const expected = tags
        .map((tag) => [tag, left.filter((product) => product.tags.includes(tag)).length] as const)
        .filter(([, count]) => count > 0)
        .map(([tag, count]) => `${tag} ${count}`);
      expect(await tagCounts()).toEqual(expected);
      for (const status of ['active', 'draft'] as const) {
        const filters = [{ field: 'status', operator: 'eq', value: status } as const];
        const page = { style: 'number', number: 1, size: 1 } as const;
        const { total } = await store.list({ filters, sort: [], page });
        expect(total).toBe(left.filter((product) => product.status === status).length);
      }
    });

    test('texts of another form are derived again once, by however many at once, beside changes', async () => {
      for (let index = 1; index <= 30; index += 1)
        await insert({ name: `Café ${index}`, tags: ['Été'] });
      const mark = 'update products set folded_version = 0';
      await opened.run("update products set search_text = 'other', name_sort = 'other'", mark);
      const before = await store.changesAfter(0, 100);
      async function refreshAll(): Promise<void> {
        while ((await opened.refreshTexts(7)) > 0);
      }
      await Promise.all([
        refreshAll(),
        refreshAll(),
        ...[1, 5, 9].map((id) => update(id, { name: `Thé ${id}` })),
      ]);
      await refreshAll();
      expect(await names({ words: ['cafe'] })).toHaveLength(27);
      expect((await names({ words: ['the'] })).toSorted()).toEqual(['Thé 1', 'Thé 5', 'Thé 9']);
      expect(await tagCounts()).toEqual(['Été 30']);
      // Deriving texts is no change of a product.
      expect((await store.changesAfter(0, 100)).head).toBe(before.head + 3);
    });
  });
});
