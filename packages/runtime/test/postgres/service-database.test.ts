import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createPostgresMigrations } from '../../src/sql/migrations/index.ts';
import {
  createPostgres,
  DatabaseUnavailableError,
  openServiceDatabase,
  type Postgres,
} from '../../src/sql/postgres/index.ts';
import { sql } from '../../src/sql/index.ts';
import { StartupError } from '../../src/process/startup-error.ts';
import { PATIENT } from './patient-limits.ts';
import { hasPostgres, runOn, startPostgresServer, type PostgresServer } from './postgres-server.ts';

describe.skipIf(!hasPostgres)('the database of a service that starts', () => {
  let server: PostgresServer;
  let folder: string;
  const open: Postgres[] = [];

  beforeAll(async () => {
    server = await startPostgresServer();
    folder = mkdtempSync(join(tmpdir(), 'anaquel-migrations-'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    const up = 'db.schema.createTable("items").addColumn("id", "integer").execute()';
    const down = 'db.schema.dropTable("items").execute()';
    const text = `export const up = (db) => ${up};\nexport const down = (db) => ${down};\n`;
    writeFileSync(join(folder, '0001-items.ts'), text);
    await runOn(server.url('postgres'), 'create database empty', 'create database migrated');
    await migrate('migrated');
  });
  afterEach(async () => {
    for (const database of open.splice(0)) await database.close();
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function migrate(name: string): Promise<void> {
    const database = createPostgres({ url: server.url(name), limits: PATIENT });
    open.push(database);
    await createPostgresMigrations({ database, folder, service: 'products' }).up();
  }

  async function start(url: string, acquireMs = PATIENT.acquireMs): Promise<Postgres> {
    const limits = { ...PATIENT, acquireMs };
    const database = await openServiceDatabase({
      url,
      limits,
      service: 'products',
      migrationsFolder: folder,
    });
    open.push(database);
    return database;
  }

  const items = sql`select count(*) from items`;

  test.each([
    [
      'has no such database',
      () => server.url('none'),
      `The products database can't be used: database "none" does not exist. Create the database, or correct DATABASE_URL: docs/postgresql.md has the commands.`,
    ],
    [
      'has no such user',
      () => server.url('migrated').replace('anaquel:', 'nobody:'),
      `The products database can't be used: role "nobody" does not exist. Check the user and the password in DATABASE_URL.`,
    ],
    [
      'lacks migrations',
      () => server.url('empty'),
      'The products database lacks 0001-items. Run: npm run migrate -- up products (in containers: docker compose run --rm products migrate up)',
    ],
  ])('a server that %s is a reason not to start', async (_, url, message) => {
    await expect(start(url())).rejects.toThrow(new StartupError(message));
  });

  test('a user without the right to read it is a reason not to start', async () => {
    await runOn(server.url('postgres'), 'create role guest login');
    const url = server.url('migrated').replace('anaquel:', 'guest:');
    await expect(start(url)).rejects.toThrow(
      /^The products database can't be used: permission denied .*\. Make the user in DATABASE_URL the owner/,
    );
  });

  test('is usable as soon as a server that was out of reach is there', async () => {
    await server.kill();
    const database = await start(server.url('migrated'), 100);
    const unavailable = /^The database can't be used: .*ECONNREFUSED/;
    await expect(database.reads.number(items)).rejects.toThrow(unavailable);
    await expect(database.transaction((t) => t.number(items))).rejects.toThrow(unavailable);
    await expect(database.barrier()).rejects.toThrow(DatabaseUnavailableError);
    await server.restart();
    expect(await database.reads.number(items)).toBe(0);
    expect(await database.transaction((t) => t.number(items))).toBe(0);
  });

  test('is not used before it has all migrations, also when it comes later', async () => {
    await server.kill();
    const database = await start(server.url('empty'), 100);
    await server.restart();
    await expect(database.reads.number(sql`select 1`)).rejects.toThrow(
      new DatabaseUnavailableError(
        new StartupError(
          'The products database lacks 0001-items. Run: npm run migrate -- up products (in containers: docker compose run --rm products migrate up)',
        ),
      ),
    );
    await migrate('empty');
    expect(await database.reads.number(items)).toBe(0);
  });
});
