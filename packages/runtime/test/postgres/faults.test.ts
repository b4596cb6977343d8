import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { CommitOutcomeUnknownError, sql } from '../../src/sql/index.ts';
import {
  createPostgres,
  createPostgresLease,
  DatabaseUnavailableError,
  startLeasedTask,
  type Postgres,
  type PostgresLimits,
  type PostgresTransaction,
} from '../../src/sql/postgres/index.ts';
import { PATIENT } from './patient-limits.ts';
import { hasPgbouncer, startPgbouncer } from './pgbouncer.ts';
import { hasPostgres, runOn, startPostgresServer, type PostgresServer } from './postgres-server.ts';

describe.skipIf(!hasPostgres)('when PostgreSQL fails', () => {
  let server: PostgresServer;
  let url: string;
  const open = new Set<Postgres>();

  beforeAll(async () => {
    // A commit that asks for it waits for a standby that never comes; others don't.
    server = await startPostgresServer({
      settings: { synchronous_standby_names: 'missing', synchronous_commit: 'local', fsync: 'on' },
    });
    url = server.url('postgres');
    await runOn(url, 'create table items (name text primary key)');
  });
  beforeEach(async () => {
    for (const database of open) await database.close();
    open.clear();
    await runOn(url, 'delete from items');
  });
  afterAll(async () => {
    for (const database of open) await database.close();
    await server?.stop();
  });

  function connect(limits: Partial<PostgresLimits> = {}, poolSize = 4): Postgres {
    const database = createPostgres({ url, poolSize, limits: { ...PATIENT, ...limits } });
    open.add(database);
    return database;
  }

  const insert = (name: string) => sql`insert into items (name) values (${name})`;
  const insertAndWait = async (t: PostgresTransaction, name: string) => {
    await t.run(sql`select set_config('synchronous_commit', 'on', true)`);
    await t.commit(insert(name));
  };
  const names = () => runOn(url, 'select name from items order by name');
  const waiting = () =>
    vi.waitFor(async () => {
      const rows = await runOn(
        url,
        `select pid from pg_stat_activity where wait_event = 'SyncRep'`,
      );
      expect(rows).toHaveLength(1);
      return (rows[0] as { pid: number }).pid;
    }, 30_000);

  test('a kill while COMMIT is under way leaves its outcome unknown, and later work succeeds', async () => {
    const database = connect();
    const work = database
      .transaction((t) => insertAndWait(t, 'a'))
      .catch((error: unknown) => error);
    await waiting();
    await server.kill();
    expect(await work).toBeInstanceOf(CommitOutcomeUnknownError);
    const restarting = server.restart();
    // It waits for the server, and finds it.
    await database.transaction((t) => t.run(insert('b')));
    await restarting;
    expect(await names()).toEqual([{ name: 'a' }, { name: 'b' }]);
  });

  test('a COMMIT that is not answered before the deadline has an unknown outcome', async () => {
    const database = connect();
    const limits = { transactionMs: 1_000 };
    await expect(
      database.transaction((t) => insertAndWait(t, 'a'), { limits }),
    ).rejects.toBeInstanceOf(CommitOutcomeUnknownError);
    // Until it has ended, the next test would take it for its own.
    await runOn(url, `select pg_terminate_backend(${await waiting()}, 30000)`);
  });

  test('a COMMIT whose wait for a standby was cancelled has an unknown outcome', async () => {
    const database = connect();
    const work = database
      .transaction((t) => insertAndWait(t, 'c'))
      .catch((error: unknown) => error);
    await runOn(url, `select pg_cancel_backend(${await waiting()})`);
    expect(await work).toMatchObject({
      name: 'CommitOutcomeUnknownError',
      message: expect.stringContaining('warning') as string,
    });
  });

  test('a server that stands still is given up at the deadline, and nothing was committed', async () => {
    const database = connect({ retryMs: 0 });
    let pid = 0;
    const work = database.transaction(
      async (t) => {
        pid = await t.number(sql`select pg_backend_pid()`);
        process.kill(pid, 'SIGSTOP');
        await t.commit(insert('a'));
      },
      { limits: { transactionMs: 500 } },
    );
    // COMMIT was on its way, so that nobody can know.
    await expect(work).rejects.toBeInstanceOf(CommitOutcomeUnknownError);
    process.kill(pid, 'SIGCONT');

    const earlier = database.transaction(
      async (t) => {
        pid = await t.number(sql`select pg_backend_pid()`);
        process.kill(pid, 'SIGSTOP');
        await t.run(insert('b'));
      },
      { limits: { transactionMs: 500 } },
    );
    await expect(earlier).rejects.toBeInstanceOf(DatabaseUnavailableError);
    process.kill(pid, 'SIGCONT');
    expect(await database.reads.number(sql`select count(*) from items where name = ${'b'}`)).toBe(
      0,
    );
  });

  test('a transaction whose connection was cut before its COMMIT is known to have done nothing', async () => {
    const database = connect({ transactionMs: 50, retryMs: 0 });
    const work = database.transaction(async (t) => {
      await t.run(insert('a'));
      await delay(100);
      await t.commit(insert('b'));
    });
    await expect(work).rejects.toBeInstanceOf(DatabaseUnavailableError);
    expect(await names()).toEqual([]);
  });

  test('a read that takes too long is given up, and ended on the server', async () => {
    const database = connect({ retryMs: 0, statementMs: 200 });
    await expect(database.reads.number(sql`select 1 from pg_sleep(3600)`)).rejects.toBeInstanceOf(
      DatabaseUnavailableError,
    );
    await vi.waitFor(async () => {
      const text = `select 1 from pg_stat_activity where query like '%pg_sleep(3600)%' and state = 'active' and pid <> pg_backend_pid()`;
      expect(await runOn(url, text)).toEqual([]);
    }, 30_000);
  });

  test('a statement that takes too long is ended by the server', async () => {
    const database = connect({ statementMs: 200 });
    const work = database.transaction((t) => t.run(sql`select pg_sleep(3600)`));
    await expect(work).rejects.toBeInstanceOf(DatabaseUnavailableError);
  });

  test('a replica that stops in mid-transaction frees its rows', async () => {
    await runOn(url, `insert into items values ('a')`);
    const stopped = connect({ idleInTransactionMs: 300, retryMs: 0 });
    const other = connect();
    const lock = sql`select name from items where name = ${'a'} for update`;
    const paused = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    const first = stopped
      .transaction(async (t) => {
        await t.run(lock);
        locked.resolve();
        await paused.promise;
        await t.run(insert('b'));
      })
      .catch((error: unknown) => error);
    await locked.promise;
    await other.transaction((t) => t.run(lock));
    paused.resolve();
    expect(await first).toBeInstanceOf(DatabaseUnavailableError);
    expect(await names()).toEqual([{ name: 'a' }]);
  });

  test('connections that were cut are replaced, and a transaction that lost one is done again', async () => {
    const database = connect();
    let attempts = 0;
    await database.transaction(async (t) => {
      attempts += 1;
      const pid = await t.number(sql`select pg_backend_pid()`);
      if (attempts === 1) await runOn(url, `select pg_terminate_backend(${pid})`);
      await t.run(insert('a'));
    });
    expect(attempts).toBe(2);
    // Now one is idle.
    const pid = await database.reads.number(sql`select pg_backend_pid()`);
    await runOn(url, `select pg_terminate_backend(${pid})`);
    expect(await database.reads.number(sql`select count(*) from items`)).toBe(1);
  });

  test('no more connections are made than the pool may have, and waiting for one ends', async () => {
    const database = connect({ acquireMs: 200 }, 2);
    const done = Promise.withResolvers<void>();
    const users = [1, 2].map(() => database.withSession(() => done.promise));
    await expect(database.reads.number(sql`select 1`)).rejects.toThrow(
      "The database can't be used: All 2 connections were busy for 0.2 s",
    );
    done.resolve();
    await Promise.all(users);
    expect(await database.reads.number(sql`select 1`)).toBe(1);
  });

  test('a wrong database is named at once', async () => {
    const database = createPostgres({ url: server.url('none'), limits: PATIENT });
    await expect(database.reads.number(sql`select 1`)).rejects.toThrow(
      `The database can't be used: database "none" does not exist`,
    );
  });

  test('a barrier waits for its own commit, and a warning is no success', async () => {
    await runOn(
      url,
      'create table commit_barrier (id integer primary key, passed integer not null)',
      'insert into commit_barrier values (1, 0)',
    );
    const database = connect();
    await database.barrier();
    expect(await runOn(url, 'select passed from commit_barrier')).not.toEqual([]);
    await runOn(url, `alter role current_user set synchronous_commit = 'on'`);
    const passing = connect({ retryMs: 0, acquireMs: 0 })
      .barrier()
      .catch((error: unknown) => error);
    await runOn(url, `select pg_cancel_backend(${await waiting()})`);
    expect(await passing).toBeInstanceOf(DatabaseUnavailableError);
    await runOn(
      url,
      'set synchronous_commit = local',
      'alter role current_user reset synchronous_commit',
    );
  });

  // As docs/postgresql.md wants it: else a pooled connection may lead to a server that was
  // restarted in place, and shows what no standby has, without this process knowing.
  test.skipIf(!hasPgbouncer)('through pgbouncer nothing is read that no standby has', async () => {
    await runOn(
      url,
      'drop table if exists commit_barrier',
      'create table commit_barrier (id integer primary key, passed integer not null)',
      'insert into commit_barrier values (1, 0)',
    );
    const barrier = 'update commit_barrier set passed = 1 - passed where id = 1';
    const pgbouncer = await startPgbouncer(url, `connect_query='${barrier}'`);
    const limits = { ...PATIENT, statementMs: 500, retryMs: 0 };
    const database = createPostgres({ url: pgbouncer.via(url), poolSize: 1, limits });
    const items = () => database.reads.number(sql`select count(*) from items`);
    expect(await items()).toBe(0);
    const waitingForStandby = connect()
      .transaction((t) => insertAndWait(t, 'a'))
      .catch((error: unknown) => error);
    await waiting();
    await runOn(url, `alter role current_user set synchronous_commit = 'on'`);
    await server.kill();
    await waitingForStandby;
    await server.restart();
    expect(await names()).toEqual([{ name: 'a' }]);
    await expect(items()).rejects.toBeInstanceOf(DatabaseUnavailableError);
    await database.close();
    await pgbouncer.stop();
    await runOn(
      url,
      `select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'`,
      'set synchronous_commit = local',
      'alter role current_user reset synchronous_commit',
    );
  });

  describe('a lease', () => {
    const until = async () => {
      const [lease] = await runOn(url, 'select until_ms from leases');
      return Number((lease as { until_ms: string }).until_ms);
    };

    beforeEach(() =>
      runOn(
        url,
        'drop table if exists leases, commit_barrier',
        'create table leases (name text primary key, holder text not null, epoch bigint not null, until_ms bigint not null)',
        "insert into leases values ('upkeep', '', 0, 0)",
      ),
    );

    test('is kept, and its task goes on, when the server was away; that is told', async () => {
      const happened: string[] = [];
      const onError = vi.fn();
      const task = startLeasedTask({
        database: connect({ acquireMs: 100 }),
        lease: 'upkeep',
        begin({ epoch }) {
          happened.push(`began ${epoch}`);
          return { wake() {}, stop: async () => void happened.push(`stopped ${epoch}`) };
        },
        onError,
      });
      await vi.waitFor(() => expect(happened).toEqual(['began 1']), 30_000);
      const before = await until();
      await server.kill();
      await vi.waitFor(() => expect(onError).toHaveBeenCalled(), 30_000);
      await server.restart();
      await vi.waitFor(async () => expect(await until()).toBeGreaterThan(before), 30_000);
      expect(happened).toEqual(['began 1']);
      await task.stop();
      expect(happened).toEqual(['began 1', 'stopped 1']);
      expect(await until()).toBe(0);
    });

    test('is not confirmed by a commit that no standby has', async () => {
      let database = connect();
      const term = await createPostgresLease({
        database: { transaction: (work, options) => database.transaction(work, options) },
        name: 'upkeep',
        holder: 'one',
        heldForMs: 600_000,
      }).take();
      if (term === null) throw new Error('It is held');
      await term.confirmed(async () => ['read']);
      // For connections that are made from now on.
      await runOn(url, `alter role current_user set synchronous_commit = 'on'`);
      database = connect();
      const confirming = term.confirmed(async () => ['read']).catch((error: unknown) => error);
      await runOn(url, `select pg_cancel_backend(${await waiting()})`);
      expect(await confirming).toBeInstanceOf(CommitOutcomeUnknownError);
      await runOn(
        url,
        'set synchronous_commit = local',
        'alter role current_user reset synchronous_commit',
      );
    });
  });
});
