import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, hasPostgres, runOn } from '@anaquel/runtime/postgres-server';
import { openSqlite } from '@anaquel/runtime/sql';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migrateUp as migrateUpOne, readMigrationStatus } from '../open-migrations.ts';
import { serviceNames } from '../../services/manifest.ts';
import { readSettings, type Settings } from '../settings.ts';
import { isDataFolderLocked, lockDataFolder, openDemoMark } from '../start/data-folder.ts';
import { readDatabaseStates } from '../start/database-state.ts';
import { databaseFile } from './database-file.ts';

let folder: string;
let settings: Settings;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anaquel-data-'));
  settings = readSettings({ DATA_DIR: folder });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function migrateUp(): Promise<void> {
  for (const name of serviceNames) await migrateUpOne(name, settings.services[name]);
}

const demoMark = async (options = { empty: false }) =>
  openDemoMark(folder, await readDatabaseStates(settings, []), options);
const isDue = async (options = { empty: false }) => (await demoMark(options)).isDue;

function addLevel(): void {
  const database = openSqlite(databaseFile(settings.services.inventory));
  database.exec(`INSERT INTO levels (product_id, location, on_hand, reserved, sequence, version, updated_at)
    VALUES (1, 'main', 0, 0, 1, 1, '2026-01-01T00:00:00.000Z')`);
  database.close();
}

function addProduct(): void {
  const database = openSqlite(databaseFile(settings.services.products));
  database.exec(`INSERT INTO products (name, price_minor, currency, status, tags, version, created_at, updated_at,
      deleted_at, name_sort, price_sort, search_text)
    VALUES ('A', 1, 'USD', 'active', '[]', 1, '', '', '2026-01-01T00:00:00.000Z', 'a', 1, 'a')`);
  database.close();
}

describe('the demo catalogue is due', () => {
  test('without databases, and with ones that were only migrated', async () => {
    expect(await isDue()).toBe(true);
    rmSync(join(folder, 'demo-catalogue-is-due'));
    await migrateUp();
    expect(await isDue()).toBe(true);
  });

  test('until it is complete, whatever interrupts it', async () => {
    expect(await isDue()).toBe(true);
    await migrateUp();
    addProduct();
    expect(await isDue()).toBe(true);
    (await demoMark()).clear();
    expect(await isDue()).toBe(false);
  });

  test('no more when loading was interrupted and is then not wanted', async () => {
    expect(await isDue()).toBe(true);
    await migrateUp();
    addProduct();
    expect(await isDue({ empty: true })).toBe(false);
    expect(await isDue()).toBe(false);
  });

  test.each([
    ['a product, even a deleted one', addProduct],
    ['stock', addLevel],
  ])('not when there is %s', async (_, add) => {
    await migrateUp();
    add();
    expect(await isDue()).toBe(false);
  });

  test('not when it was not wanted, unless the databases are removed', async () => {
    expect(await isDue({ empty: true })).toBe(false);
    await migrateUp();
    expect(await isDue()).toBe(false);
    for (const name of serviceNames) rmSync(databaseFile(settings.services[name]));
    expect(await isDue()).toBe(true);
  });
});

test.skipIf(!hasPostgres)('on PostgreSQL the databases are asked the same', async () => {
  const place = await createTestDatabase();
  try {
    const onPostgres = readSettings({ DATA_DIR: folder, INVENTORY_DATABASE_URL: place.url });
    const states = () => readDatabaseStates(onPostgres, []);
    expect(await states()).toEqual({ products: 'missing', inventory: 'missing' });
    await migrateUpOne('inventory', onPostgres.services.inventory);
    expect(await states()).toEqual({ products: 'missing', inventory: 'empty' });
    await runOn(place.url, `insert into levels values (1, 'main', 0, 0, null, 1, 1, '2026')`);
    expect(await states()).toEqual({ products: 'missing', inventory: 'begun' });
  } finally {
    await place.drop();
  }
});

test('what keeps databases from being read is told of all of them', async () => {
  const problems: string[] = [];
  mkdirSync(join(folder, 'products.db'));
  const url = 'postgres://shop:secret@127.0.0.1:1/stock';
  const unusable = readSettings({ DATA_DIR: folder, INVENTORY_DATABASE_URL: url });
  await readDatabaseStates(unusable, problems);
  expect(problems.sort()).toEqual([
    expect.stringMatching(/^The database \S+products\.db can't be opened/),
    expect.stringMatching(/^The inventory database can't be used: connect ECONNREFUSED/),
  ]);
});

test('the status of databases that do not exist is all pending, and makes none', async () => {
  for (const name of serviceNames) {
    const status = await readMigrationStatus(name, settings.services[name]);
    expect(status.length).toBeGreaterThan(0);
    for (const { state } of status) expect(state).toBe('pending');
    expect(existsSync(databaseFile(settings.services[name]))).toBe(false);
  }
});

test.runIf(existsSync('/proc/self'))('a data folder that cannot be made is named', () => {
  expect(() => lockDataFolder('/proc/none/data')).toThrow(
    "The data folder /proc/none/data can't be written (ENOENT)",
  );
});

test('one start at a time has the data folder', () => {
  const path = join(folder, 'new');
  expect(isDataFolderLocked(path)).toBe(false);
  expect(existsSync(path)).toBe(false);
  const lock = lockDataFolder(path);
  expect(isDataFolderLocked(path)).toBe(true);
  expect(() => lockDataFolder(path)).toThrow(
    `The shop in ${path} runs already: stop that npm start first, or set DATA_DIR to another folder.`,
  );
  expect(isDataFolderLocked(path), 'looking lets go of nothing').toBe(true);
  lock.release();
  expect(isDataFolderLocked(path)).toBe(false);
  lockDataFolder(path).release();
});
