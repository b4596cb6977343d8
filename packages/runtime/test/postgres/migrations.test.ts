import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createPostgresMigrations, type Migrations } from '../../src/sql/migrations/index.ts';
import { createPostgres, type Postgres } from '../../src/sql/postgres/index.ts';
import {
  items,
  migrationsContract,
  noName,
  notes,
  writeMigrations,
  type MigrationFile,
} from '../migrations-contract.ts';
import { createTestDatabase, hasPostgres, runOn, type TestDatabase } from './postgres-server.ts';
import { PATIENT } from './patient-limits.ts';

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
  function code(version: string, ...files: readonly MigrationFile[]): Migrations {
    const folder = writeMigrations(root, version, files);
    const database = createPostgres({ url: place.url, limits: PATIENT });
    databases.push(database);
    return createPostgresMigrations({ database, folder, service: 'inventory' });
  }

  // What a barrier updates stays, as the tables of the bookkeeping do.
  const tables = () =>
    runOn(
      place.url,
      `select table_name from information_schema.tables where table_schema = 'public' and table_name not like 'schema_%' and table_name <> 'commit_barrier'`,
    );

  migrationsContract({ code, tables });

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
