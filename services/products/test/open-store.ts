import { join } from 'node:path';
import { hasPostgres, PATIENT } from '@anaquel/runtime/postgres-server';
import { openPostgresStore } from '../src/adapters/postgres/store.ts';
import { openSqliteStore } from '../src/adapters/sqlite/store.ts';
import type { Store } from '../src/application/store.ts';
import { createPostgresDatabase } from './test-database.ts';
import { migrate, temporaryFolder } from './test-service.ts';

interface Options {
  readonly onChange: () => void;
}

/** A new database of each kind; closing it removes it. */
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

async function openOnSqlite({ onChange }: Options): Promise<Store> {
  const folder = temporaryFolder();
  const path = join(folder.path, 'products.db');
  await migrate(path);
  const database = await openSqliteStore(path, { onChange, onUnavailable: fail });
  return {
    ...database,
    async close() {
      await database.close();
      folder.remove();
    },
  };
}

async function openOnPostgres(level: string, { onChange }: Options): Promise<Store> {
  const place = await createPostgresDatabase();
  await place.setDefault('default_transaction_isolation', level);
  const options = { url: place.url, limits: PATIENT };
  const database = await openPostgresStore(options, { onChange, onUnavailable: fail });
  return {
    ...database,
    async close() {
      await database.close();
      await place.drop();
    },
  };
}

function fail(error: unknown): never {
  throw error;
}
