import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { column, rowCodec, select, sql } from '../../src/sql/index.ts';
import {
  createPostgres,
  createPostgresLease,
  LeaseLostError,
  type Lease,
  type LeaseTerm,
  type Postgres,
} from '../../src/sql/postgres/index.ts';
import { PATIENT } from './patient-limits.ts';
import { createTestDatabase, hasPostgres, runOn, type TestDatabase } from './postgres-server.ts';

const PATIENCE_MS = 30_000;
const POSITION = rowCodec<{ position: number }>({ position: column('position') });

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

  function save(term: LeaseTerm, position: number) {
    return database.transaction(async (transaction) => {
      await term.keep(transaction);
      await transaction.run(sql`update cursors set position = ${position}`);
    });
  }
  const position = () => database.reads.number(sql`select position from cursors`);

  async function taken(lease: Lease): Promise<LeaseTerm> {
    const term = await lease.take();
    if (term === null) throw new Error('It is held');
    return term;
  }

  const confirm = (term: LeaseTerm) =>
    term.confirmed(async (reads) => reads.all(select(POSITION)`from cursors`));

  test('has one holder, who keeps it and its epoch', async () => {
    const [one, two] = [leaseOf('one'), leaseOf('two')];
    const term = await taken(one);
    expect(term.epoch).toBe(1);
    expect(await two.take()).toBeNull();
    expect((await one.take())?.epoch).toBe(1);
    expect((await leaseOf('two', 600_000, 'sweeper').take())?.epoch).toBe(1);
    expect(await confirm(term)).toEqual([{ position: 0 }]);
    await save(term, 7);
    expect(await position()).toBe(7);
  });

  test('is taken by one of many who want it at once', async () => {
    const all = Array.from({ length: 20 }, (_, index) => leaseOf(`holder ${index}`).take());
    const terms = await Promise.all(all);
    expect(terms.flatMap((term) => term?.epoch ?? [])).toEqual([1]);
  });

  test('is free at once when its holder lets it go', async () => {
    const [one, two] = [leaseOf('one'), leaseOf('two')];
    const term = await taken(one);
    await term.release();
    await expect(confirm(term)).rejects.toThrow(LeaseLostError);
    expect((await two.take())?.epoch).toBe(2);
    // Too late, and of an earlier epoch: it takes nothing from the holder.
    await term.release();
    expect(await leaseOf('three').take()).toBeNull();
  });

  test('is taken over from a holder that stands still, whose late change is then refused', async () => {
    const [paused, next] = [leaseOf('paused', 50), leaseOf('next')];
    const first = await taken(paused);
    await save(first, 5);
    const second = await vi.waitFor(() => taken(next), PATIENCE_MS);
    expect(second.epoch).toBe(2);
    await save(second, 9);
    await expect(save(first, 6)).rejects.toThrow(LeaseLostError);
    await expect(confirm(first)).rejects.toThrow(LeaseLostError);
    expect(await position()).toBe(9);
    expect(await paused.take()).toBeNull();
    await second.release();
    expect((await taken(paused)).epoch).toBe(3);
    await expect(save(first, 6)).rejects.toThrow(LeaseLostError);
  });

  test('is kept by a confirmation that comes in time alone', async () => {
    const term = await taken(leaseOf('holder', 50));
    const { promise: mayGoOn, resolve: goOn } = Promise.withResolvers<void>();
    const { promise: isLocked, resolve: locked } = Promise.withResolvers<void>();
    const other = database.transaction(async (transaction) => {
      await transaction.run(sql`select * from leases for update`);
      locked();
      await mayGoOn;
    });
    await isLocked;
    setTimeout(goOn, 60);
    await expect(confirm(term)).rejects.toThrow('too late');
    await other;
  });

  test('confirms what was read by a commit of the same connection', async () => {
    const term = await taken(leaseOf('holder'));
    const readers: number[] = [];
    const read = await term.confirmed(async (connection) => {
      const reader = await connection.number(sql`select pg_backend_pid()`);
      readers.push(reader);
      // What has been read through this connection is proved by no other one.
      if (readers.length === 1) {
        await runOn(place.url, `select pg_terminate_backend(${reader})`);
        await expect(connection.number(sql`select 1`)).rejects.toThrow(/terminat/);
      }
      return [reader];
    });
    expect(new Set(readers).size).toBe(2);
    expect(read).toEqual(readers.slice(1));
  });

  test('commits nothing when nothing was read', async () => {
    const term = await taken(leaseOf('holder'));
    const version = () => database.reads.rows(sql`select xmin from leases where name = ${'relay'}`);
    const before = await version();
    expect(await term.confirmed(async () => [])).toEqual([]);
    expect(await version()).toEqual(before);
  });

  test('cannot be taken while its holder, though late, saves', async () => {
    const term = await taken(leaseOf('late'));
    // For a millisecond only, from now on.
    expect((await leaseOf('late', 1).take())?.epoch).toBe(term.epoch);
    const { promise: hasKept, resolve: kept } = Promise.withResolvers<void>();
    const { promise: maySave, resolve: goOn } = Promise.withResolvers<void>();
    const saved = database.transaction(async (transaction) => {
      await term.keep(transaction);
      kept();
      await maySave;
      await transaction.run(sql`update cursors set position = 4`);
    });
    await hasKept;
    const other = leaseOf('next').take();
    await vi.waitFor(async () => {
      const waiting = sql`select count(*) from pg_stat_activity where wait_event_type = 'Lock'`;
      expect(await database.reads.number(waiting)).toBeGreaterThan(0);
    }, PATIENCE_MS);
    goOn();
    await saved;
    expect(await other).toBeNull();
    expect(await position()).toBe(4);
  });
});
