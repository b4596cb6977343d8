import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { sql } from '../../src/sql/index.ts';
import {
  createPostgres,
  createPostgresLease,
  LeaseLostError,
  type Postgres,
} from '../../src/sql/postgres/index.ts';
import { PATIENT } from './patient-limits.ts';
import { createTestDatabase, hasPostgres, runOn, type TestDatabase } from './postgres-server.ts';

const PATIENCE_MS = 30_000;

describe.skipIf(!hasPostgres)('a lease on PostgreSQL', () => {
  let place: TestDatabase;
  let database: Postgres;

  beforeAll(async () => {
    place = await createTestDatabase();
    await runOn(
      place.url,
      'create table leases (name text primary key, holder text not null, epoch bigint not null, until_ms bigint not null)',
      'create table cursors (relay text primary key, position bigint not null)',
    );
    database = createPostgres({ url: place.url, limits: PATIENT });
  });
  beforeEach(() =>
    runOn(
      place.url,
      'delete from leases',
      'delete from cursors',
      "insert into leases values ('relay', '', 0, 0), ('sweeper', '', 0, 0)",
      "insert into cursors values ('console', 0)",
    ),
  );
  afterAll(async () => {
    await database?.close();
    await place?.drop();
  });

  const leaseOf = (holder: string, heldForMs = 600_000, name = 'relay') =>
    createPostgresLease({ database, name, holder, heldForMs });

  function save(lease: ReturnType<typeof leaseOf>, epoch: number, position: number) {
    return database.transaction(async (transaction) => {
      await lease.keep(transaction, epoch);
      await transaction.run(sql`update cursors set position = ${position}`);
    });
  }
  const position = () => database.reads.number(sql`select position from cursors`);

  test('has one holder, who keeps it and its epoch', async () => {
    const [one, two] = [leaseOf('one'), leaseOf('two')];
    expect(await one.take()).toBe(1);
    expect(await two.take()).toBeNull();
    expect(await one.take()).toBe(1);
    expect(await leaseOf('two', 600_000, 'sweeper').take()).toBe(1);
    await save(one, 1, 7);
    expect(await position()).toBe(7);
  });

  test('is taken by one of many who want it at once', async () => {
    const all = Array.from({ length: 20 }, (_, index) => leaseOf(`holder ${index}`).take());
    const epochs = await Promise.all(all);
    expect(epochs.filter((epoch) => epoch !== null)).toEqual([1]);
  });

  test('is free at once when its holder lets it go', async () => {
    const [one, two] = [leaseOf('one'), leaseOf('two')];
    await one.take();
    await one.release(1);
    expect(await two.take()).toBe(2);
    // Too late, and of an earlier epoch: it takes nothing from the holder.
    await one.release(1);
    expect(await leaseOf('three').take()).toBeNull();
  });

  test('is taken over from a holder that stands still, whose late change is then refused', async () => {
    const [paused, next] = [leaseOf('paused', 50), leaseOf('next')];
    expect(await paused.take()).toBe(1);
    await save(paused, 1, 5);
    await vi.waitFor(async () => expect(await next.take()).toBe(2), PATIENCE_MS);
    await save(next, 2, 9);
    await expect(save(paused, 1, 6)).rejects.toThrow(LeaseLostError);
    expect(await position()).toBe(9);
    expect(await paused.take()).toBeNull();
    await next.release(2);
    expect(await paused.take()).toBe(3);
    await expect(save(paused, 1, 6)).rejects.toThrow(LeaseLostError);
  });

  test('cannot be taken while its holder, though late, saves', async () => {
    const [late, next] = [leaseOf('late', 1), leaseOf('next')];
    expect(await late.take()).toBe(1);
    const { promise: hasKept, resolve: kept } = Promise.withResolvers<void>();
    const { promise: maySave, resolve: goOn } = Promise.withResolvers<void>();
    const saved = database.transaction(async (transaction) => {
      await leaseOf('late').keep(transaction, 1);
      kept();
      await maySave;
      await transaction.run(sql`update cursors set position = 4`);
    });
    await hasKept;
    const taken = next.take();
    await vi.waitFor(async () => {
      const waiting = sql`select count(*) from pg_stat_activity where wait_event_type = 'Lock'`;
      expect(await database.reads.number(waiting)).toBeGreaterThan(0);
    }, PATIENCE_MS);
    goOn();
    await saved;
    expect(await taken).toBeNull();
    expect(await position()).toBe(4);
  });
});
