import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../src/sql/index.ts';
import { createPostgres, postgresConstraint, type Postgres } from '../../src/sql/postgres/index.ts';
import { PATIENT } from './patient-limits.ts';
import { hasPgbouncer, startPgbouncer, type Pgbouncer } from './pgbouncer.ts';
import { createTestDatabase, hasPostgres, runOn, type TestDatabase } from './postgres-server.ts';

describe.skipIf(!hasPostgres)('a database on PostgreSQL', () => transactionSuite(false));
describe.skipIf(!hasPostgres || !hasPgbouncer)('through pgbouncer in transaction mode', () =>
  transactionSuite(true),
);

function transactionSuite(isPooled: boolean): void {
  let place: TestDatabase;
  let pgbouncer: Pgbouncer | undefined;
  let url: string;
  let database: Postgres;

  beforeAll(async () => {
    place = await createTestDatabase();
    await runOn(
      place.url,
      'create table items (name text collate "C" primary key, amount bigint not null)',
    );
    if (isPooled) pgbouncer = await startPgbouncer(place.url);
    url = pgbouncer?.via(place.url) ?? place.url;
    database = createPostgres({ url, limits: PATIENT });
  });
  beforeEach(() => runOn(place.url, 'delete from items'));
  afterAll(async () => {
    await database?.close();
    await pgbouncer?.stop();
    await place?.drop();
  });

  const insert = (name: string, amount = 1) =>
    sql`insert into items (name, amount) values (${name}, ${amount})`;
  const names = async () =>
    (await database.reads.rows(sql`select name from items order by name`)).flat();

  test('gives numbers, texts and null as SQLite gives them', async () => {
    await database.transaction((t) => t.run(insert('a', Number.MAX_SAFE_INTEGER)));
    const rows = await database.reads.rows(
      sql`select name, amount, null, exists (select 1 from items), 1 > 2, (select sum(amount) from items) from items`,
    );
    expect(rows).toEqual([['a', 2 ** 53 - 1, null, 1, 0, 2 ** 53 - 1]]);
    expect(await database.reads.number(sql`select count(*) from items`)).toBe(1);
    await database.transaction((t) => t.run(sql`update items set amount = amount + 1`));
    await expect(database.reads.rows(sql`select amount from items`)).rejects.toThrow(
      'The number 9007199254740992 of a row is beyond 2⁵³',
    );
  });

  test.each([
    [NaN, 'NaN'],
    [Infinity, 'Infinity'],
    [undefined, 'undefined'],
    [{ name: 'a' }, 'object'],
    [new Date(0), 'object'],
    ['a\0b', 'U+0000'],
  ])('refuses %j before anything is sent, and the neighbours with it', async (value, word) => {
    const bad = { text: 'insert into items (name, amount) values (?, 1)', values: [value] };
    // A caller without types could give it.
    const statement = bad as unknown as ReturnType<typeof insert>;
    const both = database.transaction((t) =>
      Promise.all([t.run(insert('good')), t.run(statement)]),
    );
    await expect(both).rejects.toThrow(word);
    const last = database.transaction((t) => t.commit(insert('good'), statement));
    await expect(last).rejects.toThrow(word);
    expect(await names()).toEqual([]);
  });

  test('commits when the work is done, and not when it throws or its result is refused', async () => {
    await database.transaction((t) => t.run(insert('kept')));
    const thrown = database.transaction(async (t) => {
      await t.run(insert('thrown'));
      throw new Error('changed my mind');
    });
    await expect(thrown).rejects.toThrow('changed my mind');
    const refused = database.transaction(
      async (t) => {
        await t.run(insert('refused'));
        return 'no';
      },
      { isKept: () => false },
    );
    expect(await refused).toBe('no');
    expect(await names()).toEqual(['kept']);
  });

  test('sends the last statements and COMMIT together, and gives their rows', async () => {
    const results = await database.transaction(async (t) => {
      const before = await t.number(sql`select count(*) from items`);
      const [first, second] = await t.commit(
        sql`${insert('a', 3)} returning name`,
        sql`select sum(amount) from items`,
      );
      return { before, first, second };
    });
    expect(results).toEqual({ before: 0, first: [['a']], second: [[3]] });
    expect(await names()).toEqual(['a']);
  });

  test('commits nothing after a statement that failed, although the work went on', async () => {
    await database.transaction((t) => t.run(insert('a')));
    const work = database.transaction(async (t) => {
      await t.run(insert('b'));
      await t.run(insert('a')).catch(() => {});
      return 'done';
    });
    await expect(work).rejects.toMatchObject({ code: '23505' });
    const pipelined = database.transaction((t) => t.commit(insert('c'), insert('a'), insert('d')));
    await expect(pipelined).rejects.toMatchObject({ code: '23505' });
    expect(await names()).toEqual(['a']);
  });

  test('after a failure the connection serves its next user', async () => {
    const single = createPostgres({ url, poolSize: 1, limits: PATIENT });
    for (let round = 0; round < 3; round += 1) {
      const work = single.transaction((t) =>
        Promise.all([t.run(sql`select 1 / 0`), t.run(insert('x'))]),
      );
      await expect(work).rejects.toMatchObject({ code: '22012' });
      expect(await single.reads.number(sql`select 1`)).toBe(1);
    }
    await single.close();
  });

  test('statements that fail together are one failure, although the work waits for one of them', async () => {
    const work = database.transaction(async (t) => {
      void t.run(sql`select 1 / 0`);
      void t.rows(sql`select 2 / 0`);
      await t.number(sql`select 3 / 0`);
    });
    await expect(work).rejects.toMatchObject({ code: '22012' });
  });

  test(`the server keeps ${isPooled ? 'no' : 'the'} statements of transactions`, async () => {
    const single = createPostgres({ url, poolSize: 1, limits: PATIENT });
    const kept = () =>
      single.transaction(async (t) => {
        await t.run(sql`select ${'again'}::text`);
        return t.number(
          sql`select count(*) from pg_prepared_statements
            where statement !~ '^(begin|select set_config)'`,
        );
      });
    const counts = [await kept(), await kept()];
    expect(counts).toEqual(isPooled ? [0, 0] : [2, 2]);
    // As through a pooler that gives itself out as the server.
    await single.withSession((session) => session.send('deallocate all'));
    expect(await kept()).toBe(0);
    await single.close();
  });

  test('a statement that failed when it was first sent is sent again, and kept', async () => {
    const single = createPostgres({ url, poolSize: 1, limits: PATIENT });
    const fraction = (by: number) =>
      single.transaction((t) => t.number(sql`select 10 / ${by}::bigint`));
    await expect(fraction(0)).rejects.toMatchObject({ code: '22012' });
    expect([await fraction(5), await fraction(2)]).toEqual([2, 5]);
    const kept = sql`select count(*) from pg_prepared_statements where statement ~ '^select 10'`;
    expect(await single.transaction((t) => t.number(kept))).toBe(isPooled ? 0 : 1);
    await single.close();
  });

  test('finds rows by an index, though the table was empty when the statement was kept', async () => {
    const single = createPostgres({ url, poolSize: 1, limits: PATIENT });
    const read = sql`select seq_tup_read from pg_stat_xact_user_tables where relname = 'items'`;
    const rowsRead = (name: string) =>
      single.transaction(async (t) => {
        const before = await t.number(read);
        await t.rows(sql`select amount from items where name = ${name}`);
        return (await t.number(read)) - before;
      });
    await runOn(place.url, 'vacuum analyze items');
    for (let round = 0; round < 10; round += 1) expect(await rowsRead('0')).toBe(0);
    await runOn(place.url, `insert into items select i::text, i from generate_series(1, 5000) i`);
    expect(await rowsRead('17')).toBe(0);
    await single.close();
  });

  // The servers that come with packages of npm can't compile, so only the setting can be seen.
  test('nothing that it sends is compiled', async () => {
    const setting = sql`select current_setting('jit')`;
    expect(await database.transaction((t) => t.rows(setting))).toEqual([['off']]);
  });

  test('nothing can be sent after COMMIT', async () => {
    const work = database.transaction(async (t) => {
      await t.commit(insert('a'));
      await t.run(insert('b'));
    });
    await expect(work).rejects.toThrow('The transaction has ended');
    expect(await names()).toEqual(['a']);
  });

  test('repeats a transaction that others were in the way of', async () => {
    await runOn(place.url, `insert into items values ('a', 0), ('b', 0)`);
    const raise = (first: string, second: string) =>
      database.transaction(async (t) => {
        await t.run(sql`update items set amount = amount + 1 where name = ${first}`);
        await t.run(sql`update items set amount = amount + 1 where name = ${second}`);
      });
    const pairs = Array.from({ length: 4 }, () => [raise('a', 'b'), raise('b', 'a')]);
    await Promise.all(pairs.flat());
    const amounts = await database.reads.rows(sql`select amount from items order by name`);
    expect(amounts).toEqual([[8], [8]]);
  });

  test('repeats a transaction after the errors that it is told to', async () => {
    let attempts = 0;
    const work = (mayBeRepeated: (error: unknown) => boolean) =>
      database.transaction(
        async (t) => {
          attempts += 1;
          const known = await t.number(sql`select count(*) from items where name = ${'k'}`);
          if (known > 0) return 'known';
          // Another transaction inserts it between the look and the insert.
          await runOn(place.url, `insert into items values ('k', 1)`);
          await t.run(insert('k'));
          return 'inserted';
        },
        { mayBeRepeated },
      );
    await expect(work(() => false)).rejects.toMatchObject({ code: '23505' });
    expect(attempts).toBe(1);
    await runOn(place.url, 'delete from items');
    const isOfKey = (error: unknown) => postgresConstraint(error) === 'items_pkey';
    expect(await work(isOfKey)).toBe('known');
    expect(attempts).toBe(3);
  });

  test('tries again whom another one overtook, though the first try took all the time', async () => {
    let attempts = 0;
    const work = database.transaction(
      async (t) => {
        attempts += 1;
        const known = await t.number(sql`select count(*) from items where name = ${'slow'}`);
        if (known > 0) return 'known';
        await runOn(place.url, `insert into items values ('slow', 1)`);
        await t.run(insert('slow'));
        return 'inserted';
      },
      {
        mayBeRepeated: (error) => postgresConstraint(error) === 'items_pkey',
        limits: { retryMs: 0 },
      },
    );
    expect(await work).toBe('known');
    expect(attempts).toBe(2);
  });

  test('many at once: reads and transactions with few connections to the server', async () => {
    await runOn(place.url, `insert into items values ('a', 0)`);
    const crowd = [1, 2, 3].map(() => createPostgres({ url, poolSize: 4, limits: PATIENT }));
    const raised = crowd.flatMap((each) =>
      Array.from({ length: 20 }, () =>
        each.transaction(async (t) => {
          const amount = await t.number(sql`select amount from items where name = 'a' for update`);
          await t.commit(sql`update items set amount = ${amount + 1} where name = 'a'`);
        }),
      ),
    );
    const echoes = crowd.flatMap((each) =>
      Array.from({ length: 50 }, (_, index) => each.reads.number(sql`select ${index} + 0`)),
    );
    await Promise.all(raised);
    expect(await Promise.all(echoes)).toEqual(
      crowd.flatMap(() => Array.from({ length: 50 }, (_, index) => index)),
    );
    expect(await database.reads.number(sql`select amount from items`)).toBe(60);
    await Promise.all(crowd.map((each) => each.close()));
  });

  test('a timeout of a transaction holds for no other, and what it ends leaves nothing behind', async () => {
    const slow = database.transaction((t) => t.run(sql`select pg_sleep(20)`), {
      limits: { statementMs: 50, retryMs: 0 },
    });
    await expect(slow).rejects.toThrow('statement timeout');
    const timeouts = await Promise.all(
      Array.from({ length: 6 }, () =>
        database.reads.rows(sql`select current_setting('statement_timeout')`),
      ),
    );
    expect(new Set(timeouts.flat(2))).toEqual(new Set(['0']));
    const transactions = await runOn(
      place.url,
      `select 1 from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`,
    );
    expect(transactions).toEqual([]);
  });
}
