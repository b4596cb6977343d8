import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createPostgresMigrations, type Migrations } from '../../src/sql/migrations/index.ts';
import { createPostgres, type Postgres } from '../../src/sql/postgres/index.ts';
import { createTestDatabase, hasPostgres, runOn, type TestDatabase } from './postgres-server.ts';
import { PATIENT } from './patient-limits.ts';

const items = {
  name: '0001-items',
  text: 'export const up = (db) => db.schema.createTable("items").addColumn("id", "integer", (c) => c.primaryKey()).addColumn("name", "text").execute();\nexport const down = (db) => db.schema.dropTable("items").execute();\n',
};
const notes = {
  name: '0002-item-notes',
  text: 'export const up = (db) => db.schema.alterTable("items").addColumn("notes", "text").execute();\nexport const down = (db) => db.schema.alterTable("items").dropColumn("notes").execute();\n',
};
const noName = {
  name: '0003-no-name',
  text: 'export const contract = true;\nexport const up = (db) => db.schema.alterTable("items").dropColumn("name").execute();\nexport const down = (db) => db.schema.alterTable("items").addColumn("name", "text").execute();\n',
};
const broken = {
  name: '0002-broken',
  text: 'export const up = async (db) => { await db.schema.createTable("half").addColumn("id", "integer").execute(); throw new Error("no luck"); };\nexport const down = async () => {};\n',
};

type File = typeof items;

describe.skipIf(!hasPostgres)('migrations on PostgreSQL', () => {
  let root: string;
  let place: TestDatabase;
  let databases: Postgres[];

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'anaquel-migrations-'));
    place = await createTestDatabase();
    databases = [];
  });

  afterEach(async () => {
    for (const database of databases) await database.close();
    await place.drop();
    rmSync(root, { recursive: true, force: true });
  });

  /** A checkout of the code that knows these migrations, in a process of its own. */
  function code(version: string, ...files: File[]): Migrations {
    const folder = join(root, version);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    for (const { name, text } of files) writeFileSync(join(folder, `${name}.ts`), text);
    const database = createPostgres({ url: place.url, limits: PATIENT });
    databases.push(database);
    return createPostgresMigrations({ database, folder, service: 'inventory' });
  }

  const tables = () =>
    runOn(
      place.url,
      `select table_name from information_schema.tables where table_schema = 'public' and table_name not like 'schema_%' order by 1`,
    );

  test('up applies pending migrations once, down reverts the last one, status lists them', async () => {
    const now = code('v2', items, notes);
    expect(await now.status()).toEqual([
      { name: '0001-items', state: 'pending', contract: false },
      { name: '0002-item-notes', state: 'pending', contract: false },
    ]);
    expect(await now.up()).toEqual(['0001-items', '0002-item-notes']);
    expect(await now.up()).toEqual([]);
    expect(await now.down()).toEqual(['0002-item-notes']);
    expect((await now.status()).map(({ state }) => state)).toEqual(['applied', 'pending']);
    expect(await now.down()).toEqual(['0001-items']);
    expect(await now.down()).toEqual([]);
    // What a barrier updates stays, as the tables of the bookkeeping do.
    expect(await tables()).toEqual([{ table_name: 'commit_barrier' }]);
  });

  test('a database that lacks a migration is refused with the command to run', async () => {
    await expect(code('v1', items).assertReadable()).rejects.toThrow(
      'The inventory database lacks 0001-items. Run: npm run migrate -- up inventory',
    );
  });

  test('older code refuses a database it cannot read, and accepts it again after down', async () => {
    const newest = code('v3', items, notes, noName);
    const older = code('v2', items, notes);
    await newest.up();
    await expect(older.assertReadable()).rejects.toThrow(
      'newer than this code can read (0003-no-name)',
    );
    expect(await newest.down()).toEqual(['0003-no-name']);
    await older.assertReadable();
  });

  test('a failing migration leaves nothing behind, and reverts earlier ones of the same run', async () => {
    await expect(code('v2', items, broken).up()).rejects.toThrow(
      'Migration 0002-broken failed and nothing was changed: no luck',
    );
    expect(await tables()).toEqual([]);
  });

  test.each(['read committed', 'serializable'])(
    'four that migrate a new database at once all succeed, and each migration runs once: %s',
    async (level) => {
      await runOn(
        place.url,
        `do $$ begin execute format('alter database %I set default_transaction_isolation = ''${level}''', current_database()); end $$`,
      );
      const replicas = Array.from({ length: 4 }, () => code('v3', items, notes, noName));
      const ran = await Promise.all(replicas.map((replica) => replica.up()));
      expect(ran.flat().sort()).toEqual(['0001-items', '0002-item-notes', '0003-no-name']);
      for (const replica of replicas) await replica.assertReadable();
    },
  );

  test('a server that is not there is named', async () => {
    const url = 'postgres://anaquel:secret@127.0.0.1:1/none';
    const database = createPostgres({ url, limits: { acquireMs: 10 } });
    const migrations = createPostgresMigrations({ database, folder: root, service: 'inventory' });
    await expect(migrations.up()).rejects.toThrow(
      /^The inventory database can't be used: .*ECONNREFUSED 127\.0\.0\.1:1\. Check that PostgreSQL runs, and DATABASE_URL\.$/,
    );
  });
});
