import { setTimeout as delay } from 'node:timers/promises';
import { createPostgres } from '@anaquel/runtime/postgres';
import {
  hasPostgres,
  PATIENT,
  runOn,
  startPostgresProxy,
  startPostgresServer,
  type PostgresProxy,
  type PostgresServer,
} from '@anaquel/runtime/postgres-server';
import { sql } from '@anaquel/runtime/sql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LedgerUnavailableError, OutcomeUnknownError } from '../../src/application/ledger.ts';
import type { Command } from '../../src/domain/command.ts';
import type { CommandOutcome } from '../../src/domain/command-outcome.ts';
import {
  command,
  nextId,
  receive,
  sale,
  setThreshold,
  track,
  withKey,
} from '../support/commands.ts';
import {
  connectTo,
  migrate,
  openPostgresStore,
  type PostgresTestStore,
} from '../support/postgres-store.ts';
import { newProduct, type StoreConnection } from '../support/test-store.ts';

const SERVER_TIME_MS = sql`cast(extract(epoch from clock_timestamp()) * 1000 as bigint)`;

describe.skipIf(!hasPostgres)('a replica that stands still', () => {
  test('holds its locks for less than two seconds', async () => {
    const store = await openPostgresStore();
    const seller = store.connect();
    const product = newProduct();
    await seller.ledger.commitBatch([command([track(product, 10)])]);
    // Only the server ends its transaction: it doesn't notice itself that it stands still.
    const paused = createPostgres({ url: store.url, limits: { transactionMs: 3_600_000 } });
    const waiter = createPostgres({ url: store.url, limits: PATIENT });
    // It has its connection before it waits.
    await waiter.reads.number(sql`select 1`);
    const locked = Promise.withResolvers<number>();
    const standingStill = Promise.withResolvers<never>();
    const transaction = paused.transaction(async (connection) => {
      await connection.rows(sql`select 1 from levels for update`);
      await connection.rows(sql`select 1 from log_head for update`);
      locked.resolve(await connection.number(sql`select ${SERVER_TIME_MS}`));
      return standingStill.promise;
    });
    const beganAtMs = await locked.promise;
    const selling = seller.ledger.commitBatch([sale([{ productId: product, quantity: 1 }])]);
    // By the server's time alone: how fast this process is doesn't count.
    const untilMs = await waiter.reads.number(sql`
      with waited as materialized (select 1 from levels for update)
      select ${SERVER_TIME_MS} from waited`);
    expect(untilMs - beganAtMs).toBeLessThan(2_000);
    expect(await selling).toMatchObject([{ ok: true }]);
    standingStill.reject(new Error('It goes on'));
    await expect(transaction).rejects.toThrow(/It goes on|terminat|[Cc]onnection/);
    await Promise.all([paused.close(), waiter.close(), seller.close()]);
    await store.remove();
  });
});

describe.skipIf(!hasPostgres)('a commit without an answer', () => {
  let store: PostgresTestStore;
  let proxy: PostgresProxy;
  let behind: StoreConnection;
  let product: number;

  beforeAll(async () => {
    store = await openPostgresStore();
    proxy = await startPostgresProxy(store.url);
    behind = connectTo(proxy.url);
    product = newProduct();
    await behind.ledger.commitBatch([command([track(product, 100)])]);
  });
  afterAll(async () => {
    await behind.close();
    await proxy.close();
    await store.remove();
  });

  const buy = (): Command => sale([{ productId: product, quantity: 1 }]);

  test.each([
    ['a purchase', buy],
    ['a purchase with a key', () => withKey(buy(), nextId())],
    ['a receipt with a key', () => withKey(command([receive(product, 1)]), nextId())],
    [
      'a list with a key',
      () => withKey(command([receive(product, 1), receive(product, 2)]), nextId()),
    ],
    ['a threshold with a key', () => withKey(command([setThreshold(product, 3)]), nextId())],
  ])('%s that was carried out is found by what it left', async (_, make) => {
    const one = make();
    proxy.atNextCommit('pass on and cut');
    const [outcome] = await behind.ledger.commitBatch([one]);
    expect(outcome).toMatchObject({ ok: true, replayed: false });
    const head = await behind.reader.head();
    if (outcome?.ok && outcome.position !== null) expect(outcome.position).toBe(head);
    if (one.idempotency) {
      const [again] = await behind.ledger.commitBatch([{ ...one, id: nextId() }]);
      expect(again).toEqual({ ...outcome, replayed: true });
    }
    expect(await behind.reader.head()).toBe(head);
    expect(await behind.reader.audit()).toMatchObject({ clean: true });
  });

  test('is unknown when nothing is found, and changes nothing', async () => {
    const head = await behind.reader.head();
    proxy.atNextCommit('cut');
    const batch = behind.ledger.commitBatch([withKey(buy(), nextId())]);
    await expect(batch).rejects.toThrow(OutcomeUnknownError);
    expect(await behind.reader.head()).toBe(head);
  });

  test('is unknown at once when the batch leaves nothing that tells it from others', async () => {
    proxy.atNextCommit('pass on and cut');
    const batch = behind.ledger.commitBatch([command([receive(product, 1)])]);
    await expect(batch).rejects.toThrow(OutcomeUnknownError);
    expect(await behind.reader.audit()).toMatchObject({ clean: true });
  });
});

describe.skipIf(!hasPostgres)('a server that is killed', () => {
  let server: PostgresServer;
  let replicas: StoreConnection[];

  beforeAll(async () => {
    server = await startPostgresServer();
    await runOn(server.url('postgres'), 'create database ledger template template0');
    await migrate(server.url('ledger'));
    replicas = Array.from({ length: 3 }, () =>
      connectTo(server.url('ledger'), { limits: { acquireMs: 500, retryMs: 500 } }),
    );
  });
  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.close()));
    await server.stop();
  });

  test('in the middle of a storm has every acknowledged sale once, and every key one', async () => {
    const products = Array.from({ length: 4 }, newProduct);
    const [first] = replicas as [StoreConnection];
    await first.ledger.commitBatch(products.map((product) => command([track(product, 1_000)])));
    const acknowledged: CommandOutcome[] = [];
    const keys: string[] = [];
    let isOver = false;
    const selling = replicas.map(async ({ ledger }, index) => {
      while (!isOver) {
        const batch = products.map((productId) =>
          withKey(sale([{ productId, quantity: 1 }]), nextId()),
        );
        const outcomes = await untilAnswered(
          () => ledger.commitBatch(batch),
          () => (index + 1) * 10,
        );
        acknowledged.push(...outcomes);
        keys.push(...batch.flatMap(({ idempotency }) => idempotency?.key ?? []));
      }
    });
    for (let kill = 0; kill < 3; kill += 1) {
      const before = acknowledged.length;
      while (acknowledged.length < before + 20) await delay(5);
      await server.kill();
      await server.restart();
    }
    isOver = true;
    await Promise.all(selling);
    expect(acknowledged.every(({ ok }) => ok)).toBe(true);
    const head = await first.reader.head();
    expect(head).toBe(products.length + acknowledged.length);
    for (const key of keys) expect(await first.reader.record('till purchase', key)).not.toBeNull();
    expect(await first.reader.audit()).toMatchObject({
      clean: true,
      purchases: acknowledged.length,
    });
  });
});

/** Sends the same batch, with its keys, until its outcome is known. */
async function untilAnswered<Answer>(
  send: () => Promise<Answer>,
  pauseMs: () => number,
): Promise<Answer> {
  for (;;) {
    try {
      return await send();
    } catch (error) {
      const isPassing =
        error instanceof LedgerUnavailableError || error instanceof OutcomeUnknownError;
      if (!isPassing) throw error;
      await delay(pauseMs());
    }
  }
}
