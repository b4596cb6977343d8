import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  createSqliteConnection,
  createSqliteWriter,
  openSqlite,
  sql,
  type SqliteConnection,
  type SqliteWriter,
} from '../src/sql/index.ts';

let folder: string;
let path: string;
let database: DatabaseSync;
let reads: SqliteConnection;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anaquel-sqlite-'));
  path = join(folder, 'items.db');
  database = openSqlite(path);
  database.exec('CREATE TABLE items (name TEXT NOT NULL)');
  reads = createSqliteConnection(database);
});
afterEach(() => {
  if (database.isOpen) database.close();
  rmSync(folder, { recursive: true, force: true });
});

const insert = (name: string) => sql`insert into items (name) values (${name})`;
const names = () => reads.rows(sql`select name from items order by name`).flat();

function writerOf(onOutcomeUnknown: (error: Error) => void = () => {}) {
  return createSqliteWriter(database, { onOutcomeUnknown });
}

test('a transaction takes the write lock at once and rolls back on an error', async () => {
  const other = openSqlite(path);
  other.exec('PRAGMA busy_timeout=0');
  const work = writerOf().transaction(async (connection) => {
    connection.rows(sql`select name from items`);
    expect(() => other.exec("INSERT INTO items (name) VALUES ('other')")).toThrow(/locked/);
    connection.run(insert('mine'));
    throw new Error('changed my mind');
  });
  await expect(work).rejects.toThrow('changed my mind');
  expect(names()).toEqual([]);
  other.close();
});

test('a transaction that is rolled back leaves nothing', async () => {
  const writer = writerOf();
  const write = (name: string, isKept: boolean) =>
    writer.transaction(
      async (connection) => {
        connection.run(insert(name));
        return name;
      },
      () => isKept,
    );
  expect(await write('first', false)).toBe('first');
  expect(await write('second', true)).toBe('second');
  expect(names()).toEqual(['second']);
});

describe('transactions that a turn of the event loop brings', () => {
  const write = (writer: SqliteWriter, name: string, error?: Error) =>
    writer.transaction(async (connection) => {
      const before = connection.number(sql`select count(*) from items`);
      connection.run(insert(name));
      if (error) throw error;
      return before;
    });

  test('share a commit, and each sees what those before it did', async () => {
    const exec = vi.spyOn(database, 'exec');
    const writer = writerOf();
    const writes = ['a', 'b', 'c'].map((name) => write(writer, name));
    expect(await Promise.all(writes)).toEqual([0, 1, 2]);
    expect(exec.mock.calls.filter(([text]) => text === 'COMMIT')).toHaveLength(1);
    expect(names()).toEqual(['a', 'b', 'c']);
  });

  test('are not answered before the commit', async () => {
    const onCommit = vi.fn<() => void>();
    const writer = createSqliteWriter(database, { onOutcomeUnknown: () => {}, onCommit });
    const committed = async () => {
      await write(writer, 'any');
      return onCommit.mock.calls.length;
    };
    expect(await Promise.all([committed(), committed()])).toEqual([1, 1]);
  });

  test('take back what one of them did that fails or is refused, and keep the others', async () => {
    const writer = writerOf();
    const refused = writer.transaction(
      async (connection) => connection.run(insert('refused')),
      () => false,
    );
    const failed = write(writer, 'failed', new Error('changed my mind'));
    const outcomes = [write(writer, 'first'), refused, failed, write(writer, 'last')];
    expect((await Promise.allSettled(outcomes)).map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(names()).toEqual(['first', 'last']);
  });

  test('are all refused when one of them loses the whole, and the next ones succeed', async () => {
    const writer = writerOf();
    const loser = writer.transaction(async () => {
      // As a full disk does it.
      database.exec('ROLLBACK');
      throw new Error('the disk is full');
    });
    const outcomes = [write(writer, 'first'), loser, write(writer, 'last')];
    for (const outcome of await Promise.allSettled(outcomes))
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: { message: 'the disk is full' },
      });
    expect(names()).toEqual([]);
    expect(await write(writer, 'next')).toBe(0);
    expect(names()).toEqual(['next']);
  });

  test('wait for the next commit when they are many', async () => {
    const exec = vi.spyOn(database, 'exec');
    const writer = writerOf();
    await Promise.all(Array.from({ length: 150 }, (_, index) => write(writer, String(index))));
    expect(exec.mock.calls.filter(([text]) => text === 'COMMIT')).toHaveLength(3);
    expect(names()).toHaveLength(150);
  });
});

test('simultaneous transactions and statements do not mix', async () => {
  const writer = writerOf();
  await Promise.all([
    writer
      .transaction(async (connection) => {
        connection.run(insert('inside'));
        await delay(10);
        throw new Error('back');
      })
      .catch(() => undefined),
    writer.run(insert('outside')),
  ]);
  expect(names()).toEqual(['outside']);
});

describe('when the outcome of a commit is unknown', () => {
  /** Makes the next commit fail with this result code of SQLite. */
  function failNextCommit(errcode: number): void {
    let due = true;
    database.exec = (text) => {
      if (text !== 'COMMIT' || !due) return DatabaseSync.prototype.exec.call(database, text);
      due = false;
      throw Object.assign(new Error('no luck'), { errcode });
    };
  }

  // SQLITE_IOERR_FSYNC, SQLITE_IOERR_WRITE, SQLITE_IOERR
  test.each([1034, 778, 10])('by %i, it never resolves and nothing more begins', async (code) => {
    failNextCommit(code);
    const onOutcomeUnknown = vi.fn<(error: Error) => void>();
    const settled = vi.fn<() => void>();
    const writer = writerOf(onOutcomeUnknown);
    for (const name of ['first', 'second'])
      void writer
        .transaction(async (connection) => connection.run(insert(name)))
        .then(settled, settled);
    void writer.run(insert('third')).then(settled, settled);
    await vi.waitFor(() => expect(onOutcomeUnknown).toHaveBeenCalledOnce(), 30_000);
    await delay(20);
    expect(settled).not.toHaveBeenCalled();
    expect(onOutcomeUnknown.mock.calls[0]?.[0].message).toContain('no luck');
  });

  test('so it is when a statement of its own was to be committed', async () => {
    const onOutcomeUnknown = vi.fn<(error: Error) => void>();
    const settled = vi.fn<() => void>();
    const writer = writerOf(onOutcomeUnknown);
    database.prepare = (text) => {
      const statement = DatabaseSync.prototype.prepare.call(database, text);
      statement.run = () => {
        throw Object.assign(new Error('no luck'), { errcode: 1034 });
      };
      return statement;
    };
    void writer.run(insert('first')).then(settled, settled);
    void writer.run(insert('second')).then(settled, settled);
    await vi.waitFor(() => expect(onOutcomeUnknown).toHaveBeenCalledOnce(), 30_000);
    await delay(20);
    expect(settled).not.toHaveBeenCalled();
  });

  // SQLITE_FULL
  test('a full disk is not such a case: the transaction is refused, and the next one succeeds', async () => {
    failNextCommit(13);
    const onOutcomeUnknown = vi.fn<(error: Error) => void>();
    const writer = writerOf(onOutcomeUnknown);
    const write = (name: string) =>
      writer.transaction(async (connection) => connection.run(insert(name)));
    await expect(write('first')).rejects.toThrow('no luck');
    await write('second');
    expect(names()).toEqual(['second']);
    expect(onOutcomeUnknown).not.toHaveBeenCalled();
  });
});
