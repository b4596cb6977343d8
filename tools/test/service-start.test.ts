import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryLockDatabase } from '@anaquel/runtime/sql';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readConfig as readInventoryConfig } from '../../services/inventory/src/config.ts';
import { createService as createInventory } from '../../services/inventory/src/service.ts';
import { readConfig as readProductsConfig } from '../../services/products/src/config.ts';
import { createService as createProducts } from '../../services/products/src/service.ts';
import { migrateUp } from '../open-migrations.ts';
import { readSettings } from '../settings.ts';
import { databaseFile } from './database-file.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anaquel-start-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const START = {
  products: (env: object) => createProducts(broken(readProductsConfig({ ...env }, folder))),
  inventory: (env: object) => createInventory(broken(readInventoryConfig({ ...env }, folder))),
};

/** What fails in it is read after the database was opened. */
function broken<Config extends object>(config: Config): Config {
  return Object.defineProperty(config, 'publicUrls', {
    enumerable: false,
    get() {
      throw new Error('a mistake in the routes');
    },
  });
}

test.each(['products', 'inventory'] as const)(
  '%s lets go of its database when it cannot be put together',
  async (name) => {
    const place = readSettings({ DATA_DIR: folder }).services[name];
    await migrateUp(name, place);
    const env = {
      DATABASE_URL: place.databaseUrl,
      PRODUCTS_API_KEY: 'key-of-products',
      INVENTORY_API_KEY: 'key-of-inventory',
      LOG_LEVEL: 'silent',
    };
    await expect(START[name](env)).rejects.toThrow('a mistake in the routes');
    const lock = tryLockDatabase(databaseFile(place));
    expect(lock).not.toBeNull();
    lock?.release();
  },
);
