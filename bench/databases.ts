import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { mapServices, settingsOf, type ServiceName } from '../services/manifest.ts';
import type * as ownFill from './fill.ts';
import type * as ownPostgresFill from './fill-postgres.ts';
import type { BenchServer } from './postgres.ts';

/** The databases of one shop, migrated and filled. */
export interface Databases {
  readonly urls: Readonly<Record<ServiceName, string>>;
  remove(): void;
}

/** How many products there are, how many of them have stock, and how many movements explain it. */
export interface Fill {
  readonly products: number;
  readonly stocked: number;
  readonly movements: number;
}

/** Where the databases of shops are made: in files, or on the server when there is one. */
export interface Store {
  readonly name: 'sqlite' | 'postgres';
  /** Makes databases as a checkout makes and fills them. */
  createDatabases(checkout: string, fill: Fill): Promise<Databases>;
}

export const sqliteStore: Store = {
  name: 'sqlite',
  async createDatabases(checkout, { products, stocked, movements }) {
    const folder = mkdtempSync(join(tmpdir(), 'anaquel-bench-'));
    const files = mapServices((name) => join(folder, `${name}.db`));
    const urls = mapServices((name) => `file:${files[name]}`);
    await migrate(checkout, urls);
    const fill: typeof ownFill = await import(join(checkout, 'bench/fill.ts'));
    fill.fillProducts(files.products, products);
    fill.fillLedger(files.inventory, stocked, movements);
    return { urls, remove: () => rmSync(folder, { recursive: true, force: true }) };
  },
};

export function postgresStore(server: BenchServer): Store {
  let shops = 0;
  return {
    name: 'postgres',
    async createDatabases(checkout, { products, stocked, movements }) {
      shops += 1;
      const urls = {
        products: await server.createDatabase(`products_${shops}`),
        inventory: await server.createDatabase(`inventory_${shops}`),
      };
      await migrate(checkout, urls);
      const fill: typeof ownPostgresFill = await import(join(checkout, 'bench/fill-postgres.ts'));
      await fill.fillProducts(urls.products, products);
      await fill.fillLedger(urls.inventory, stocked, movements);
      // They go with their server.
      return { urls, remove: () => {} };
    },
  };
}

async function migrate(checkout: string, urls: Databases['urls']): Promise<void> {
  const settings = mapServices((name) => [settingsOf(name).databaseUrl, urls[name]] as const);
  const env = { ...process.env, ...Object.fromEntries(Object.values(settings)) };
  await promisify(execFile)(process.execPath, [join('tools', 'migrate.ts'), 'up'], {
    cwd: checkout,
    env,
  });
}
