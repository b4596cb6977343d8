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
