import { beginOn, hasPostgres } from '@anaquel/runtime/postgres-server';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { BatchRefusedError } from '../../src/application/ledger.ts';
import { createLedgerWriter } from '../../src/application/ledger-writer.ts';
import type { Command } from '../../src/domain/command.ts';
import type { CommandOutcome } from '../../src/domain/command-outcome.ts';
import type { Movement } from '../../src/domain/movement.ts';
import {
  after,
  command,
  confirm,
  extend,
  nextId,
  receive,
  refusalTypes,
  release,
  reserve,
  sale,
  setThreshold,
  track,
  withKey,
} from '../support/commands.ts';
import { openPostgresStore, type PostgresTestStore } from '../support/postgres-store.ts';
import { newProduct, type StoreConnection } from '../support/test-store.ts';

const REPLICAS = 3;

// Several writers on one database, as the replicas of a service are.
describe.skipIf(!hasPostgres)('replicas on one database', () => {
  let store: PostgresTestStore;
  let replicas: StoreConnection[];

  beforeAll(async () => {
    store = await openPostgresStore();
    replicas = Array.from({ length: REPLICAS }, () => store.connect());
  });
  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.close()));
    await store.remove();
  });

  const replica = (index: number): StoreConnection => replicas[index % REPLICAS] as StoreConnection;
  const readMovements = () => logOf(replica(0));

  test('the first stock of a product is recorded once, whoever comes first', async () => {
    const products = Array.from({ length: 20 }, newProduct);
    const batches = products.flatMap((product) =>
      replicas.map(({ ledger }) => ledger.commitBatch([command([track(product, 10)])])),
    );
    const outcomes = (await Promise.all(batches)).flat();
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(products.length);
    expect(outcomes.filter(({ ok }) => !ok).flatMap(refusalTypes)).toEqual(
      Array.from({ length: products.length * (REPLICAS - 1) }, () => 'already-tracked'),
    );
    for (const product of products) {
      const level = await replica(1).reader.level(product, 'main');
      expect(level).toMatchObject({ onHand: 10, sequence: 1, version: 1 });
    }
  });

  test('products in opposite orders lead to no deadlock', async () => {
    const [one, two] = [newProduct(), newProduct()];
    await replica(0).ledger.commitBatch([
      command([track(one, 1_000)]),
      command([track(two, 1_000)]),
    ]);
    const buy = (...products: number[]) =>
      sale(products.map((productId) => ({ productId, quantity: 1 })));
    const rounds = Array.from({ length: 20 }, () => [
      replica(0).ledger.commitBatch([buy(one, two)]),
      replica(1).ledger.commitBatch([buy(two, one)]),
      replica(2).ledger.commitBatch([buy(two), buy(one)]),
    ]);
    const outcomes = (await Promise.all(rounds.flat())).flat();
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    expect(await deadlocks(store)).toBe(0);
  });

  test('a key stands for one sale, also when its copies are of other products', async () => {
    const [one, two] = [newProduct(), newProduct()];
    await replica(0).ledger.commitBatch([command([track(one, 500)]), command([track(two, 500)])]);
    const keys = Array.from({ length: 40 }, nextId);
    const buy = (productId: number, key: string) =>
      withKey(sale([{ productId, quantity: 1 }]), key);
    const batches = keys.flatMap((key, index) => [
      replica(index).ledger.commitBatch([buy(one, key)]),
      replica(index + 1).ledger.commitBatch([buy(two, key)]),
    ]);
    // The same pair of keys, the other way round: neither waits for the levels of the other.
    const crossed = Array.from({ length: 20 }, () => [nextId(), nextId()] as const).flatMap(
      ([a, b], index) => [
        replica(index).ledger.commitBatch([buy(one, a), buy(one, b)]),
        replica(index + 1).ledger.commitBatch([buy(two, b), buy(two, a)]),
      ],
    );
    const outcomes = (await Promise.all([...batches, ...crossed])).flat();
    const sales = outcomes.filter(({ ok }) => ok);
    expect(sales).toHaveLength(80);
    expect(sales.every((outcome) => outcome.ok && !outcome.replayed)).toBe(true);
    expect(outcomes.filter(({ ok }) => !ok).flatMap(refusalTypes)).toEqual(
      Array.from({ length: 80 }, () => 'idempotency-key-reused'),
    );
    expect(await replica(0).reader.audit()).toMatchObject({ clean: true });
  });

  test('a reservation ends once, whoever confirms and releases it', async () => {
    const product = newProduct();
    await replica(0).ledger.commitBatch([command([track(product, 100)])]);
    const held = Array.from({ length: 20 }, () => reserve([{ productId: product, quantity: 1 }]));
    await replica(0).ledger.commitBatch(held);
    const batches = held.flatMap(({ id }) => [
      replica(0).ledger.commitBatch([command([confirm(id)])]),
      replica(1).ledger.commitBatch([command([release(id)])]),
      replica(2).ledger.commitBatch([command([confirm(id)])]),
    ]);
    await Promise.all(batches);
    const { ended } = Object.groupBy(await readMovements(), ({ productId, kind }) =>
      productId === product && kind !== 'count' && kind !== 'reservation' ? 'ended' : 'other',
    );
    expect(ended).toHaveLength(held.length);
    const level = await replica(0).reader.level(product, 'main');
    expect(level).toMatchObject({ reserved: 0 });
    expect(await replica(0).reader.audit()).toMatchObject({ clean: true });
  });

  test('an owner holds no more than the limit, though the products are different', async () => {
    const products = Array.from({ length: 12 }, newProduct);
    await replica(0).ledger.commitBatch(products.map((product) => command([track(product, 10)])));
    const holdLimits = { maxUnits: 100, maxLines: 100, maxActive: 4, maxMinutes: 60 };
    const batches = products.map((productId, index) =>
      replica(index).ledger.commitBatch([
        reserve([{ productId, quantity: 1 }], 60, { owner: 'greedy', holdLimits }),
      ]),
    );
    const outcomes = (await Promise.all(batches)).flat();
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(holdLimits.maxActive);
    expect(new Set(outcomes.flatMap(refusalTypes))).toEqual(new Set(['hold-limit']));
  });

  test('what is due on many levels expires with the next write to one of them', async () => {
    // Each reservation leads to the next level: the writer learns of them one after the other.
    const products = Array.from({ length: 6 }, newProduct);
    await replica(0).ledger.commitBatch(products.map((product) => command([track(product, 10)])));
    const chain = products.slice(1).map((productId, index) =>
      reserve([
        { productId: products[index] ?? 0, quantity: 1 },
        { productId, quantity: 1 },
      ]),
    );
    await replica(0).ledger.commitBatch(chain);
    const late = { at: after(120) };
    await Promise.all(
      replicas.map(({ ledger }) =>
        ledger.commitBatch([command([receive(products[0] ?? 0, 1)], late)]),
      ),
    );
    const expiries = (await readMovements()).filter(
      ({ productId, kind }) => kind === 'release' && products.includes(productId),
    );
    expect(expiries).toHaveLength(2 * chain.length);
    expect(await replica(0).reader.audit()).toMatchObject({ clean: true });
  });

  test('changes that add nothing to the log wait for its head, too', async () => {
    const product = newProduct();
    const { ledger } = replica(0);
    const held = reserve([{ productId: product, quantity: 1 }]);
    await ledger.commitBatch([command([track(product, 10)]), held]);
    const threshold = command([setThreshold(product, 3)]);
    for (const change of [threshold, command([extend(held.id, after(90))])]) {
      const letGo = await beginOn(store.url, 'select position from log_head for update');
      const changing = ledger.commitBatch([change]);
      await vi.waitFor(async () => {
        const waiting = `select 1 from pg_stat_activity where datname = current_database()
          and wait_event_type = 'Lock' and query like '%log_head%'`;
        expect(await store.run(waiting)).toHaveLength(1);
      }, 30_000);
      await letGo();
      expect(await changing).toMatchObject([{ ok: true, position: null }]);
    }
  });

  test('an existing id refuses its batch at once', async () => {
    const product = newProduct();
    const bought = sale([{ productId: product, quantity: 1 }]);
    const { ledger } = replica(0);
    await ledger.commitBatch([command([track(product, 9)]), bought]);
    await expect(ledger.commitBatch([bought])).rejects.toThrow(BatchRefusedError);
  });

  test('a writer has two batches at once, and changes each level in the order of its commands', async () => {
    const products = Array.from({ length: 40 }, newProduct);
    const { ledger, reader } = replica(0);
    await ledger.commitBatch(products.map((product) => command([track(product, 1_000)])));
    const second = Promise.withResolvers<void>();
    let batches = 0;
    const writer = createLedgerWriter({
      ledger: {
        ...ledger,
        async commitBatch(commands) {
          batches += 1;
          // The first one ends only after the second one has begun.
          if (batches === 1) await second.promise;
          else second.resolve();
          return ledger.commitBatch(commands);
        },
      },
      onCommit: () => {},
      onFailure: () => {},
    });
    const start = await reader.head();
    // Each buys of two products; neighbours share one.
    const sales = Array.from({ length: 600 }, (_, index) =>
      sale([
        { productId: products[(index * 7) % 40] ?? 0, quantity: 1 },
        { productId: products[(index * 7 + 3) % 40] ?? 0, quantity: 1 },
      ]),
    );
    const outcomes: Promise<CommandOutcome>[] = [];
    for (const bought of sales) {
      outcomes.push(writer.submit(bought));
      if (outcomes.length % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await Promise.all(outcomes)).every(({ ok }) => ok)).toBe(true);
    const places = new Map(sales.map(({ id }, index) => [id, index]));
    const log = (await readMovements()).filter(({ position }) => position > start);
    for (const [, ofLevel] of Map.groupBy(log, ({ productId }) => productId)) {
      const order = ofLevel.map(({ purchaseId }) => places.get(purchaseId ?? '') ?? -1);
      expect(order).toEqual(order.toSorted((one, other) => one - other));
    }
    expect(log).toHaveLength(1_200);
    expect(await reader.audit()).toMatchObject({ clean: true });
  });

  test('2,000 buyers of 200 units make 200 sales, and a reader of the log sees no gap meanwhile', async () => {
    const products = Array.from({ length: 4 }, newProduct);
    const opening = await replica(0).ledger.commitBatch(
      products.map((product) => command([track(product, 50)])),
    );
    expect(opening.every(({ ok }) => ok)).toBe(true);
    const start = await replica(0).reader.head();
    let isOver = false;
    const watch = readLog(replica(2), start, () => isOver);
    const buyers = Array.from({ length: 2_000 }, (_, index) =>
      withKey(sale([{ productId: products[index % products.length] ?? 0, quantity: 1 }]), nextId()),
    );
    const outcomes = await commitAll(replicas, buyers);
    isOver = true;
    const seen = await watch;
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(200);
    expect(new Set(outcomes.flatMap(refusalTypes))).toEqual(new Set(['insufficient-stock']));
    expect(seen.map(({ position }) => position)).toEqual(
      Array.from({ length: 200 }, (_, index) => start + 1 + index),
    );
    for (const [, ofLevel] of Map.groupBy(seen, ({ productId }) => productId))
      expect(ofLevel.map(({ sequence }) => sequence)).toEqual(ofLevel.map((_, index) => index + 2));
    expect(await replica(0).reader.audit()).toMatchObject({ clean: true });
  });
});

/** The commands, in batches of random sizes, by all replicas at the same time. */
async function commitAll(
  replicas: readonly StoreConnection[],
  commands: readonly Command[],
): Promise<CommandOutcome[]> {
  const waiting = [...commands];
  const outcomes = await Promise.all(
    replicas.map(async ({ ledger }, index) => {
      const own: CommandOutcome[] = [];
      for (let size = 1 + index; waiting.length > 0; size = (size * 7) % 37 || 1)
        own.push(...(await ledger.commitBatch(waiting.splice(0, size))));
      return own;
    }),
  );
  return outcomes.flat();
}

/** Follows the log as a relay does, until `isOver` and nothing is left. */
async function readLog(
  { reader }: StoreConnection,
  start: number,
  isOver: () => boolean,
): Promise<Movement[]> {
  const seen: Movement[] = [];
  for (;;) {
    const over = isOver();
    const entries = await reader.entriesAfter(seen.at(-1)?.position ?? start, 50);
    seen.push(...entries.map(({ movement }) => movement));
    if (over && entries.length === 0) return seen;
  }
}

async function logOf({ reader }: StoreConnection): Promise<Movement[]> {
  const entries = await reader.entriesAfter(0, 100_000);
  return entries.map(({ movement }) => movement);
}

async function deadlocks(store: PostgresTestStore): Promise<number> {
  const rows = await store.run(
    'select deadlocks from pg_stat_database where datname = current_database()',
  );
  return Number((rows[0] as { deadlocks: string }).deadlocks);
}
