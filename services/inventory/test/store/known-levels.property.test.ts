import { times } from '@anaquel/runtime/soak-counts';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  after,
  command,
  confirm,
  extend,
  receive,
  release,
  reserve,
  track,
} from '../support/commands.ts';
import type { Command } from '../../src/domain/command.ts';
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

/** What happens to a reservation that was made before, and of which no command names the levels. */
const CHANGES = {
  confirm: (id: string) => confirm(id),
  release: (id: string) => release(id),
  prolong: (id: string, until: string) => extend(id, until),
} as const;

const event = fc.oneof(
  fc.record({ does: fc.constant('pass' as const), seconds: fc.integer({ min: -2, max: 4 }) }),
  fc.record({ does: fc.constant('receive' as const), product: fc.nat(2) }),
  fc.record({
    does: fc.constant('reserve' as const),
    products: fc.uniqueArray(fc.nat(2), { minLength: 1, maxLength: 3 }),
    seconds: fc.integer({ min: 1, max: 6 }),
  }),
  fc.record({
    does: fc.constantFrom(...(['confirm', 'release', 'prolong'] as const)),
    back: fc.nat(3),
    seconds: fc.integer({ min: 1, max: 6 }),
  }),
);

test('a level is what the database has, while holds on it become due, end and are prolonged', async () => {
  // It goes on from one list of events to the next: what was due stays so.
  let clockSeconds = 0;
  /** Commands are never made before earlier ones; a reader's clock may go back. */
  let latestSeconds = 0;
  const clock = () => new Date(after(clockSeconds));
  const own = store.connect(clock);
  const fresh = readLedger(store.path, clock);
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 25 }), async (events) => {
      const products = [newProduct(), newProduct(), newProduct()];
      clockSeconds = latestSeconds;
      const held: string[] = [];
      const commit = async (make: (at: string) => Command) => {
        latestSeconds = Math.max(latestSeconds, clockSeconds);
        await own.ledger.commitBatch([make(after(latestSeconds))]);
      };
      for (const product of products)
        await commit((at) => command([track(product, 1_000)], { at }));
      for (const now of events) {
        if (now.does === 'pass') clockSeconds += now.seconds;
        else if (now.does === 'receive')
          await commit((at) => command([receive(products[now.product] ?? 0, 1)], { at }));
        else if (now.does === 'reserve')
          await commit((at) => {
            const lines = now.products.map((index) => {
              return { productId: products[index] ?? 0, quantity: 1 };
            });
            const reservation = reserve(lines, now.seconds, { at });
            held.push(reservation.id);
            return reservation;
          });
        else
          await commit((at) => {
            const id = held.at(-1 - now.back) ?? 'none';
            return command([CHANGES[now.does](id, after(now.seconds, at))], { at });
          });
        for (const product of products)
          expect(await own.reader.level(product, 'main')).toEqual(
            await fresh.level(product, 'main'),
          );
      }
    }),
    { numRuns: times({ test: 100, soak: 1_000 }) },
  );
  await fresh.close();
  await own.close();
});
