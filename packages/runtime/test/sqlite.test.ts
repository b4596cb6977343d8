import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StartupError } from '../src/index.ts';
import { openSqlite } from '../src/sql/index.ts';
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
    "lets only the owner read its files, existing ones too, and doesn't change the folder",
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

  test("names a folder that can't be written, and the setting", () => {
    writeFileSync(join(folder, 'file'), '');
    const open = (): unknown => openSqlite(join(folder, 'file', 'shop.db'));
    expect(open).toThrow(StartupError);
    expect(open).toThrow(
      /^The data folder \S+\/file can't be written \((ENOTDIR|EEXIST)\).*DATABASE_URL or DATA_DIR.*$/,
    );
  });

  test.runIf(existsSync('/proc/self'))("refuses a folder that can't be made, at any depth", () => {
    // In a process of its own, because a hang here would never end.
    const script = `import { openSqlite } from '${import.meta.dirname}/../src/sql/index.ts';
      openSqlite('/proc/none/at/all/shop.db');`;
    const args = ['--input-type=module', '--eval', script];
    const { stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 10_000 });
    expect(stderr).toContain("The data folder /proc/none/at/all can't be written (ENOENT)");
  });

  test('names a file that is not a database', () => {
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
