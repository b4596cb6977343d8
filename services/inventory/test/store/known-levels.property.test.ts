import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command, receive, release, reserve, track } from '../support/commands.ts';
import { openSqliteStore, readLedger, type SqliteTestStore } from '../support/sqlite-store.ts';
import { newProduct, type StoreConnection } from '../support/test-store.ts';

let store: SqliteTestStore;
let connection: StoreConnection;

beforeAll(async () => {
  store = await openSqliteStore();
  connection = store.connect();
});

afterAll(async () => {
  await connection.close();
  await store.remove();
});

const AHEAD = new Date('2030-01-01T00:00:00.000Z');

/** What one step does: a change is sent and not waited for; `settle` waits for all of them. */
const step = fc.record({
  does: fc.constantFrom('receive', 'reserve', 'release', 'read', 'read', 'settle'),
  product: fc.nat(1),
});

test('a level is never older than what was answered, nor newer than what was sent', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const products = [newProduct(), newProduct()];
      const { ledger, reader } = connection;
      await ledger.commitBatch(products.map((product) => command([track(product, 1_000)])));
      const fresh = readLedger(store.path, () => AHEAD);
      const sent = new Map(products.map((product) => [product, 1]));
      const answered = new Map(sent);
      const held: string[] = [];
      const underWay: Promise<void>[] = [];

      function change(product: number, what: Parameters<typeof ledger.commitBatch>[0]): void {
        sent.set(product, (sent.get(product) ?? 0) + 1);
        const note = () => void answered.set(product, (answered.get(product) ?? 0) + 1);
        underWay.push(ledger.commitBatch(what).then(note));
      }

      for (const { does, product: index } of steps) {
        const product = products[index] ?? 0;
        if (does === 'receive') change(product, [command([receive(product, 1)])]);
        if (does === 'reserve') {
          const reservation = reserve([{ productId: product, quantity: 1 }], 1e9);
          held.push(`${product} ${reservation.id}`);
          change(product, [reservation]);
        }
        const [of, id] = does === 'release' ? (held.pop()?.split(' ') ?? []) : [];
        if (of !== undefined && id !== undefined) change(Number(of), [command([release(id)])]);
        if (does === 'settle') await Promise.all(underWay);
        const least = answered.get(product);
        const level = await reader.level(product, 'main');
        expect(level?.version).toBeGreaterThanOrEqual(least ?? 0);
        expect(level?.version).toBeLessThanOrEqual(sent.get(product) ?? 0);
      }
      await Promise.all(underWay);
      for (const product of products)
        expect(await reader.level(product, 'main')).toEqual(await fresh.level(product, 'main'));
      await fresh.close();
    }),
    { numRuns: 60 },
  );
});
