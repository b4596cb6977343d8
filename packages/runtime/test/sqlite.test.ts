import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, sql, type Generated } from 'kysely';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { StartupError } from '../src/index.ts';
import { openSqlite, sqliteDialect } from '../src/sql/index.ts';
import { atLeast } from '../src/sql/sqlite.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anaquel-sqlite-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('openSqlite', () => {
  test('makes the folder and opens a durable database', () => {
    const database = openSqlite(join(folder, 'new', 'deep', 'shop.db'));
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
    expect(database.prepare('PRAGMA foreign_keys').get()).toEqual({ foreign_keys: 1 });
    expect(database.prepare('PRAGMA busy_timeout').get()).toEqual({ timeout: 5000 });
    database.close();
  });

  test.skipIf(process.platform === 'win32')(
    'keeps its files to their owner, those that were there too, and leaves the folder alone',
    () => {
      const modeOf = (name: string): number => statSync(join(folder, name)).mode & 0o777;
      const names = ['shop.db', 'shop.db-wal', 'shop.db-shm'];
      for (const round of ['new', 'made by an older release']) {
        const database = openSqlite(join(folder, 'new', 'shop.db'));
        database.exec('CREATE TABLE IF NOT EXISTS t (a)');
        for (const name of names) expect([round, modeOf(`new/${name}`)]).toEqual([round, 0o600]);
        expect(modeOf('new')).toBe(round === 'new' ? 0o700 : 0o755);
        const reader = openSqlite(join(folder, 'new', 'shop.db'), { readOnly: true });
        database.exec('INSERT INTO t VALUES (1)');
        for (const name of names) chmodSync(join(folder, 'new', name), 0o644);
        chmodSync(join(folder, 'new'), 0o755);
        database.close();
        reader.close();
      }
    },
  );

  test('names a folder that cannot be written and the setting', () => {
    writeFileSync(join(folder, 'file'), '');
    const open = (): unknown => openSqlite(join(folder, 'file', 'shop.db'));
    expect(open).toThrow(StartupError);
    expect(open).toThrow(
      /^The data folder \S+\/file can't be written \((ENOTDIR|EEXIST)\).*DATABASE_URL or DATA_DIR.*$/,
    );
  });

  test.runIf(existsSync('/proc/self'))(
    'refuses a folder where none can be made, at any depth',
    () => {
      // In a process of its own: what hangs here never comes back.
      const script = `import { openSqlite } from '${import.meta.dirname}/../src/index.ts';
      openSqlite('/proc/none/at/all/shop.db');`;
      const args = ['--input-type=module', '--eval', script];
      const { stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 10_000 });
      expect(stderr).toContain("The data folder /proc/none/at/all can't be written (ENOENT)");
    },
  );

  test('names a file that is no database', () => {
    const path = join(folder, 'shop.db');
    writeFileSync(path, 'this is a shopping list, not a database'.repeat(100));
    expect(() => openSqlite(path)).toThrow(
      /shop\.db can't be opened: file is not a database\..*DATABASE_URL/,
    );
    expect(() => openSqlite(path, { readOnly: true })).toThrow(StartupError);
  });

  test('read-only refuses a missing file and every write', () => {
    const path = join(folder, 'shop.db');
    expect(() => openSqlite(path, { readOnly: true })).toThrow(/no database at .*shop\.db/);

    const writer = openSqlite(path);
    writer.exec('CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (7)');
    const reader = openSqlite(path, { readOnly: true });
    expect(reader.prepare('SELECT a FROM t').get()).toEqual({ a: 7 });
    expect(() => reader.exec('INSERT INTO t VALUES (8)')).toThrow(/readonly/);
    writer.close();
    reader.close();
  });

  test('versions compare by their parts', () => {
    expect(atLeast('3.51.3', [3, 51, 3])).toBe(true);
    expect(atLeast('3.60.0', [3, 51, 3])).toBe(true);
    expect(atLeast('4.0', [3, 51, 3])).toBe(true);
    expect(atLeast('3.51.2', [3, 51, 3])).toBe(false);
    expect(atLeast('3.9.99', [3, 51, 3])).toBe(false);
  });
});

interface Schema {
  items: { id: Generated<number>; name: string; active: number };
}

describe('sqliteDialect', () => {
  function open(): { db: Kysely<Schema>; path: string } {
    const path = join(folder, 'items.db');
    const database = openSqlite(path);
    database.exec(
      'CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT NOT NULL, active INTEGER NOT NULL)',
    );
    return { db: new Kysely<Schema>({ dialect: sqliteDialect(database) }), path };
  }

  test('runs queries, returning clauses and counts of changed rows', async () => {
    const { db } = open();
    const { insertId } = await db
      .insertInto('items')
      .values({ name: 'a', active: 1 })
      .executeTakeFirstOrThrow();
    expect(insertId).toBe(1n);
    const made = await db
      .insertInto('items')
      .values({ name: 'b', active: 1 })
      .returning(['id', 'name'])
      .executeTakeFirstOrThrow();
    expect({ ...made }).toEqual({ id: 2, name: 'b' });
    const updated = await db.updateTable('items').set({ active: 0 }).executeTakeFirstOrThrow();
    expect(updated.numUpdatedRows).toBe(2n);
    const names: string[] = [];
    for await (const row of db.selectFrom('items').select('name').orderBy('id').stream())
      names.push(row.name);
    expect(names).toEqual(['a', 'b']);
    await db.destroy();
  });

  test('booleans are stored as 0 and 1; what SQLite would turn into NULL is refused', async () => {
    const { db } = open();
    const answer = await sql<{ yes: number }>`select ${true} as yes`.execute(db);
    expect(answer.rows[0]?.yes).toBe(1);
    for (const bad of [undefined, Number.NaN, new Date(0), { a: 1 }]) {
      await expect(sql`select ${sql.val(bad)}`.execute(db)).rejects.toThrow(/can't be bound/);
    }
    await db.destroy();
  });

  test('a transaction takes the write lock at once and rolls back on an error', async () => {
    const { db, path } = open();
    const other = openSqlite(path);
    other.exec('PRAGMA busy_timeout=0');
    const work = db.transaction().execute(async (trx) => {
      await trx.selectFrom('items').selectAll().execute();
      expect(() => other.exec("INSERT INTO items (name, active) VALUES ('other', 1)")).toThrow(
        /locked/,
      );
      await trx.insertInto('items').values({ name: 'mine', active: 1 }).execute();
      throw new Error('changed my mind');
    });
    await expect(work).rejects.toThrow('changed my mind');
    expect(await db.selectFrom('items').selectAll().execute()).toEqual([]);
    other.close();
    await db.destroy();
  });

  describe('when it cannot be known whether a transaction was committed', () => {
    /** A database whose next commit meets that result code of SQLite. */
    function failing(errcode: number, onOutcomeUnknown?: (error: Error) => void) {
      const { path } = open();
      const database = openSqlite(path);
      let due = true;
      database.exec = (text) => {
        if (text !== 'COMMIT' || !due) return DatabaseSync.prototype.exec.call(database, text);
        due = false;
        throw Object.assign(new Error('no luck'), { errcode });
      };
      const dialect = sqliteDialect(database, onOutcomeUnknown && { onOutcomeUnknown });
      const db = new Kysely<Schema>({ dialect });
      const insert = (name: string) =>
        db
          .transaction()
          .execute((trx) => trx.insertInto('items').values({ name, active: 1 }).execute());
      return { db, database, insert };
    }

    // SQLITE_IOERR_FSYNC, SQLITE_IOERR_WRITE, SQLITE_IOERR
    test.each([1034, 778, 10])('by %i, it has no outcome and nothing more begins', async (code) => {
      const told = vi.fn<(error: Error) => void>();
      const settled = vi.fn<() => void>();
      const { database, insert } = failing(code, told);
      for (const name of ['first', 'second']) void insert(name).then(settled, settled);
      await vi.waitFor(() => expect(told).toHaveBeenCalledOnce(), 30_000);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(settled).not.toHaveBeenCalled();
      expect(told.mock.calls[0]?.[0].message).toContain('no luck');
      database.close();
    });

    test('and nobody is there to be told, it is rejected', async () => {
      const { db, insert } = failing(1034);
      await expect(insert('first')).rejects.toThrow('The outcome of a commit is unknown');
      await db.destroy();
    });

    // SQLITE_FULL
    test('it is not by a full disk: the transaction is refused, and the next one passes', async () => {
      const told = vi.fn<(error: Error) => void>();
      const { db, insert } = failing(13, told);
      await expect(insert('first')).rejects.toThrow('no luck');
      await insert('second');
      const rows = await db.selectFrom('items').select('name').execute();
      expect(rows.map(({ name }) => name)).toEqual(['second']);
      expect(told).not.toHaveBeenCalled();
      await db.destroy();
    });
  });

  test('queries started together outside and inside a transaction do not mix', async () => {
    const { db } = open();
    await Promise.all([
      db
        .transaction()
        .execute(async (trx) => {
          await trx.insertInto('items').values({ name: 'inside', active: 1 }).execute();
          await new Promise((resolve) => setTimeout(resolve, 10));
          throw new Error('back');
        })
        .catch(() => undefined),
      db.insertInto('items').values({ name: 'outside', active: 1 }).execute(),
    ]);
    const rows = await db.selectFrom('items').select('name').execute();
    expect(rows.map(({ name }) => name)).toEqual(['outside']);
    await db.destroy();
  });

  test('thousands of different statements do not exhaust anything', async () => {
    const { db } = open();
    for (let index = 0; index < 2_000; index += 1) await sql`select ${sql.lit(index)}`.execute(db);
    expect((await sql<{ one: number }>`select 1 as one`.execute(db)).rows[0]?.one).toBe(1);
    await db.destroy();
  });
});
