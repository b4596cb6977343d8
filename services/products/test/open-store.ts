import { join, resolve } from 'node:path';
import type { CursorStore } from '@anaquel/events';
import { createPostgresMigrations } from '@anaquel/runtime/migrations';
import { createPostgres } from '@anaquel/runtime/postgres';
import { createTestDatabase, hasPostgres, PATIENT } from '@anaquel/runtime/postgres-server';
import { createSqliteConnection, createSqliteWriter, openSqlite } from '@anaquel/runtime/sql';
import { createPostgresProductStore } from '../src/adapters/postgres/product-store.ts';
import { createPostgresRelayCursors } from '../src/adapters/postgres/relay-cursors.ts';
import { createPostgresTextRefresh } from '../src/adapters/postgres/text-refresh.ts';
import { createProductTags } from '../src/adapters/sql/product-tags.ts';
import { createSqliteProductStore } from '../src/adapters/sqlite/product-store.ts';
import { createSqliteRelayCursors } from '../src/adapters/sqlite/relay-cursors.ts';
import { createSqliteTextRefresh } from '../src/adapters/sqlite/text-refresh.ts';
import type { ProductStore } from '../src/application/product-store.ts';
import type { ProductTags } from '../src/application/product-tags.ts';
import type { RefreshTexts } from '../src/application/text-upkeep.ts';
import { migrate, temporaryFolder } from './test-service.ts';

export interface OpenStore {
  readonly store: ProductStore;
  readonly tags: ProductTags;
  readonly cursors: CursorStore;
  readonly refreshTexts: RefreshTexts;
  close(): void | Promise<void>;
}

interface Options {
  readonly onChange: () => void;
}

/** A new database of each kind, with all that keeps products in it. */
export const stores = [
  { name: 'on SQLite', isHere: true, open: openOnSqlite },
  {
    name: 'on PostgreSQL',
    isHere: hasPostgres,
    open: (options: Options) => openOnPostgres('read committed', options),
  },
  {
    name: 'on PostgreSQL, serializable',
    isHere: hasPostgres,
    open: (options: Options) => openOnPostgres('serializable', options),
  },
];

async function openOnSqlite({ onChange }: Options): Promise<OpenStore> {
  const folder = temporaryFolder();
  const path = join(folder.path, 'products.db');
  await migrate(path);
  const database = openSqlite(path);
  const readDatabase = openSqlite(path, { readOnly: true });
  const writer = createSqliteWriter(database, { onOutcomeUnknown() {} });
  const reads = createSqliteConnection(readDatabase);
  return {
    store: createSqliteProductStore({ writer, reads, onChange, onUnavailable: fail }),
    tags: createProductTags(reads),
    cursors: createSqliteRelayCursors(reads, writer),
    refreshTexts: createSqliteTextRefresh(reads, writer),
    close() {
      readDatabase.close();
      database.close();
      folder.remove();
    },
  };
}

async function openOnPostgres(level: string, { onChange }: Options): Promise<OpenStore> {
  const place = await createTestDatabase({
    name: 'products',
    async fill(url) {
      const database = createPostgres({ url });
      const folder = resolve(import.meta.dirname, '../migrations/postgres');
      await createPostgresMigrations({ database, folder, service: 'products' }).up();
      await database.close();
    },
  });
  await place.setDefault('default_transaction_isolation', level);
  const database = createPostgres({ url: place.url, limits: PATIENT });
  return {
    store: createPostgresProductStore({ database, onChange, onUnavailable: fail }),
    tags: createProductTags(database.reads),
    cursors: createPostgresRelayCursors(database),
    refreshTexts: createPostgresTextRefresh(database),
    async close() {
      await database.close();
      await place.drop();
    },
  };
}

function fail(error: unknown): never {
  throw error;
}
