import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqlite } from '../src/sql/index.ts';
import { createMigrations } from '../src/sql/migrations/index.ts';
import {
  items,
  migrationsContract,
  noName,
  notes,
  writeMigrations,
  type MigrationFile,
} from './migrations-contract.ts';

let root: string;
let database: DatabaseSync;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'anaquel-migrations-'));
  database = openSqlite(join(root, 'shop.db'));
});

afterEach(() => {
  database.close();
  rmSync(root, { recursive: true, force: true });
});

/** A checkout of the code that knows these migrations. */
function code(version: string, ...files: readonly MigrationFile[]) {
  const folder = writeMigrations(root, version, files);
  return { ...createMigrations({ database, folder, service: 'inventory' }), folder };
}

async function tables(): Promise<string[]> {
  const rows = database
    .prepare(
      `select name from sqlite_schema where type = 'table' and name not like 'schema_%' order by name`,
    )
    .all();
  return rows.map(({ name }) => String(name));
}

migrationsContract({ code, tables });

test.each(['COMMIT', 'ROLLBACK'])(
  'after an I/O error at COMMIT that ended as %s, the same command does the rest',
  async (ending) => {
    const other = openSqlite(join(root, 'other.db'));
    let due = true;
    other.exec = (text) => {
      if (text !== 'COMMIT' || !due) return DatabaseSync.prototype.exec.call(other, text);
      due = false;
      DatabaseSync.prototype.exec.call(other, ending);
      throw Object.assign(new Error('disk I/O error'), { errcode: 1034 });
    };
    const { folder } = code('v2', items, notes);
    const migrations = createMigrations({ database: other, folder, service: 'inventory' });
    await expect(migrations.up()).rejects.toThrow(
      /^Whether the migration was carried out is not known/,
    );
    await migrations.up();
    const states = (await migrations.status()).map(({ state }) => state);
    expect(states).toEqual(['applied', 'applied']);
    other.close();
  },
);

test('older code works with a newer database if the migrations only add', async () => {
  await code('v2', items, notes).up();
  const older = code('v1', items);
  await older.assertReadable();
  expect(await older.up()).toEqual([]);
  expect((await older.status()).at(-1)).toEqual({
    name: '0002-item-notes',
    state: 'unknown',
    contract: false,
  });
  await expect(older.down()).rejects.toThrow(/doesn't know 0002-item-notes/);
});

test('a database and code with different migrations are refused', async () => {
  await code('theirs', items, { ...notes, name: '0002-their-notes' }).up();
  await expect(code('ours', items, { ...notes, name: '0003-our-notes' }).up()).rejects.toThrow(
    /went different ways/,
  );
});

test('a migration may rebuild a table that others refer to, but not break a reference', async () => {
  await code('v1', {
    name: '0001-parents',
    text: 'export async function up(db) {\n for (const q of ["create table parents (id integer primary key, old text)", "create table children (id integer primary key, parent integer not null references parents(id) on delete cascade)"]) await db.executeQuery({ sql: q, parameters: [], query: { kind: "RawNode" }, queryId: { queryId: q } });\n}\nexport async function down() {}\n',
  }).up();
  database.exec('insert into parents (id) values (1); insert into children (parent) values (1)');
  const rebuild = (where: string): MigrationFile => ({
    name: '0002-rebuild',
    text: `export async function up(db) {\n for (const q of ["create table fresh (id integer primary key)", "insert into fresh select id from parents ${where}", "drop table parents", "alter table fresh rename to parents"]) await db.executeQuery({ sql: q, parameters: [], query: { kind: "RawNode" }, queryId: { queryId: q } });\n}\nexport async function down() {}\n`,
  });
  const first = {
    name: '0001-parents',
    text: 'export async function up() {}\nexport async function down() {}\n',
  };
  await expect(code('bad', first, rebuild('where id <> 1')).up()).rejects.toThrow(
    "rows of children refer to rows of parents that don't exist",
  );
  await code('good', first, rebuild('')).up();
  expect(database.prepare('select * from children').all()).toHaveLength(1);
  expect(database.prepare('pragma foreign_keys').get()).toEqual({ foreign_keys: 1 });
});

test('two processes that migrate a new database at once both succeed, and each migration runs once', async () => {
  const { folder } = code('v3', items, notes, noName);
  const path = join(root, 'fresh.db');
  const script = join(import.meta.dirname, 'fixtures', 'migrate.ts');
  const run = async (): Promise<string[]> =>
    JSON.parse(
      (await promisify(execFile)(process.execPath, [script, path, folder])).stdout,
    ) as string[];
  const ran = await Promise.all([run(), run(), run()]);
  expect(ran.flat().sort()).toEqual(['0001-items', '0002-item-notes', '0003-no-name']);
});

test.each([
  [{ name: '1-items', text: '' }, /must be called like 0001-some-name\.ts/],
  [
    { name: '0002-x', text: 'export const up = async () => {};' },
    /must export the functions up\(db\) and down\(db\)/,
  ],
  [{ name: '0001-again', text: notes.text }, /have the number 0001/],
])('a wrong file is named: %j', async (file, message) => {
  await expect(code('wrong', items, file).status()).rejects.toThrow(message);
});
