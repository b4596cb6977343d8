import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPostgresMigrations } from '@anaquel/runtime/migrations';
import { createPostgres } from '@anaquel/runtime/postgres';
import { beginOn, createTestDatabase, PATIENT, runOn } from '@anaquel/runtime/postgres-server';
import { openSqlite } from '@anaquel/runtime/sql';
import { createSqliteTemplate } from '@anaquel/runtime/sqlite-template';
import { postgresMigrations } from '../src/adapters/postgres/store.ts';
import { sqliteMigrations } from '../src/adapters/sqlite/store.ts';

/** What the services of this run keep their data in: the project `postgres` says so. */
export const STORE = process.env['ANAQUEL_TEST_STORE'] === 'postgres' ? 'postgres' : 'sqlite';

/** Where a service under test keeps its products: migrated, and empty. */
export interface ProductPlace {
  /** For DATABASE_URL. */
  readonly url: string;
  /** For files beside it. */
  readonly folder: string;
  /** Runs statements through a connection of its own, and gives their rows. */
  run(...statements: readonly string[]): Promise<unknown[]>;
  /** Keeps services from writing until what it gives is called. */
  holdWrites(): Promise<() => Promise<void>>;
  remove(): Promise<void>;
}

export interface PlaceOptions {
  readonly store?: 'sqlite' | 'postgres';
  /** Of transactions on PostgreSQL. */
  readonly isolation?: 'read committed' | 'serializable';
}

export async function createProductPlace({
  store = STORE,
  isolation = 'read committed',
}: PlaceOptions = {}): Promise<ProductPlace> {
  const folder = mkdtempSync(join(tmpdir(), 'anaquel-products-'));
  const removeFolder = async () => rmSync(folder, { recursive: true, force: true });
  if (store === 'sqlite') return { ...(await createFile(folder)), folder, remove: removeFolder };
  const database = await createTestDatabase({
    // The default of a database stays with it.
    name: `products, ${isolation}`,
    fill: migratePostgres,
    empty: EMPTY,
  });
  const { url } = database;
  await database.setDefault('default_transaction_isolation', isolation);
  return {
    url,
    folder,
    run: (...statements) => runOn(url, ...statements),
    holdWrites: () => beginOn(url, 'update log_head set position = position'),
    async remove() {
      await removeFolder();
      await database.drop();
    },
  };
}

/** Makes a database that was used like a new one. */
const EMPTY = [
  'truncate products, product_words, word_endings, product_tags, product_changes, product_barcodes, product_pictures, product_picture_contents, relay_cursors',
  'truncate webhooks, webhook_progress, webhook_deliveries',
  'update webhook_state set position = 0, revision = 0',
  "update leases set holder = '', until_ms = 0",
  'update product_ids set latest = 0',
  'update log_head set position = 0',
  'update product_counts set products = 0',
  'update log set id = md5(random()::text)',
  'update shop set id = md5(random()::text)',
];

const writeProducts = createSqliteTemplate({
  service: 'products',
  folder: sqliteMigrations,
  renew: `UPDATE log SET id = lower(hex(randomblob(16)));
    UPDATE shop SET id = lower(hex(randomblob(16)))`,
});

async function createFile(
  folder: string,
): Promise<Pick<ProductPlace, 'url' | 'run' | 'holdWrites'>> {
  const path = join(folder, 'products.db');
  await writeProducts(path);
  return {
    url: `file:${path}`,
    async run(...statements) {
      const connection = openSqlite(path);
      try {
        return statements.flatMap((statement) => connection.prepare(statement).all());
      } finally {
        connection.close();
      }
    },
    async holdWrites() {
      const holder = openSqlite(path);
      holder.exec('BEGIN IMMEDIATE');
      return async () => holder.close();
    },
  };
}

export async function migratePostgres(url: string): Promise<void> {
  const database = createPostgres({ url, limits: PATIENT });
  const folder = postgresMigrations;
  await createPostgresMigrations({ database, folder, service: 'products' }).up();
  await database.close();
}
